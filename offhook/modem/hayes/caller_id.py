"""Who calls, as the exchange tells the called line between the first two rings."""

from dataclasses import dataclass, replace

UNAVAILABLE = "O"
"""What stands for a number or name that is not known (out of area)."""
PRIVATE = "P"
"""What stands for them where the caller does not want them told."""


@dataclass(frozen=True, slots=True)
class CallerId:
    """Number and name of a caller, None where unknown; date as `MMDD` and time as `HHMM` of the call.

    `withheld`: the called is not to be told number and name.
    """

    number: str | None = None
    name: str | None = None
    date: str | None = None
    time: str | None = None
    withheld: bool = False

    @property
    def told(self) -> "CallerId":
        """What the called may know of it."""
        return replace(self, number=None, name=None) if self.withheld else self


def caller_id_lines(caller: CallerId, *, unformatted: bool) -> list[str]:
    """The lines of +VCID=1, or of +VCID=2: one line of hexadecimal digits (multiple data message format)."""
    nothing = PRIVATE if caller.withheld else UNAVAILABLE
    number = _printable(caller.told.number or nothing)
    name = _printable(caller.told.name or nothing)
    date, time = _printable(caller.date or ""), _printable(caller.time or "")
    if not unformatted:
        when = [f"{word} = {text}" for word, text in (("DATE", date), ("TIME", time)) if text]
        return [*when, f"NMBR = {number}", f"NAME = {name}"]
    given = [(1, date + time)] if date and time else []
    given += [(2, number), (7, name)]
    fields = b"".join(bytes([kind, len(text)]) + text.encode() for kind, text in given)
    message = bytes([0x80, len(fields)]) + fields
    return [(message + bytes([-sum(message) % 256])).hex().upper()]


def _printable(text: str) -> str:
    return "".join(character for character in text if " " <= character <= "~")[:40]
