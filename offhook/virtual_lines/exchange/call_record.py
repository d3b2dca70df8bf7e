"""What is kept of a call when it is over."""

from dataclasses import dataclass

from offhook.virtual_lines.exchange.cause import Cause


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call, from the first digit to its end.

    `caller` is the calling line's name, `destination` what the number led to (a line, a service, or ""
    if to nothing). `began` and `ended` are on the switch's clock, in seconds; `answered` is None if
    nobody did.
    """

    caller: str
    number: str
    destination: str
    began: float
    answered: float | None
    ended: float
    cause: Cause

    @property
    def duration(self) -> float:
        """Seconds of conversation."""
        return 0.0 if self.answered is None else self.ended - self.answered
