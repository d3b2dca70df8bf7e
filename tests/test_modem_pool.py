"""A pool of modems in the test's own loop: its lines call each other and hosts, and are called."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from offhook.modem.hayes import CallsByItself
from offhook.modem.ports import PortError
from offhook.modem_pool import LineOptions, Listening, ModemPool, PoolOptions
from offhook.toml_table import ConfigError
from offhook.virtual_lines.exchange import Quality
from offhook.virtual_lines.switchboard import Greetings
from offhook.virtual_lines.trunks import ListenProtocol
from tests.support.outside_calls import descriptors, hosts, until
from tests.support.ports import free_port
from tests.support.tcp_client import TcpClient

TCP = "tcp:127.0.0.1:0"
ANY = Listening("127.0.0.1", 0, ListenProtocol.RAW)


@pytest.fixture(autouse=True)
async def _nothing_is_left_open() -> AsyncIterator[None]:
    before = descriptors()
    yield
    await until(lambda: descriptors() <= before)


@asynccontextmanager
async def running(options: PoolOptions) -> AsyncIterator[ModemPool]:
    """A pool that is ready, and that ends cleanly."""
    pool, stop, ready = ModemPool(options), asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(pool.run(stop, lambda facts: ready.set()))
    done, _ = await asyncio.wait([task, waiting := asyncio.create_task(ready.wait())], return_when="FIRST_COMPLETED")
    assert waiting in done, task.exception()
    try:
        yield pool
    finally:
        stop.set()
        async with asyncio.timeout(60):
            await task


def ports_of(pool: ModemPool) -> list[str]:
    return [value for name, value in pool.facts.items() if not name.startswith("listening")]


def caller(pool: ModemPool) -> TcpClient:
    """Somebody who calls from the network."""
    return TcpClient("tcp:" + next(value for name, value in pool.facts.items() if name.startswith("listening")))


async def test_two_lines_of_a_pool_call_each_other(tmp_path: Path):
    async with running(PoolOptions([TCP, TCP], tmp_path)) as pool:
        with TcpClient(ports_of(pool)[0]) as one, TcpClient(ports_of(pool)[1]) as other:
            await one.send(b"ATDT2\r")
            await other.read_to(b"RING\r\n")
            await other.send(b"ATA\r")
            assert b"CONNECT" in await one.read_to(b"CONNECT")
            await other.read_to(b"CONNECT")
            await one.read_to(b"\r\n")
            await other.read_to(b"\r\n")
            await one.send(b"hello")
            assert await other.read(5) == b"hello"


async def test_callers_ring_the_lines_where_somebody_sits_and_the_next_is_told_that_all_are_busy(tmp_path: Path):
    options = PoolOptions([TCP, TCP], tmp_path, listening=[ANY])
    async with running(options) as pool:
        with TcpClient(ports_of(pool)[1]) as second:
            await second.send(b"ATS0=1\r")
            await second.read_to(b"OK\r\n")
            with caller(pool) as one:
                await second.read_to(b"RING\r\n")
                await second.read_to(b"CONNECT")
                await second.read_to(b"\r\n")
                await one.send(b"from outside")
                assert await second.read(12) == b"from outside"
                with caller(pool) as next_one, caller(pool) as last:
                    await next_one.read_to(b"Ringing...\r\n")  # the first line, where nobody sits
                    assert await last.read_to(b"\r\n") == b"All lines are busy. Try again later.\r\n"
                    assert await last.closed()


async def test_a_line_calls_a_host_of_the_phone_book(tmp_path: Path):
    async with hosts() as far:
        book = tmp_path / "book.toml"
        book.write_text(f'[[entry]]\nnumber = "home"\nto = "raw:127.0.0.1:{far.port}"\nslot = 3\n')
        async with running(PoolOptions([TCP], tmp_path, phone_book=book)) as pool:
            with TcpClient(ports_of(pool)[0]) as one:
                await one.send(b"ATDS=3\r")
                await one.read_to(b"CONNECT")
                await one.read_to(b"\r\n")
                await (await far.caller()).says(b"welcome")
                assert await one.read(7) == b"welcome"
                far.calls[0].resets()
                await one.read_to(b"NO CARRIER\r\n")


@pytest.mark.parametrize("trace", [False, True])
async def test_a_pool_that_stops_in_the_middle_of_calls_leaves_nothing_open(tmp_path: Path, trace: bool):
    async with hosts() as far:
        options = PoolOptions([TCP, TCP], tmp_path, listening=[ANY], trace=tmp_path / "trace" if trace else None)
        async with running(options) as pool:
            one, other, outside = *map(TcpClient, ports_of(pool)), caller(pool)
            await one.send(f"ATDTraw:127.0.0.1:{far.port}\r".encode())
            await one.read_to(b"CONNECT")
            await other.read_to(b"RING\r\n")
            await other.send(b"ATDTraw:127.0.0.1:1")
        for each in (one, other, outside):
            each.socket.close()


@pytest.mark.parametrize(
    ("ports", "names"),
    [
        (["pty:modem0", "pty:modem1"], ["modem0", "modem1"]),
        ([TCP, TCP, TCP], ["tcp-127-0-0-1-0", "tcp-127-0-0-1-0-2", "tcp-127-0-0-1-0-3"]),
        (["pty:a/m", "pty:b/m", "pty:m-2"], ["m", "m-2", "m-2-2"]),
    ],
)
async def test_every_line_has_a_name_of_its_own(tmp_path: Path, ports: Sequence[str], names: list[str]):
    assert list(ModemPool(PoolOptions(ports, tmp_path))._ports) == names


async def test_one_pty_twice_is_refused(tmp_path: Path):
    with pytest.raises(PortError, match="there twice"):
        ModemPool(PoolOptions(["pty:a", "pty:./b/../a"], tmp_path))


async def test_a_phone_book_that_is_wrong_is_told_before_anything_is_opened(tmp_path: Path):
    (tmp_path / "book.toml").write_text("[[entry]]\n")
    with pytest.raises(ConfigError):
        ModemPool(PoolOptions([TCP], tmp_path, phone_book=tmp_path / "book.toml"))


@pytest.mark.parametrize(
    ("host", "why"),
    [("127.0.0.1", "Address already in use"), ("198.51.100.1", "Cannot assign"), ("a..b", "")],
)
async def test_where_nobody_can_listen_is_told_and_everything_is_closed_again(tmp_path: Path, host: str, why: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        pool = ModemPool(PoolOptions(["pty:modem0", TCP], tmp_path, listening=[Listening(host, port)]))
        with pytest.raises(PortError, match=rf"cannot listen for callers on {host}:{port}: {why}"):
            await pool.run(asyncio.Event(), lambda facts: pytest.fail("it is not ready"))
        assert not (tmp_path / "modem0").is_symlink()


async def test_a_refused_call_says_busy(tmp_path: Path):
    async with running(PoolOptions([TCP], tmp_path)) as pool:
        with TcpClient(ports_of(pool)[0]) as one:
            await one.send(f"ATDT127.0.0.1:{free_port()}\r".encode())
            assert b"BUSY" in await one.read_to(b"BUSY\r\n")


async def test_a_line_calls_by_itself_and_both_ends_read_their_files_first(tmp_path: Path):
    lines = LineOptions(
        Quality(rate=9600),
        Greetings(b"you answered\r\n", b"you are through\r\n", b"welcome\r\n", b"here we are\r\n"),
        CallsByItself("2", None),
    )
    async with running(PoolOptions([TCP, TCP], tmp_path, lines=lines)) as pool:
        with TcpClient(ports_of(pool)[1]) as called:
            await called.send(b"ATS0=1\r")
            await called.read_to(b"BUSY\r\n")  # it has called itself
            await called.send(b"ATS0=1\r")
            await called.read_to(b"OK\r\n")
            with TcpClient(ports_of(pool)[0]) as caller_:
                await caller_.read_to(b"CONNECT 9600\r\n")
                await called.read_to(b"CONNECT 9600\r\n")
                await caller_.read_to(b"you are through\r\nwelcome\r\n")
                await called.read_to(b"you answered\r\nhere we are\r\n")


async def test_two_lines_with_a_wire_of_their_own_meet_without_a_number(tmp_path: Path):
    options = PoolOptions([TCP, TCP], tmp_path, lines=LineOptions(leased=True))
    async with running(options) as pool:
        with TcpClient(ports_of(pool)[0]) as one, TcpClient(ports_of(pool)[1]) as other:
            await other.send(b"ATA\r")
            await one.send(b"ATD\r")
            for end in (one, other):
                await end.read_to(b"CONNECT")
                await end.read_to(b"\r\n")
            await one.send(b"hello")
            assert await other.read(5) == b"hello"
            await other.send(b"goodbye")
            assert await one.read(7) == b"goodbye"


async def test_wires_between_two_lines_want_an_even_number_of_them(tmp_path: Path):
    with pytest.raises(PortError, match="even number"):
        ModemPool(PoolOptions([TCP, TCP, TCP], tmp_path, lines=LineOptions(leased=True)))
