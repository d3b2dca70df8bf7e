"""What there is to hear, as data."""

from dataclasses import dataclass
from enum import Enum


class Tone(Enum):
    """Kinds of sound on a line."""

    SILENCE = "silence"
    DIAL_TONE = "dial tone"
    DIGITS = "digits"
    RINGBACK = "ringback"
    BUSY = "busy"
    ANSWER = "answer tone"
    TRAINING = "training"
    CARRIER = "carrier"


@dataclass(frozen=True, slots=True)
class Part:
    """One tone for `seconds`, None for until something else is to be heard.

    `digits` are those dialled, of `0-9A-D*#`; `pulse` if they are pulses, else `each` is the seconds that one sounds.
    `volume` is 0 to 3 (L0 to L3).
    """

    tone: Tone
    seconds: float | None = None
    digits: str = ""
    pulse: bool = False
    each: float = 0.095
    volume: int = 2
