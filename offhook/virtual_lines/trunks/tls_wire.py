"""A connection to a host by TLS, its certificate checked."""

import asyncio
import socket
import ssl

from offhook.virtual_lines.trunks.wire import CHUNK, LINGER, WATERMARK, WireListener


class TlsWire(asyncio.BufferedProtocol):
    """A `Wire` on TLS; asyncio's own transport keeps what waits."""

    def __init__(self, listener: WireListener) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener: WireListener | None = listener
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray(CHUNK)
        self._linger: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The session is up; nothing is read before `start`."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=WATERMARK)
        transport.pause_reading()

    def get_buffer(self, _sizehint: int) -> bytearray:
        """Where bytes are put."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes came."""
        if self._listener is not None:
            self._listener.wire_sent(bytes(self._buffer[:nbytes]))

    def connection_lost(self, _exc: Exception | None) -> None:
        """The session is over."""
        if self._linger is not None:
            self._linger.cancel()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.wire_closed()

    def pause_writing(self) -> None:
        """The host is slow."""
        if self._listener is not None:
            self._listener.wire_full()

    def resume_writing(self) -> None:
        """It takes bytes again."""
        if self._listener is not None:
            self._listener.wire_ready()

    def start(self) -> None:
        """Begin to read."""
        self.resume_reading()

    def send(self, data: bytes) -> None:
        """Write or keep bytes."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def pause_reading(self) -> None:
        """Read no more."""
        if self._transport is not None and self._listener is not None:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self) -> None:
        """Write what waits and end the session."""
        self._listener = None
        if self._transport is not None and self._linger is None:
            self._linger = self._loop.call_later(LINGER, self.abort)
            self._transport.resume_reading()
            self._transport.close()

    def abort(self) -> None:
        """Close the connection as it is."""
        self._listener = None
        if self._transport is not None:
            self._transport.abort()


async def secured(sock: socket.socket, name: str, context: ssl.SSLContext, listener: WireListener) -> TlsWire:
    """TLS with the host `name` on a connected socket. Raises `OSError` (`ssl.SSLError` is one)."""
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(
        lambda: TlsWire(listener), sock=sock, ssl=context, server_hostname=name, ssl_handshake_timeout=30
    )
    return wire
