"""The way out to a slow line: what waits stays here, where it can be taken back, and little goes ahead to the kernel.

A serial driver takes seconds of text at once, which nothing can call back when the DTE hangs up or types ^C; so it is
given a quarter of a second at a time.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

AHEAD = 0.25
"""Seconds of text that the kernel has at most."""
_AGAIN = 0.1
_LEAST_AHEAD = 32
BOUND = 16
"""Watermarks of bytes that are kept at most, for a sender that does not pause."""


class Line(Protocol):
    """What an outlet asks of a serial device; both may raise OSError."""

    def write(self, data: bytes) -> int:
        """Write without waiting; how many bytes were taken."""

    def queued(self) -> int:
        """Bytes that the kernel has and the line has not sent."""


class Outlet:
    """Paces what one listener sends; `failed` is told once when the device has gone."""

    def __init__(
        self,
        line: Line,
        watermark: int,
        pause: Callable[[], None],
        resume: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._line = line
        self._watermark = watermark
        self._pause = pause
        self._resume = resume
        self._failed = failed
        self._waiting = bytearray()
        self._later = bytearray()
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None
        self._then: Callable[[], None] | None = None
        self._give_up = 0.0
        self.rate = 9600
        """Of the line, in bit/s."""

    def send(self, data: bytes) -> int:
        """Write or keep `data`; how many bytes of it had to be dropped (0, unless the sender does not pause)."""
        room = self._watermark * BOUND - len(self._waiting) - len(self._later)
        (self._waiting if self._then is None else self._later).extend(data[:room])
        if self._timer is None:
            self._go_on()
        if len(self._waiting) + len(self._later) > self._watermark and not self._paused:
            self._paused = True
            self._pause()
        return max(0, len(data) - room)

    def once_sent(self, then: Callable[[], None], patience: float) -> None:
        """Call `then` when the line has sent all there is, or after `patience` seconds; what comes later waits for it.

        If something waits for that already, it is called now.
        """
        self._end_waiting()
        self._then = then
        self._give_up = self._loop.time() + patience
        if self._timer is None:
            self._go_on()

    def _end_waiting(self) -> None:
        then, self._then = self._then, None
        self._waiting += self._later
        self._later.clear()
        if then is not None:
            then()

    def close(self) -> None:
        """Drop what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._then = None
        self._waiting.clear()
        self._later.clear()
        self._release()

    def _go_on(self) -> None:
        self._timer = None
        try:
            queued = self._line.queued()
            queued += self._write(max(int(self.rate / 10 * AHEAD), _LEAST_AHEAD) - queued)
        except OSError:
            self._failed()
            return
        if self._then is not None and (not queued + len(self._waiting) or self._loop.time() >= self._give_up):
            self._end_waiting()
        if len(self._waiting) + len(self._later) <= self._watermark // 4:
            self._release()
        if self._waiting or self._then is not None:
            self._timer = self._loop.call_later(_AGAIN, self._go_on)

    def _write(self, room: int) -> int:
        if room <= 0 or not self._waiting:
            return 0
        written = self._line.write(bytes(self._waiting[:room]))
        del self._waiting[:written]
        return written

    def _release(self) -> None:
        if self._paused:
            self._paused = False
            self._resume()
