"""The event loop of a turned clock: where it would wait for the kernel, time passes."""

import asyncio
import heapq
import selectors
from collections.abc import Callable
from contextvars import Context
from typing import Protocol, TypeVarTuple

Arguments = TypeVarTuple("Arguments")


class Standstill(RuntimeError):
    """A program waits without a limit, and nothing is left that could happen."""


class PassingTime(Protocol):
    """Whose time it is."""

    def now(self) -> float:
        """The time."""

    def pass_time(self, seconds: float | None) -> float | None:
        """Nothing is to be done for so many seconds (None: for ever): time passes, or somebody is waited for.

        If neither can be, the real seconds for which to look whether anything comes from outside.
        """


class TurnedSelector(selectors.DefaultSelector):
    """Where an event loop would wait for the kernel, time is turned; descriptors are looked at on the way."""

    def __init__(self, clock: PassingTime) -> None:
        super().__init__()
        self._clock = clock
        self.idle = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As `selectors.BaseSelector.select`."""
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        self.idle = True
        patience = self._clock.pass_time(timeout)
        if patience is not None:
            ready = super().select(patience)
            if not ready:
                raise Standstill("this waits for ever: no timeout is set, and nothing is left that could happen")
        return ready


class TurnedLoop(asyncio.SelectorEventLoop):
    """An event loop in the time of a turned clock; it knows when nothing is to be done."""

    def __init__(self, clock: PassingTime) -> None:
        self._clock = clock
        self._chooser = TurnedSelector(clock)
        self._times: list[float] = []
        super().__init__(self._chooser)

    def time(self) -> float:
        """The turned time."""
        return self._clock.now()

    def nothing_before(self, until: float) -> bool:
        """Whether the loop has nothing to do up to `until`."""
        if not self._chooser.idle:
            return False
        while self._times and self._times[0] < self._clock.now():
            heapq.heappop(self._times)
        return not self._times or self._times[0] > until

    def call_at(
        self,
        when: float,
        callback: Callable[[*Arguments], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """As asyncio has it, and noted."""
        heapq.heappush(self._times, when)
        return super().call_at(when, callback, *args, context=context)

    def call_soon(
        self, callback: Callable[[*Arguments], object], *args: *Arguments, context: Context | None = None
    ) -> asyncio.Handle:
        """As asyncio has it, and noted."""
        self._chooser.idle = False
        return super().call_soon(callback, *args, context=context)

    def call_soon_threadsafe(
        self, callback: Callable[[*Arguments], object], *args: *Arguments, context: Context | None = None
    ) -> asyncio.Handle:
        """As asyncio has it, and noted."""
        self._chooser.idle = False
        return super().call_soon_threadsafe(callback, *args, context=context)
