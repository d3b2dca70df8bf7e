"""Whole calls of an old machine's line: the host it calls sees ASCII, unless it speaks the machine's charset itself."""

import asyncio
from pathlib import Path

from tests.support.pool_host import pool_host
from tests.support.tcp_client import TcpClient


async def parrot(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A host that greets, and says back what it was told once, byte by byte in hexadecimal."""
    writer.write(b"Hello {you}\r\n")
    told = await reader.readuntil(b"\r")
    writer.write(told.hex().encode() + b"\r\n")
    writer.close()


async def test_a_commodore_calls_a_host_of_today_and_one_of_its_own_kind(tmp_path: Path) -> None:
    server = await asyncio.start_server(parrot, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    (tmp_path / "book.toml").write_text(
        f'[[entry]]\nnumber = "1200"\nto = "raw:127.0.0.1:{port}"\n'
        f'[[entry]]\nnumber = "6400"\nto = "raw:127.0.0.1:{port}"\ncharset = "petscii"\n',
        encoding="utf-8",
    )
    with (
        pool_host(tmp_path, ["tcp:127.0.0.1:0"], "--charset", "petscii", "--phonebook", "book.toml") as pool,
        TcpClient(next(value for value in pool.facts.values() if value.startswith("tcp:"))) as machine,
    ):
        await machine.send(b"ATDT1200\r")
        await machine.read_to(b"CONNECT 115200\r\n")
        assert await machine.read_to(b"\r") == b"\xc8ELLO \xb3YOU\xab\r"
        await machine.send(b"\xc8I\x14\r")
        assert await machine.read_to(b"\r") == b"4869080D\r"
        await machine.read_to(b"NO CARRIER\r\n")
        await machine.send(b"ATDT6400\r")
        await machine.read_to(b"CONNECT 115200\r\n")
        assert await machine.read_to(b"\n") == b"Hello {you}\r\n"
        await machine.send(b"\xc8I\x14\r")
        assert await machine.read_to(b"\n") == b"c849140d\r\n"
    server.close()
