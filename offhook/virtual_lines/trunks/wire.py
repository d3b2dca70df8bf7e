"""A connection to a host as a stream of bytes with back-pressure.

Bytes are written at once, kept if need be and always bounded; beyond a watermark the listener is asked to pause. The
end comes in order: after `close` what waits is still written, then our side is shut, and what comes meanwhile is
thrown away until the peer has shut its own, because a socket closed over unread bytes is reset, and the reset
would overtake the last words.
"""

import asyncio
import socket
from typing import Protocol

from offhook.modem.ports import Backlog

CHUNK = 32768
"""Bytes taken from a socket at a time: a flood on one line does not hold up the others."""
WATERMARK = 65536
"""Bytes that may wait for a host before the caller is asked to stop."""
LINGER = 10.0
"""Seconds after `close` in which the host must have taken what was written to it."""


class WireListener(Protocol):
    """Who holds a wire. Calls come from the event loop and must return at once."""

    def wire_sent(self, data: bytes) -> None:
        """Bytes came, never empty."""

    def wire_closed(self) -> None:
        """The host has gone; comes at most once, and nothing after it."""

    def wire_full(self) -> None:
        """The host is slow: stop calling `send` soon."""

    def wire_ready(self) -> None:
        """It takes bytes again."""


class Wire(Protocol):
    """One connection."""

    @property
    def open(self) -> bool:
        """Whether there still is one; for a while after `close` too."""

    def start(self) -> None:
        """Begin to read."""

    def send(self, data: bytes) -> None:
        """Write bytes after all earlier ones; never blocks and never raises."""

    def pause_reading(self) -> None:
        """Read no more, until `resume_reading`."""

    def resume_reading(self) -> None:
        """Read again."""

    def close(self) -> None:
        """End it in order; the listener hears nothing more. Idempotent."""

    def abort(self) -> None:
        """End it now. Idempotent."""


class SocketWire:
    """A `Wire` on a connected TCP socket, which it owns."""

    def __init__(self, sock: socket.socket, listener: WireListener) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = sock
        self._listener: WireListener | None = listener
        self._backlog = Backlog(sock.fileno(), self._write, WATERMARK, self._pause, self._resume)
        self._backlog.on_empty = self._written
        self._started = False
        self._reading = False
        self._paused = False
        self._linger: asyncio.TimerHandle | None = None
        self._at_end = False  # of what the host sends
        self._open = True

    @property
    def open(self) -> bool:
        """Whether the socket is still held."""
        return self._open

    def start(self) -> None:
        """Begin to read."""
        self._started = True
        self._balance()

    def send(self, data: bytes) -> None:
        """Write or keep bytes; those of a connection that has failed are dropped."""
        if self._open and self._linger is None:
            self._backlog.send(data)

    def pause_reading(self) -> None:
        """Read no more."""
        self._paused = True
        self._balance()

    def resume_reading(self) -> None:
        """Read again."""
        self._paused = False
        self._balance()

    def close(self) -> None:
        """Write what waits, shut our side, and wait for the peer's; not longer than `LINGER`."""
        if not self._open or self._linger is not None:
            return
        self._listener = None
        self._linger = self._loop.call_later(LINGER, self.abort)
        self._paused = False
        self._started = True
        self._balance()
        if not self._backlog.waiting:
            self._written()

    def abort(self) -> None:
        """Close the socket as it is."""
        if not self._open:
            return
        self._open = False
        self._listener = None
        if self._linger is not None:
            self._linger.cancel()
        self._balance()
        self._backlog.close()
        self._socket.close()

    def _shut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:  # the peer was quicker, and has reset the connection
            self.abort()

    def _balance(self) -> None:
        wanted = self._open and self._started and not self._paused and not self._at_end
        if wanted and not self._reading:
            self._loop.add_reader(self._socket, self._readable)
        elif self._reading and not wanted:
            self._loop.remove_reader(self._socket)
        self._reading = wanted

    def _readable(self) -> None:
        try:
            data = self._socket.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data:
            if self._listener is not None:
                self._listener.wire_sent(data)
            return
        self._ended()

    def _ended(self) -> None:
        """The host has shut its side, or the connection has failed: nothing more will come."""
        self._at_end = True
        self._balance()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.wire_closed()
        elif not self._backlog.waiting:
            self.abort()

    def _write(self, data: bytes | bytearray) -> int:
        try:
            return self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:  # nobody reads any more; what it sent before is still told, up to the end of its stream
            self._loop.call_soon(self._give_up_writing)
            return -1

    def _give_up_writing(self) -> None:
        """Drop what waits: a socket that has failed would for ever be said to take bytes."""
        if self._open:
            self._backlog.clear()
            self._written()

    def _pause(self) -> None:
        if self._listener is not None:
            self._listener.wire_full()

    def _resume(self) -> None:
        if self._listener is not None:
            self._listener.wire_ready()

    def _written(self) -> None:
        if self._linger is not None:
            self._shut()
            if self._at_end:
                self.abort()
