"""What follows D on a command line: digits with modifiers between them (V.250 6.3.1), or the address of a host.

Theory: the content decides. What is made of digits and modifiers alone is a number, in which blanks, dashes, dots and
parentheses mean nothing; four numbers with dots, and anything with other letters in it, is an address, in
which they mean all. Quotes, or `=` before it, make an address of anything.
"""

import re
from dataclasses import dataclass

LONGEST_DIALLED = 255
"""Characters of a dial string."""

_DIGITS = frozenset("0123456789*#ABCD")
_SILENT = frozenset(" -().")
_TONE_OR_PULSE = frozenset("TP")
_MODIFIERS = frozenset(",W@!$^R")
_DOTTED = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
_SCHEME = re.compile(r"(telnet|telnets|raw|tcp|tls|ssl|auto|ssh):", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z0-9\[_][A-Za-z0-9._:/%\[\]@~-]*")
_HOST_AND_PORT = re.compile(r"(\S+) +([0-9]{1,5})")
_ESCAPED = re.compile(r"\\([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class DialString:
    """A dial string.

    `text` is as typed without the `;`; `number` is the digits alone, `address` a host where the
    string names one. The modifiers: `pauses` counts the commas, each worth S8 seconds, and `flashes` the `!`, each
    worth S29; `quiet_answer` is `@`, by which a number that rings without answer is reported as such at every X level;
    `dial_tone` is `W`, by which a line without dial tone is; `reverse` is `R`, by which the modem takes the answerer's
    part once it has dialled; `pulse` is P.
    """

    text: str
    number: str
    pauses: int = 0
    quiet_answer: bool = False
    address: str = ""
    flashes: int = 0
    dial_tone: bool = False
    reverse: bool = False
    pulse: bool = False

    def then(self, more: "DialString") -> "DialString":
        """This string continued by `more`, as `D123;` followed by `D456` does."""
        return DialString(
            self.text + more.text,
            self.number + more.number,
            self.pauses + more.pauses,
            self.quiet_answer or more.quiet_answer,
            more.address or self.address,
            self.flashes + more.flashes,
            self.dial_tone or more.dial_tone,
            self.reverse or more.reverse,
            more.pulse,
        )

    @property
    def wanted(self) -> str:
        """What the exchange is asked for: the address, or the number."""
        return self.address or self.number


EMPTY = DialString("", "")


def parse_dial_string(text: str) -> DialString | None:
    """The dial string `text` (no `;`, no L or S= forms) stands for; None if a character in it has no place there."""
    text = text.strip()
    number = _number(text)
    if number is not None or len(text) > LONGEST_DIALLED:
        return number
    bare = text if _SCHEME.match(text) else _without_method(text)
    pauses = len(bare) - len(bare.lstrip(", "))
    bare = bare[pauses:]
    address = unquoted(bare) if bare.startswith('"') else bare.removeprefix("=").strip()
    if address is None:
        return None
    spaced = _HOST_AND_PORT.fullmatch(address)
    if spaced is not None:
        address = f"{spaced[1]}:{spaced[2]}"
    if not _ADDRESS.fullmatch(address) and not bare.startswith('"'):
        return None
    return DialString(text, "", text[: len(text) - len(bare)].count(","), address=address)


def unquoted(text: str) -> str | None:
    r"""A string constant without its quotes, `\hh` standing for a character (V.250 5.4.2.2); None if it is none."""
    if len(text) < 3 or text[0] != '"' or text[-1] != '"' or '"' in text[1:-1]:
        return None
    inside = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text[1:-1])
    return inside if inside.isprintable() and inside.isascii() else None


def _without_method(text: str) -> str:
    return text[1:].lstrip() if text[:1].upper() in _TONE_OR_PULSE else text


def _number(text: str) -> DialString | None:
    upper = text.upper()
    if _DOTTED.fullmatch(_without_method(upper)):
        return None
    digits: list[str] = []
    for character in upper:
        if character in _DIGITS:
            digits.append(character)
        elif character not in _SILENT and character not in _MODIFIERS and character not in _TONE_OR_PULSE:
            return None
    return DialString(
        text,
        "".join(digits),
        upper.count(","),
        "@" in upper,
        flashes=upper.count("!"),
        dial_tone="W" in upper,
        reverse="R" in upper,
        pulse="P" in upper,
    )
