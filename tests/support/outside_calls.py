"""A line of an exchange that calls hosts, and hosts in the test's own event loop for it to call."""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from offhook.virtual_lines.exchange import CallRecord, Cause, Directory
from offhook.virtual_lines.phone_book import PhoneBook
from offhook.virtual_lines.switchboard import Switchboard
from offhook.virtual_lines.trunks import HostTrunk
from offhook.virtual_lines.trunks.reaching import Address
from tests.support.subscribers import FakeSubscriber

ALL_BYTES = bytes(range(256)) * 400
PATIENCE = 60.0
"""Seconds after which what should come at once is taken not to come."""


async def until(happened: Callable[[], object]) -> None:
    """Let the loop run until it has."""
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - what is waited for has no event: descriptors, what a line has heard
            await asyncio.sleep(0)


def descriptors() -> int:
    """Files and sockets that this process has open."""
    return len(os.listdir("/proc/self/fd"))


class Outdoors:
    """A switchboard with the lines a and b, whose numbers are all outside."""

    def __init__(self, tls: ssl.SSLContext | None = None, *, traced: bool = False) -> None:
        self.records: list[CallRecord] = []
        self.entries: list[str] = []
        self.complaints: list[dict[str, object]] = []
        self.board = Switchboard(Directory([], PhoneBook()), self.records.append)
        self.a, self.b = FakeSubscriber(), FakeSubscriber()
        self.board.plug_in("a", self.a)
        self.board.plug_in("b", self.b)
        self.trunk = HostTrunk(self.board, tls=tls, trace=self if traced else None)
        asyncio.get_running_loop().set_exception_handler(lambda loop, what: self.complaints.append(what))

    def entry(self, line: str, now: float, sign: str, text: str) -> None:
        """As a `Trace`."""
        self.entries.append(f"{line} {sign} {text}")

    async def call(self, number: str) -> None:
        """Have line a call `number` until it is put through."""
        self.board.dial("a", number)
        await until(lambda: self.a.heard)
        assert self.a.heard == ["joined"]

    async def fails(self, number: str) -> Cause:
        """Have line a call `number` in vain, and hang up; why it was in vain."""
        self.board.dial("a", number)
        await until(lambda: self.a.heard)
        (cause,) = self.a.heard
        assert isinstance(cause, Cause)
        self.board.hang_up("a")
        assert [record.cause for record in self.records] == [cause]
        return cause

    async def close(self) -> None:
        """End it all; nobody has complained."""
        await self.trunk.close()
        self.board.close()
        for _ in range(5):
            await asyncio.sleep(0)
        assert self.complaints == []


@asynccontextmanager
async def outdoors(tls: ssl.SSLContext | None = None, *, traced: bool = False) -> AsyncIterator[Outdoors]:
    """An exchange that is closed in the end, and has then no more descriptors than before."""
    before = descriptors()
    doors = Outdoors(tls, traced=traced)
    try:
        yield doors
    finally:
        await doors.close()
    await until(lambda: descriptors() <= before)


class Host:
    """One who called: what was heard, and a socket to answer on."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def hears(self, count: int) -> bytes:
        """Exactly so many bytes."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readexactly(count)

    async def hears_all(self) -> bytes:
        """Everything up to the end."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()

    async def says(self, data: bytes) -> None:
        """Send it, waiting while the line is full."""
        self.writer.write(data)
        async with asyncio.timeout(PATIENCE):
            await self.writer.drain()

    def resets(self) -> None:
        """Drop the connection so that the caller hears of a reset."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.writer.transport.abort()


class Hosts:
    """A listening host; its calls as they come. `number` is what to dial for it."""

    def __init__(self) -> None:
        self.calls: list[Host] = []
        self.port = 0

    async def caller(self, count: int = 1) -> Host:
        """The call of that number, from 1, when it is there."""
        await until(lambda: len(self.calls) >= count)
        return self.calls[count - 1]


@asynccontextmanager
async def hosts(tls: ssl.SSLContext | None = None, receive_buffer: int | None = None) -> AsyncIterator[Hosts]:
    """A host on a free port of 127.0.0.1, raw or by TLS."""
    found = Hosts()

    async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.calls.append(Host(reader, writer))

    listener = socket.create_server(("127.0.0.1", 0))
    if receive_buffer:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    server = await asyncio.start_server(called, sock=listener, ssl=tls)
    found.port = listener.getsockname()[1]
    try:
        yield found
    finally:
        for _ in range(20):  # in which those still at the door come in
            await asyncio.sleep(0)
        server.close()
        for call in found.calls:
            call.writer.transport.abort()
        for _ in range(3):
            await asyncio.sleep(0)


@contextmanager
def dead_address() -> Iterator[tuple[str, int]]:
    """An address that never answers: its queue of callers is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, socket.socket() as one, socket.socket() as two:
        address = listener.getsockname()
        for caller in (one, two):
            caller.setblocking(False)
            caller.connect_ex(address)
        yield address


class Book:
    """A `Resolver` that knows what it is told; a name it does not know it looks for in vain and for ever."""

    def __init__(self, **known: list[Address] | OSError) -> None:
        self.known = known
        self.asked: list[str] = []

    async def addresses(self, host: str, port: int) -> list[Address]:
        self.asked.append(host)
        found = self.known.get(host)
        if found is None:
            await asyncio.get_running_loop().create_future()
        if isinstance(found, OSError):
            raise found
        return found or []


def knows(out: Outdoors, **known: list[Address] | OSError) -> Book:
    """Have names looked up in such a book."""
    book = Book(**known)
    out.trunk.resolver = book  # type: ignore[assignment]
    return book
