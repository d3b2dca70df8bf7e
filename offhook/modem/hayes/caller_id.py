"""Who calls, as the exchange tells the called line between the first two rings."""

from dataclasses import dataclass

UNAVAILABLE = "O"
"""What stands for a number or name that is not known (out of area)."""


@dataclass(frozen=True, slots=True)
class CallerId:
    """Number and name of a caller; None where withheld or unknown."""

    number: str | None = None
    name: str | None = None


def caller_id_lines(caller: CallerId, *, unformatted: bool) -> list[str]:
    """The lines of +VCID=1, or of +VCID=2: one line of hexadecimal digits (multiple data message format)."""
    number = _printable(caller.number or UNAVAILABLE)
    name = _printable(caller.name or UNAVAILABLE)
    if not unformatted:
        return [f"NMBR = {number}", f"NAME = {name}"]
    fields = b"".join(bytes([kind, len(text)]) + text for kind, text in ((2, number.encode()), (7, name.encode())))
    message = bytes([0x80, len(fields)]) + fields
    return [(message + bytes([-sum(message) % 256])).hex().upper()]


def _printable(text: str) -> str:
    return "".join(character for character in text if " " <= character <= "~")[:40]
