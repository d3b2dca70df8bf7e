"""What follows D on a command line: digits, and modifiers between them (V.250 6.3.1)."""

from dataclasses import dataclass

_DIGITS = frozenset("0123456789*#ABCD")
_SILENT = frozenset(" -().")
_TONE_OR_PULSE = frozenset("TP")
_MODIFIERS = frozenset(",W@!$^RL")


@dataclass(frozen=True, slots=True)
class DialString:
    """A dial string.

    `text` is as typed without the `;`; `number` is the digits alone; `pauses` counts the commas,
    each worth S8 seconds; `quiet_answer` is the modifier `@`, by which a number that rings
    without answer is reported as such.
    """

    text: str
    number: str
    pauses: int = 0
    quiet_answer: bool = False

    def then(self, more: "DialString") -> "DialString":
        """This string continued by `more`, as `D123;` followed by `D456` does."""
        return DialString(
            self.text + more.text,
            self.number + more.number,
            self.pauses + more.pauses,
            self.quiet_answer or more.quiet_answer,
        )


EMPTY = DialString("", "")


def parse_dial_string(text: str) -> DialString | None:
    """The dial string `text` (no `;`, no L or S= forms) stands for; None if a character in it has no place there."""
    number: list[str] = []
    for character in text.upper():
        if character in _DIGITS:
            number.append(character)
        elif character not in _SILENT and character not in _MODIFIERS and character not in _TONE_OR_PULSE:
            return None
    return DialString(text.strip(), "".join(number), text.count(","), "@" in text)
