"""What is kept of a call when it is over."""

from dataclasses import dataclass

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange.cause import Cause


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call, from the first digit to its end.

    `caller` is the calling line's name and `caller_id` what the exchange knows of it, also where it was withheld from
    the called; `destination` is what the number led to (a line, a service, or "" if to nothing). `began` and `ended`
    are on the switch's clock, in seconds; `answered` is None if nobody did. `sent` and `received` are bytes of the
    caller and for the caller; `rate` is the line's, in bit/s, where it has one.
    """

    caller: str
    number: str
    destination: str
    began: float
    answered: float | None
    ended: float
    cause: Cause
    caller_id: CallerId
    sent: int = 0
    received: int = 0
    rate: int | None = None

    @property
    def duration(self) -> float:
        """Seconds of conversation."""
        return 0.0 if self.answered is None else self.ended - self.answered
