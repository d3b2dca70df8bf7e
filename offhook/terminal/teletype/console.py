"""The terminal this program was started on, as a leg; its settings are put back whatever happens."""

import asyncio
import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from offhook.terminal.discipline import ASCII, find_charset
from offhook.terminal.screen import Capabilities
from offhook.terminal.teletype.leg import Receiver

MOST_READ = 4096
END_OF_INPUT = b"\x04"
MOST_NESTED = 8
"""Prompts within prompts, each of which the end of a file must end."""


class Console:
    """Standard input and output. Use `opened` to get one."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._receiver: Receiver | None = None
        self._reading = False
        self._watched = False
        self._ended = False
        self._last = b""
        self._in = sys.stdin.fileno()
        self._out = sys.stdout.fileno()
        self._is_terminal = os.isatty(self._in)

    def attach(self, receiver: Receiver) -> None:
        """Start reading keys."""
        self._receiver = receiver
        self.resume()

    def send(self, data: bytes) -> None:
        """Write to the screen. Waits for it: one person's own terminal is all that waits here."""
        while data:
            try:
                data = data[os.write(self._out, data) :]
            except BlockingIOError:
                select.select([], [self._out], [])
            except OSError:
                self._gone()
                return

    def pause(self) -> None:
        """Stop reading keys."""
        self._reading = False
        if self._watched:
            self._loop.remove_reader(self._in)

    def resume(self) -> None:
        """Read keys again; at the end of the input never."""
        if self._ended:
            return
        self._reading = True
        try:
            self._loop.add_reader(self._in, self._keys)
            self._watched = True
        except PermissionError:  # a plain file, which cannot be waited for and need not be
            self._loop.call_soon(self._keys)

    def close(self) -> None:
        """Read no more keys."""
        self._ended = True
        self.pause()

    def _keys(self) -> None:
        if not self._reading:
            return
        try:
            data = os.read(self._in, MOST_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end()
        elif self._receiver is not None:
            self._last = data[-1:]
            self._receiver.far_sent(data)
            if not self._watched and self._reading:
                self._loop.call_soon(self._keys)

    def _end(self) -> None:
        """The input is at its end: a terminal is gone, but commands from a file or a pipe are still to be done."""
        if self._is_terminal:
            self._gone()
            return
        self.close()
        if self._receiver is not None:
            last_line = b"" if self._last in b"\r\n" else b"\n"
            self._receiver.far_sent(last_line + END_OF_INPUT * MOST_NESTED)

    def _gone(self) -> None:
        self.close()
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
            with suppress(termios.error):  # the terminal may be gone
                termios.tcsetattr(fd, termios.TCSADRAIN, before)
