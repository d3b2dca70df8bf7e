"""The numbering plan: how dialled digits are read before they are looked up.

Prefixes come first and in any order: one withholds the caller's number from this call, one shows it though the line
withholds it, one leads outside. What is left is a number; the area's own prefix may stand before it or be left out.
A number that the directory has as it was dialled is that number, whatever it begins with.
"""

from dataclasses import dataclass

from offhook.virtual_lines.exchange.numbers import digits_of


@dataclass(frozen=True, slots=True)
class Reading:
    """What was dialled: `numbers` to look up here, best first; none of them where it is one `outside`.

    `shown` is whether this call shows the caller's number, None where its line decides.
    """

    numbers: tuple[str, ...]
    outside: str
    shown: bool | None = None


@dataclass(frozen=True, slots=True)
class NumberingPlan:
    """Prefixes of digits, `*` and `#`; an empty one is none.

    `withhold` and `show` are for one call. `own` are those that our numbers have when they are dialled in full, `away`
    those behind which a number is one outside.
    """

    withhold: str = ""
    show: str = ""
    own: tuple[str, ...] = ()
    away: tuple[str, ...] = ()

    def read(self, dialled: str) -> Reading:
        """What `dialled` means."""
        digits = digits_of(dialled)
        if digits is None:
            return Reading((dialled,), dialled)
        shown: bool | None = None
        rest = digits
        for prefix, shows in ((self.withhold, False), (self.show, True)):
            if prefix and rest.startswith(prefix) and rest != prefix:
                rest = rest.removeprefix(prefix)
                shown = shows
                break
        away = next((each for each in self.away if rest.startswith(each) and rest != each), None)
        if away is not None:
            return Reading((digits,), rest.removeprefix(away), shown)
        short = [rest.removeprefix(each) for each in self.own if each and rest.startswith(each) and rest != each]
        return Reading((digits, rest, *short), dialled if rest == digits else rest, shown)
