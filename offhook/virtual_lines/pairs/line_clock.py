"""The time that a line in memory keeps, and how a thread waits in it: the system's, or one that is turned by hand."""

import threading
import time
from typing import Protocol


class LineClock(Protocol):
    """Seconds that never go back, the same as those of the event loop that has a port of the line."""

    def now(self) -> float:
        """The time."""

    def wait(self, changed: threading.Condition, until: float | None) -> None:
        """With `changed` held once: wait until it is notified or it is `until`; may return earlier."""

    def stir(self) -> None:
        """Something has changed on a line: whoever waits looks again."""

    def looked(self) -> None:
        """A program looked at a line and found nothing; it holds no line."""


class SystemClock:
    """The time of the machine, `time.monotonic`."""

    def now(self) -> float:
        """The time."""
        return time.monotonic()

    def wait(self, changed: threading.Condition, until: float | None) -> None:
        """As in `LineClock`."""
        changed.wait(None if until is None else max(0.0, until - time.monotonic()))

    def stir(self) -> None:
        """Nothing: conditions are notified."""

    def looked(self) -> None:
        """Nothing: time passes by itself."""
