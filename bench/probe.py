"""The terminal end of a line, timed: writes, waits for the answer, and reads the clock in between."""

import os
import select
import termios
import time
import tty

PATIENCE = 10.0
"""Seconds after which an answer is taken not to come."""


class Silence(Exception):
    """An answer did not come."""


class Probe:
    """A tty opened raw, or the master of a pty whose other side the subject holds."""

    def __init__(self, path: str | None = None, *, descriptor: int = -1) -> None:
        """Open `path`, or use `descriptor` and leave it open at the end."""
        self._own = path is not None
        self._descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY) if path is not None else descriptor
        if self._own:
            tty.setraw(self._descriptor, termios.TCSANOW)
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)

    def time_to(self, sent: bytes, *answers: bytes, patience: float = PATIENCE) -> list[float]:
        """Seconds from just before `sent` is written until each of `answers` has come, in this order."""
        heard = b""
        begun = time.perf_counter()
        os.write(self._descriptor, sent)
        times: list[float] = []
        for answer in answers:
            while (place := heard.find(answer)) < 0:
                heard += self._hear(begun + patience, sent, heard)
            times.append(time.perf_counter() - begun)
            heard = heard[place + len(answer) :]
        return times

    def drain(self, quiet: float = 0.01) -> None:
        """Throw away what comes, until nothing has come for `quiet` seconds."""
        while self._poll.poll(quiet * 1000):
            os.read(self._descriptor, 4096)

    def write(self, data: bytes) -> None:
        """Write, untimed."""
        os.write(self._descriptor, data)

    def close(self) -> None:
        """Close the tty, if it was opened here."""
        if self._own:
            os.close(self._descriptor)

    def _hear(self, deadline: float, sent: bytes, heard: bytes) -> bytes:
        left = deadline - time.perf_counter()
        if left <= 0 or not self._poll.poll(left * 1000):
            raise Silence(f"after {sent!r} there came only {heard!r}")
        return os.read(self._descriptor, 4096)
