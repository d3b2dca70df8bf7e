"""A terminal program in miniature: opens a modem's tty, types, and waits for what should come."""

import errno
import os
import re
import select
import termios
import time
import tty
from types import TracebackType
from typing import Self

from tests.support.hearing import awaited

PATIENCE = 60.0
"""Seconds after which what should come at once is taken not to come."""


class LineClient:
    """One end of a modem's tty. Text is Latin-1 here, so that each character is one byte of the line."""

    def __init__(self, path: str) -> None:
        """Open `path` raw; `heard` is all that comes from then on."""
        self.path = path
        self.heard = ""
        self._position = 0
        self._descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def type(self, text: str) -> None:
        """Send `text`; waits while the line is full."""
        waiting = text.encode("latin-1")
        deadline = time.monotonic() + PATIENCE
        while waiting:
            left = deadline - time.monotonic()
            assert left > 0, f"{self.path} took no more input, {len(waiting)} bytes before the end"
            if select.select([], [self._descriptor], [], left)[1]:
                waiting = waiting[os.write(self._descriptor, waiting) :]

    def expect(self, pattern: str, patience: float = PATIENCE) -> re.Match[str]:
        """Wait for `pattern` after what the last `expect` found."""
        found = awaited(pattern, lambda: self.heard, self._position, self._hear, patience, f"on {self.path}")
        self._position = found.end()
        return found

    def take(self, length: int, patience: float = PATIENCE) -> None:
        """Wait until `heard` is `length` characters long, or longer."""
        deadline = time.monotonic() + patience
        while len(self.heard) < length:
            left = deadline - time.monotonic()
            if left <= 0 or not self._hear(left):
                raise AssertionError(f"{length - len(self.heard)} bytes did not come on {self.path}")

    def silent(self, seconds: float) -> bool:
        """Whether nothing at all comes for so long."""
        before = len(self.heard)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._hear(left)
        return len(self.heard) == before

    def command(self, line: str, answer: str = "OK") -> None:
        """Give an AT command line; `answer` is the pattern of its result code."""
        self.type(f"{line}\r")
        self.expect(rf"(?m)^{answer}\r\n")

    def dial(self, number: str = "100") -> None:
        """Dial from the command state, until the modem says CONNECT."""
        self.command("AT")
        self.command(f"ATDT{number}", r"CONNECT( \d+)?")

    def escape(self) -> None:
        """Go to the online command state: the escape sequence between its guard times."""
        time.sleep(1.1)
        self.type("+++")
        self.expect(r"(?m)^OK\r\n")

    def set_speed(self, speed: int) -> None:
        """Set the speed of the tty, as `termios.B9600`; `termios.B0` lets go of DTR."""
        settings = termios.tcgetattr(self._descriptor)
        settings[4] = settings[5] = speed
        termios.tcsetattr(self._descriptor, termios.TCSANOW, settings)

    def close(self) -> None:
        """Close the tty; idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _hear(self, seconds: float) -> bool:
        """Take what comes within `seconds`; False if the line has gone."""
        if not select.select([self._descriptor], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._descriptor, 4096)
        except BlockingIOError:
            return True
        except OSError as error:
            if error.errno == errno.EIO:
                return False
            raise
        self.heard += data.decode("latin-1")
        return bool(data)
