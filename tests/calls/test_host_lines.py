"""A host whose lines are on ports of other kinds than ptys, and may call out by a phone book."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from offhook.config import parse
from offhook.host import Host

CONFIG = """\
[outside]
phone_book = "book.toml"
allow = "list"

[[line]]
name = "net"
port = "tcp:127.0.0.1:0"
number = "201"

[[line]]
name = "remote"
port = "rfc2217:127.0.0.1:0"
number = "202"
"""


class Caller:
    """A terminal program on a TCP port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def types(self, text: str, wanted: str) -> str:
        """Type, and read until `wanted` has come."""
        self._writer.write(text.encode())
        async with asyncio.timeout(60):
            return (await self._reader.readuntil(wanted.encode())).decode("latin-1")


@asynccontextmanager
async def calling(folder: Path) -> AsyncIterator[Caller]:
    """A host on `folder`, and a caller on its line `net`."""
    host = Host(parse(CONFIG, folder / "offhook.toml"), folder)
    stop, ready = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(host.run(stop, ready))
    await asyncio.wait({running, asyncio.ensure_future(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
    assert ready.is_set(), running.exception()
    address, port = host.facts["net"].removeprefix("tcp:").split(":")
    reader, writer = await asyncio.open_connection(address, int(port))
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()
        stop.set()
        await running


async def far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"far host")
    await reader.read()
    writer.close()


async def test_a_line_on_a_tcp_port_reaches_mail_and_the_hosts_of_the_phone_book_and_no_other(tmp_path: Path) -> None:
    server = await asyncio.start_server(far, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    book = f'[[entry]]\nnumber = "555"\nto = "raw:127.0.0.1:{port}"\n'
    (tmp_path / "book.toml").write_text(book, encoding="utf-8")
    async with calling(tmp_path) as caller:
        await caller.types("AT\r", "OK\r\n")
        await caller.types("ATDT100\r", "login: ")
        await asyncio.sleep(1.1)
        await caller.types("+++", "OK\r\n")
        await caller.types("ATH\r", "OK\r\n")
        await caller.types(f"ATDTraw:127.0.0.1:{port}\r", "NO CARRIER\r\n")
        await caller.types("ATDT555\r", "far host")
    server.close()


async def test_what_a_modem_stores_outlasts_the_host(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text("", encoding="utf-8")
    async with calling(tmp_path) as caller:
        await caller.types("ATS7=33&W\r", "OK\r\n")
        await caller.types("AT&Z3=T100\r", "OK\r\n")
    assert "S7 = 33" in (tmp_path / "modems" / "net.toml").read_text(encoding="utf-8")
    assert '3 = "T100"' in (tmp_path / "book.toml").read_text(encoding="utf-8")
    async with calling(tmp_path) as caller:
        assert "033" in await caller.types("ATS7?\r", "OK\r\n")
        await caller.types("ATDS=3\r", "login: ")
