"""What waits for a DTE that takes bytes slower than they come: written at once, kept if need be, always bounded."""

import asyncio
from collections.abc import Callable

BOUND = 16
"""Watermarks of bytes that are kept at most, for a sender that does not pause."""


class Backlog:
    """The bytes not yet taken by one non-blocking descriptor.

    `write` gives how many bytes it took, or -1 when the descriptor has gone, and raises nothing. Beyond
    `watermark` bytes `pause` is called once, and `resume` once when a quarter of that is left: to ask at
    every full buffer would cost half as much CPU again.
    """

    def __init__(
        self,
        fd: int,
        write: Callable[[bytes | bytearray], int],
        watermark: int,
        pause: Callable[[], None],
        resume: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._fd = fd
        self._write = write
        self._watermark = watermark
        self._pause = pause
        self._resume = resume
        self._waiting = bytearray()
        self.on_empty: Callable[[], None] = lambda: None
        """Called each time that the last of what waited has been written."""
        self._paused = False
        self._closed = False

    @property
    def waiting(self) -> int:
        """Bytes not yet taken."""
        return len(self._waiting)

    def send(self, data: bytes) -> int:
        """Write or keep `data`; how many bytes of it had to be dropped (0, unless the sender does not pause)."""
        if self._closed:
            return len(data)
        if not self._waiting:
            written = self._write(data)
            if written == len(data):
                return 0
            if written < 0:
                return len(data)
            data = data[written:]
            self._loop.add_writer(self._fd, self._writable)
        room = self._watermark * BOUND - len(self._waiting)
        self._waiting += data[:room]
        if len(self._waiting) > self._watermark and not self._paused:
            self._paused = True
            self._pause()
        return max(0, len(data) - room)

    def clear(self) -> None:
        """Drop what waits: nobody will take it."""
        if self._waiting:
            self._waiting.clear()
            self._loop.remove_writer(self._fd)
        self._release()

    def close(self) -> None:
        """As `clear`, for good; before the descriptor is closed."""
        self._closed = True
        self.clear()

    def _writable(self) -> None:
        written = self._write(self._waiting)
        if written < 0:
            return
        del self._waiting[:written]
        if not self._waiting:
            self._loop.remove_writer(self._fd)
            self.on_empty()
        if len(self._waiting) <= self._watermark // 4:
            self._release()

    def _release(self) -> None:
        if self._paused:
            self._paused = False
            self._resume()
