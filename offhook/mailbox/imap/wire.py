"""One connection to an IMAP server, read with bounds: on each line, on each literal, on each answer, and on its time.

The standard library's `imaplib` speaks the protocol and imapclient its finer points; both trust the server with memory
and with time, so the reading is ours. A bound that is passed ends the connection.
"""

import imaplib
import re
import select
import socket
import ssl
import time
from contextlib import suppress
from typing import Any

CONNECT_PATIENCE = 15.0
"""Seconds for the connection and its greeting."""
SILENCE = 60.0
"""Seconds without a byte after which a server is taken for dead."""
LONGEST_LINE = 16_000_000
"""Bytes of a line where an answer may be as long: the numbers of all letters that were found are one."""
LEAST_LINE = 64
"""Bytes that a line counts for, however short it is: what is kept of a line takes as much, and some time too."""
ANSWER = 1_000_000
"""Bytes of an answer that nothing large belongs to."""
PIECE = 64 * 1024
_NEWS = re.compile(rb"\* (\d{1,10}) (EXISTS|EXPUNGE|FETCH)\b", re.IGNORECASE)


class Wire(imaplib.IMAP4):
    """An `imaplib` connection. `exists` is the number of letters in the open mailbox.

    `noted` counts what was told of changes there; more than before means that it may have changed.
    """

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Connect, with TLS from the first byte if `tls` is given, and hear the greeting."""
        self._tls = tls
        self._heard = bytearray()
        self._left = 0
        self._deadline = 0.0
        self.exists = 0
        self.noted = 0
        self.told = False
        """Whether flags that come now were asked for, and so are no news."""
        self.allow(ANSWER, CONNECT_PATIENCE)
        super().__init__(host, port)

    def allow(self, octets: int, seconds: float) -> None:
        """What the next answer may take."""
        self._left = octets
        self._longest_line = min(max(octets, ANSWER), LONGEST_LINE)
        self._deadline = time.monotonic() + seconds

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Called by `imaplib`."""
        self.host, self.port = host, port
        self.sock = socket.create_connection((host, port), CONNECT_PATIENCE)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=host)

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> Any:
        """Begin TLS on the open connection; what came before it in clear is not believed."""
        typ, data = self._simple_command("STARTTLS")
        if typ != "OK" or ssl_context is None:
            raise self.abort("no STARTTLS")
        if self._heard:
            raise self.abort("words before TLS")
        self.sock = ssl_context.wrap_socket(self.sock, server_hostname=self.host)
        self._tls_established = True
        self._get_capabilities()
        return typ, data

    def read(self, size: int) -> bytes:
        """A literal."""
        if size > self._left + len(self._heard):
            raise self.abort("a literal is too large")
        while len(self._heard) < size:
            self._hear()
        data = bytes(memoryview(self._heard)[:size])
        del self._heard[:size]
        return data

    def readline(self) -> bytes:
        """A line with its end."""
        start = 0
        while (end := self._heard.find(b"\n", start)) < 0:
            start = len(self._heard)
            if start > self._longest_line:
                raise self.abort("a line is too long")
            self._hear()
        line = bytes(memoryview(self._heard)[: end + 1])
        del self._heard[: end + 1]
        self._left -= max(0, LEAST_LINE - len(line))
        if line.startswith(b"* ") and (found := _NEWS.match(line)):
            self._note(found[2].upper(), int(found[1]))
        return line

    def send(self, data: Any) -> None:
        """Send all of it."""
        waiting = memoryview(data)
        while waiting:
            self.sock.settimeout(self._patience())
            waiting = waiting[self.sock.send(waiting[:PIECE]) :]

    def stirs(self, seconds: float, other: int) -> bool:
        """Wait for the server to say something, at most so long, or until the descriptor `other` can be read."""
        if b"\n" in self._heard or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            return True
        poll = select.poll()
        poll.register(self.sock.fileno(), select.POLLIN)
        poll.register(other, select.POLLIN)
        return self.sock.fileno() in dict(poll.poll(max(seconds, 0.0) * 1000))

    def shutdown(self) -> None:
        """Close the connection, whatever state it is in."""
        sock = getattr(self, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _note(self, what: bytes, number: int) -> None:
        if what == b"EXISTS":
            self.exists = number
        elif what == b"EXPUNGE":
            self.exists = max(0, self.exists - 1)
        if what != b"FETCH" or not self.told:
            self.noted += 1

    def _hear(self) -> None:
        self.sock.settimeout(self._patience())
        data = self.sock.recv(PIECE)
        if not data:
            raise self.abort("the server has closed the connection")
        self._left -= len(data)
        if self._left < 0:
            raise self.abort("an answer is too long")
        self._heard += data

    def _patience(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self.abort("an answer takes too long")
        return min(left, SILENCE)
