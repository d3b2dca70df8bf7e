"""Where the lines of a test live: an event loop, in turned time or in real time, and how a test reaches it."""

import asyncio
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from offhook.virtual_lines.pairs import LineClock, SystemClock

Result = TypeVar("Result")

PATIENCE = 30.0
"""Seconds, real ones, after which what is asked of the event loop's thread is taken to be stuck."""


class Stage(Protocol):
    """An event loop and the time in it."""

    @property
    def clock(self) -> LineClock:
        """The time of the loop, for those outside it."""

    def call(self, what: Callable[[], Result]) -> Result:
        """`what`, done in the event loop."""

    def close(self) -> None:
        """End it; idempotent."""


class LoopThread:
    """A stage in real time: an event loop in a thread of its own, for a program that waits in its own way."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="offhook lines", daemon=True)
        self._clock = SystemClock()
        self._thread.start()

    @property
    def clock(self) -> LineClock:
        """The machine's."""
        return self._clock

    def call(self, what: Callable[[], Result]) -> Result:
        """As in `Stage`; raises what it raises."""
        if threading.current_thread() is self._thread:
            return what()

        async def in_the_loop() -> Result:
            return what()

        return asyncio.run_coroutine_threadsafe(in_the_loop(), self._loop).result(PATIENCE)

    def close(self) -> None:
        """End the thread; idempotent."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
