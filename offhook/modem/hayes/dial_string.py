"""What follows D on a command line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DialString:
    """A dial string as typed, and the number in it."""

    text: str
    number: str
