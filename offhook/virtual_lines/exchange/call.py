"""A call as the switch keeps it while it lasts."""

from dataclasses import dataclass

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange.call_record import CallRecord
from offhook.virtual_lines.exchange.cause import Cause
from offhook.virtual_lines.exchange.quality import Quality
from offhook.virtual_lines.exchange.ringing import Cadence


@dataclass(slots=True)
class Call:
    """One call: `caller` is the calling line, `line` the called one, or None while or where there is none.

    Times are in seconds of the switch's clock. `changes` counts the beginnings and ends of bursts so far.
    """

    caller: str
    number: str
    caller_id: CallerId
    began: float
    cadence: Cadence
    longest_ring: float
    quality: Quality | None = None
    destination: str = ""
    line: str | None = None
    answered: float | None = None
    changes: int = 0

    @property
    def burst(self) -> bool:
        """Whether a burst is on, if it rings."""
        return self.changes % 2 == 1

    @property
    def given_up(self) -> float:
        """When nobody waits for an answer any longer."""
        return self.began + self.longest_ring

    @property
    def next_step(self) -> float:
        """When the next burst begins or this one ends, or the call is given up.

        Reckoned from the first burst, so that errors do not add up.
        """
        return min(self.began + self.cadence.change(self.changes), self.given_up)

    def record(self, cause: Cause, now: float) -> CallRecord:
        """What is kept of it when it ends now."""
        return CallRecord(
            self.caller, self.number, self.destination, self.began, self.answered, now, cause, self.caller_id
        )
