"""A terminal program on TCP in miniature, for tests that run in the port's own event loop."""

import asyncio
import socket
from types import TracebackType
from typing import Self

PATIENCE = 60.0
"""Seconds after which what should come at once is taken not to come."""


class TcpClient:
    """A connection whose reads can be awaited; it takes nothing that is not asked for."""

    def __init__(self, port_name: str, *, receive_buffer: int | None = None) -> None:
        """Connect to a port by its `name`, as tcp:127.0.0.1:4000."""
        _, host, port = port_name.rsplit(":", 2)
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect((host, int(port)))
        self.socket.setblocking(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    async def send(self, data: bytes) -> None:
        async with asyncio.timeout(PATIENCE):
            await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def read(self, count: int) -> bytes:
        """Exactly so many bytes, or fewer at the end of the connection."""
        got = b""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            while len(got) < count and (data := await loop.sock_recv(self.socket, count - len(got))):
                got += data
        return got

    async def read_to(self, end: bytes) -> bytes:
        """All up to and with `end`, or to the end of the connection."""
        got = b""
        while not got.endswith(end) and (data := await self.read(1)):
            got += data
        return got

    async def closed(self) -> bool:
        """Wait for the end of the connection; whether it came by itself and with no byte before it."""
        try:
            return await self.read(1) == b""
        except ConnectionError:
            return True

    def reset(self) -> None:
        """Drop the connection so that the other side hears of a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()
