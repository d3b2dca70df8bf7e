"""The event loop of a host with many lines: asyncio's, that lets a little gather when very many lines are busy.

A thousand lines at the rate of a modem wake a loop at every chunk, and then asking the kernel what has happened costs
a quarter of all the processor time. A pause of a third of a millisecond before asking lets several
chunks come together. It is made only while many different lines have something, one after the other, without a rest; a
few lines, in bulk or with a person typing, are served at once.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any

PAUSE = 0.0003
"""Seconds to gather."""
SAMPLE = 64
"""Events in a row that are looked at together."""
MANY = 40
"""Different descriptors among them that are many lines."""
BUSY = 0.05
"""Seconds in which they came, at most."""


class GatheringSelector(selectors.EpollSelector):
    """Asks the kernel for events, after a pause while many lines are busy."""

    def __init__(
        self, pause: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._pause = pause
        self._clock = clock
        self._sample: list[int] = []
        self._began = 0.0
        self._many = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As `selectors.BaseSelector.select`; a timer that comes before the pause is over is not kept waiting."""
        if self._many and (timeout is None or timeout > PAUSE):
            self._pause(PAUSE)
        ready = super().select(timeout)
        sample = self._sample
        sample += [key.fd for key, _ in ready]
        if len(sample) >= SAMPLE:
            now = self._clock()
            self._many = now - self._began <= BUSY and len(set(sample)) >= MANY
            self._began = now
            sample.clear()
        return ready


def run(main: Coroutine[Any, Any, None]) -> None:
    """As `asyncio.run`, on a loop that gathers."""
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(GatheringSelector())) as runner:
        runner.run(main)
