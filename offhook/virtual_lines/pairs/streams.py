"""A line in memory for coroutines: a transport, and the reader and writer on it, as pyserial-asyncio has them.

The pyserial object underneath, `get_extra_info("serial")`, has the lines and the settings; nothing in it waits.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from offhook.virtual_lines.pairs.serial_end import Serial

MOST_UNWRITTEN = 65536
"""Bytes that a protocol may have written and the line not taken, before it is asked to pause."""
_READ_AT_ONCE = 65536


class LineTransport(asyncio.Transport):
    """Joins an end of a line to a protocol; `port` is open and becomes the transport's."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol, port: Serial) -> None:
        super().__init__(extra={"serial": port})
        self._loop = loop
        self._protocol = protocol
        self._port = port
        self._unwritten = bytearray()
        self._reads = True
        self._protocol_paused = False
        self._closing = False
        self._closed = False
        self._looks = True
        self._timer: asyncio.TimerHandle | None = None
        port.timeout = port.write_timeout = 0
        port._received.on_stir = self._stirred
        loop.call_soon(protocol.connection_made, self)
        loop.call_soon(self._look)

    @property
    def serial(self) -> Serial:
        """The pyserial object: its lines and settings, as with pyserial-asyncio."""
        return self._port

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who is told of what comes."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Tell another from now on."""
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def is_closing(self) -> bool:
        """Whether it is closed, or will be when all is written."""
        return self._closing

    def is_reading(self) -> bool:
        """Whether the protocol is given what comes."""
        return self._reads and not self._closing

    def pause_reading(self) -> None:
        """Let it wait on the line."""
        self._reads = False

    def resume_reading(self) -> None:
        """Give the protocol what comes."""
        self._reads = True
        self._loop.call_soon(self._look)

    def get_write_buffer_size(self) -> int:
        """Bytes the line has not taken."""
        return len(self._unwritten)

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        """Send, behind what was sent before."""
        if not self._closing:
            self._unwritten += data
            self._flush()

    def can_write_eof(self) -> bool:
        """A serial line has no end of file."""
        return False

    def close(self) -> None:
        """Close when all is written."""
        self._closing = True
        if not self._unwritten:
            self._end()

    def abort(self) -> None:
        """Close at once."""
        self._closing = True
        self._unwritten.clear()
        self._end()

    def _end(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._port.close()
        self._loop.call_soon(self._protocol.connection_lost, None)

    def _stirred(self) -> None:
        if not self._looks and not self._loop.is_closed():
            self._looks = True
            self._loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        self._looks = False
        if self._closed:
            return
        if self._reads and not self._closing and (data := self._port.read(_READ_AT_ONCE)):
            self._protocol.data_received(data)
        self._flush()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._port._wire.deadline
        if deadline is not None and not self._closed:
            self._timer = self._loop.call_at(deadline, self._look)

    def _flush(self) -> None:
        if self._unwritten:
            del self._unwritten[: self._port.write(self._unwritten)]
        if len(self._unwritten) > MOST_UNWRITTEN and not self._protocol_paused:
            self._protocol_paused = True
            self._protocol.pause_writing()
        elif self._protocol_paused and len(self._unwritten) <= MOST_UNWRITTEN // 4:
            self._protocol_paused = False
            self._protocol.resume_writing()
        if self._closing and not self._unwritten:
            self._end()


async def create_serial_connection(
    loop: asyncio.AbstractEventLoop, protocol_factory: Callable[[], asyncio.Protocol], url: str, **settings: Any
) -> tuple[LineTransport, asyncio.Protocol]:
    """As in pyserial-asyncio, for URLs `offhook://NAME/a`. Raises `serial.SerialException`."""
    port = Serial(url, **settings)
    protocol = protocol_factory()
    transport = LineTransport(loop, protocol, port)
    await asyncio.sleep(0)  # the protocol has its transport before anybody else
    return transport, protocol


async def open_serial_connection(*, url: str, **settings: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A reader and a writer, as in pyserial-asyncio. Raises `serial.SerialException`."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await create_serial_connection(loop, lambda: protocol, url, **settings)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
