"""A Telnet client in miniature: a socket, the few options that matter, and a window of any size."""

import re
import select
import socket
import time
from types import TracebackType
from typing import Self

from tests.support.hearing import awaited

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, ECHO, SGA, TTYPE, NAWS = 0, 1, 3, 24, 31

PATIENCE = 60.0
"""Seconds after which what should come at once is taken not to come."""

_COMMAND = re.compile(rb"\xff(?:([\xfb-\xfe])(.)|\xfa(.)((?:[^\xff]|\xff\xff)*)\xff\xf0|([\xf0-\xf9\xff]))", re.DOTALL)


class TelnetCaller:
    """A call by Telnet. It agrees to echo, SGA, BINARY, TTYPE and NAWS, and to nothing else."""

    def __init__(self, address: tuple[str, int], *, terminal: str = "VT100", columns: int = 80, rows: int = 24) -> None:
        """Connect; `terminal` is told as TTYPE, `columns` and `rows` as NAWS, when asked."""
        self.heard = ""
        self.closed = False
        self._terminal = terminal.encode("ascii")
        self._size = (columns, rows)
        self._waiting = b""
        self._position = 0
        self._agreed: set[tuple[int, int]] = set()
        self._socket = socket.create_connection(address, timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def type(self, text: str) -> None:
        """Send `text` as UTF-8; a carriage return goes as CR NUL (RFC 854)."""
        self._socket.sendall(text.encode().replace(b"\xff", b"\xff\xff").replace(b"\r", b"\r\0"))

    def resize(self, columns: int, rows: int) -> None:
        """Tell another size of window, in the middle of the call."""
        self._size = (columns, rows)
        self._tell_size()

    def expect(self, pattern: str, patience: float = PATIENCE) -> re.Match[str]:
        """Wait for `pattern` after what the last `expect` found."""
        found = awaited(pattern, lambda: self.heard, self._position, self._hear, patience, "by Telnet")
        self._position = found.end()
        return found

    def hung_up(self, patience: float = PATIENCE) -> None:
        """Wait until the far end closes."""
        deadline = time.monotonic() + patience
        while not self.closed:
            left = deadline - time.monotonic()
            assert left > 0, f"the far end did not hang up; heard {self.heard[-2000:]!r}"
            self._hear(left)

    def close(self) -> None:
        """Hang up; idempotent."""
        self._socket.close()

    def _hear(self, seconds: float) -> bool:
        """Take what comes within `seconds`; False if the far end has closed."""
        if self.closed:
            return False
        if select.select([self._socket], [], [], seconds)[0]:
            data = self._socket.recv(4096)
            self.closed = not data
            self._take(data)
        return not self.closed

    def _take(self, data: bytes) -> None:
        rest = self._waiting + data
        while (start := rest.find(b"\xff")) >= 0 and (found := _COMMAND.match(rest, start)):
            self._show(rest[:start])
            rest = rest[found.end() :]
            if found[1]:
                self._answer(found[1][0], found[2][0])
            elif found[3] == bytes([TTYPE]):
                self._socket.sendall(bytes([IAC, SB, TTYPE, 0]) + self._terminal + bytes([IAC, SE]))
            elif found[5] == b"\xff":
                self._show(b"\xff")
        cut = start if start >= 0 else len(rest)
        self._show(rest[:cut])
        self._waiting = rest[cut:]

    def _show(self, data: bytes) -> None:
        # In a Telnet call CR NUL is a bare carriage return.
        self.heard += data.replace(b"\r\0", b"\r").decode("latin-1")

    def _answer(self, verb: int, option: int) -> None:
        if (verb, option) in self._agreed:
            return
        self._agreed.add((verb, option))
        if verb == WILL:
            self._socket.sendall(bytes([IAC, DO if option in (BINARY, ECHO, SGA) else DONT, option]))
        elif verb == DO:
            self._socket.sendall(bytes([IAC, WILL if option in (BINARY, SGA, TTYPE, NAWS) else WONT, option]))
            if option == NAWS:
                self._tell_size()

    def _tell_size(self) -> None:
        columns, rows = self._size
        size = columns.to_bytes(2) + rows.to_bytes(2)
        self._socket.sendall(bytes([IAC, SB, NAWS]) + size.replace(b"\xff", b"\xff\xff") + bytes([IAC, SE]))
