"""The clocks a modem has running, by what they are for; the edge arms one timer for the earliest."""

from enum import Enum, auto


class Timer(Enum):
    """What a modem waits for."""

    PAUSE = auto()
    """The commas of a dial string (S8)."""
    CARRIER = auto()
    """The far end to answer (S7)."""
    TRAINING = auto()
    """The two modems getting to understand each other, where times are real."""
    CONNECT_HOLD = auto()
    """The quiet after CONNECT, before the first far byte."""
    RING_MEMORY = auto()
    """8 s without ring, after which S1 is cleared."""
    RING_KIND = auto()
    """The silence behind a burst that makes it the last of its ring."""
    CALLER_ID = auto()
    """Half a second after the first burst."""
    DTR = auto()
    """DTR off long enough to count (S25)."""
    IDLE = auto()
    """No data either way (S30)."""
    HOT_LINE = auto()
    """A line that calls one number by itself is about to."""
    TYPING = auto()
    """A command line left half typed, while something waits to be said."""


class Timers:
    """At most one time for each `Timer`."""

    def __init__(self) -> None:
        self._at: dict[Timer, float] = {}

    def set(self, timer: Timer, at: float) -> None:
        """Start or move a timer."""
        self._at[timer] = at

    def stop(self, *timers: Timer) -> None:
        """Stop timers; those not running are left alone."""
        for timer in timers:
            self._at.pop(timer, None)

    def running(self, timer: Timer) -> bool:
        """Whether it has been set and neither came nor was stopped."""
        return timer in self._at

    @property
    def earliest(self) -> float | None:
        """The next time anything comes."""
        return min(self._at.values(), default=None)

    def take(self, at: float) -> Timer | None:
        """The timer set for `at`, of several that stands first in `Timer`, no longer running; None if there is none."""
        taken = next((timer for timer in Timer if self._at.get(timer) == at), None)
        if taken is not None:
            del self._at[taken]
        return taken
