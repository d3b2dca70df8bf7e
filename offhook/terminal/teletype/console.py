"""The terminal this program was started on, as a leg; its settings are put back whatever happens."""

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from offhook.terminal.discipline import ASCII, find_charset
from offhook.terminal.screen import Capabilities
from offhook.terminal.teletype.leg import Receiver

MOST_READ = 4096


class Console:
    """Standard input and output. Use `opened` to get one."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._receiver: Receiver | None = None
        self._in = sys.stdin.fileno()
        self._out = sys.stdout.fileno()

    def attach(self, receiver: Receiver) -> None:
        """Start reading keys."""
        self._receiver = receiver
        self._loop.add_reader(self._in, self._keys)

    def send(self, data: bytes) -> None:
        """Write to the screen. Waits for it: one person's own terminal is all that waits here."""
        while data:
            try:
                data = data[os.write(self._out, data) :]
            except BlockingIOError:
                continue
            except OSError:
                self._gone()
                return

    def pause(self) -> None:
        """Stop reading keys."""
        self._loop.remove_reader(self._in)

    def resume(self) -> None:
        """Read keys again."""
        self._loop.add_reader(self._in, self._keys)

    def close(self) -> None:
        """Read no more keys."""
        self._loop.remove_reader(self._in)

    def _keys(self) -> None:
        try:
            data = os.read(self._in, MOST_READ)
        except OSError:
            data = b""
        if data and self._receiver is not None:
            self._receiver.far_sent(data)
        elif not data:
            self._gone()

    def _gone(self) -> None:
        self._loop.remove_reader(self._in)
        if self._receiver is not None:
            self._receiver.far_closed()


def window_size() -> tuple[int, int]:
    """Columns and rows of the screen; zeros where it has none."""
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return 0, 0
    return size.columns, size.lines


def console_capabilities() -> Capabilities:
    """What this terminal can do, by its size and the locale."""
    charset = find_charset(sys.stdout.encoding or "") or ASCII
    return Capabilities(charset=charset).sized(*window_size())


@contextmanager
def opened() -> Iterator[Console]:
    """The console with single keys (raw), for as long as the context lasts. Not a terminal: no settings are touched."""
    console = Console()
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd) if os.isatty(fd) else None
    try:
        if before is not None:
            tty.setraw(fd)
        yield console
    finally:
        console.close()
        if before is not None:
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
