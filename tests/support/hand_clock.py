"""A clock for lines in memory that is turned by whoever waits: what is waited for is there at once, or never."""

import threading
from collections.abc import Callable


class HandClock:
    """A `LineClock`; `at` has what is to happen at times that waiting passes."""

    def __init__(self) -> None:
        self.time = 100.0
        self.at: list[tuple[float, Callable[[], None]]] = []

    def now(self) -> float:
        return self.time

    def wait(self, changed: threading.Condition, until: float | None) -> None:
        self.at.sort(key=lambda each: each[0])
        first = self.at[0][0] if self.at else None
        times = [time for time in (first, until) if time is not None]
        assert times, "this would wait for ever"
        self.time = max(self.time, min(times))
        while self.at and self.at[0][0] <= self.time:
            self.at.pop(0)[1]()

    def stir(self) -> None:
        pass

    def looked(self) -> None:
        pass

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        self.at.append((self.time + seconds, what))
