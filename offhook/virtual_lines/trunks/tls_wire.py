"""A connection to a host by TLS, its certificate checked: a `Wire` inside another.

Theory: the TLS library sees no socket, only two memories, one for what has come and one for what is to go. So the
order of things is ours: what came before an end is read before the end is told, and while the caller takes no
more, nothing is decrypted and the socket is not read.
"""

import asyncio
import errno
import logging
import socket
import ssl
from collections import deque
from contextlib import suppress

from offhook.virtual_lines.trunks.wire import CHUNK, SocketWire, WireListener

log = logging.getLogger(__name__)

HANDSHAKE_TIME = 30.0
"""Seconds in which a host must have shown who it is."""


class TlsWire:
    """A `Wire`, and the listener of the `SocketWire` that carries it."""

    def __init__(self, sock: socket.socket, name: str, context: ssl.SSLContext, listener: WireListener) -> None:
        """TLS as a client of the host `name` on a connected socket, which it owns; first is `shake_hands`."""
        self._came, self._to_go = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._to_go, server_hostname=name)
        self._listener: WireListener | None = listener
        self._shaken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unsent: deque[bytes] = deque()  # while TLS has to hear something first
        self._paused = True
        self._reading = False
        self._ended = False
        self._wire = SocketWire(sock, self)

    async def shake_hands(self) -> None:
        """Be sure of the host. Raises `OSError` (`ssl.SSLError` is one)."""
        self._wire.start()
        self._shake()
        try:
            async with asyncio.timeout(HANDSHAKE_TIME):
                await self._shaken
        finally:
            self._wire.pause_reading()

    def _shake(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except OSError as error:
            self._shook(error)
        else:
            self._shook(None)
        self._flush()

    def _shook(self, error: OSError | None) -> None:
        if self._shaken.done():
            return
        if error is None:
            self._shaken.set_result(None)
        else:
            self._shaken.set_exception(error)

    # The wire.

    @property
    def open(self) -> bool:
        """Whether the socket is still held."""
        return self._wire.open

    def start(self) -> None:
        """Begin to read."""
        self.resume_reading()

    def send(self, data: bytes) -> None:
        """Write or keep bytes."""
        if data:
            self._unsent.append(data)
            self._encrypt()

    def pause_reading(self) -> None:
        """Read no more."""
        self._paused = True
        self._wire.pause_reading()

    def resume_reading(self) -> None:
        """Read again, first what has come already."""
        self._paused = False
        self._decrypt()

    def close(self) -> None:
        """Write what waits and end the session."""
        self._listener = None
        self._unsent.clear()
        with suppress(OSError):  # the host's own goodbye is still to come, or there never was a session
            self._tls.unwrap()
        self._flush()
        self._wire.close()

    def abort(self) -> None:
        """Close the connection as it is."""
        self._listener = None
        self._unsent.clear()
        self._wire.abort()

    # The listener of the wire that carries it.

    def wire_sent(self, data: bytes) -> None:
        """Bytes of the host, or of its TLS."""
        self._came.write(data)
        if self._shaken.done():
            self._decrypt()
        else:
            self._shake()

    def wire_closed(self) -> None:
        """The connection has ended, perhaps with no goodbye; a session cut short is one that ends."""
        self._ended = True
        self._shook(OSError(errno.ECONNRESET, "the host hung up before TLS was set up"))
        self._decrypt()

    def wire_full(self) -> None:
        """The host is slow."""
        if self._listener is not None:
            self._listener.wire_full()

    def wire_ready(self) -> None:
        """It takes bytes again."""
        if self._listener is not None:
            self._listener.wire_ready()

    # TLS.

    def _decrypt(self) -> None:
        """Hand over what has come, until the caller takes no more; then the end, if it has come."""
        if self._reading:
            return
        self._reading = True
        while not self._paused and (data := self._read()):
            if self._listener is not None:
                self._listener.wire_sent(data)
        self._reading = False
        self._encrypt()
        self._go_on()

    def _go_on(self) -> None:
        if self._paused:
            return
        if not self._ended:
            self._wire.resume_reading()
            return
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.wire_closed()

    def _read(self) -> bytes:
        """Some bytes, or none if there are none now or ever."""
        try:
            data = self._tls.read(CHUNK)
        except ssl.SSLWantReadError:
            return b""
        except OSError as error:
            log.info("a TLS session has failed: %s", error)
            data = b""
        self._ended = self._ended or not data
        return data

    def _encrypt(self) -> None:
        try:
            while self._unsent:
                data = self._unsent[0]
                taken = self._tls.write(data)
                self._unsent.popleft()
                if taken < len(data):
                    self._unsent.appendleft(data[taken:])
        except ssl.SSLWantReadError:
            pass
        except OSError:  # it has ended; what the host sent before is still told
            self._unsent.clear()
        self._flush()

    def _flush(self) -> None:
        data = self._to_go.read()
        if data:
            self._wire.send(data)


async def secured(sock: socket.socket, name: str, context: ssl.SSLContext, listener: WireListener) -> TlsWire:
    """TLS with the host `name` on a connected socket. Raises `OSError` (`ssl.SSLError` is one); then it is closed."""
    try:
        wire = TlsWire(sock, name, context, listener)
    except BaseException:  # raised again: the socket is ours from the call on
        sock.close()
        raise
    try:
        await wire.shake_hands()
    except BaseException:  # cancelled too: nobody has the wire yet who could close it
        wire.abort()
        raise
    return wire
