import asyncio
from collections.abc import AsyncIterator

import pytest

from offhook.modem.ports import TcpPort
from offhook.modem.rs232 import EIGHT_N_ONE, Signals, parse_framing
from offhook.virtual_lines.pairs import Cable, CableOptions
from tests.support.line_card_fakes import FakePort
from tests.support.tcp_client import TcpClient


class Bench:
    def __init__(self, options: CableOptions | None = None) -> None:
        self.one, self.other = FakePort(), FakePort()
        self.cable = Cable(self.one, self.other, options)
        self.cable.start()
        self.one.done.clear()
        self.other.done.clear()

    @property
    def ends(self) -> list[tuple[FakePort, FakePort]]:
        return [(self.one, self.other), (self.other, self.one)]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    bench.cable.close()
    bench.cable.close()
    assert bench.one.done[-1] == bench.other.done[-1] == "close"


async def test_bytes_signals_and_breaks_cross_both_ways(bench: Bench) -> None:
    for near, far in bench.ends:
        assert near.listener
        near.listener.dte_signals(Signals.DTR | Signals.RTS)
        near.listener.dte_sent(b"hello")
        near.listener.dte_break()
        near.listener.dte_signals(Signals.RTS)
        near.listener.dte_rate(9600)
        assert far.done == [Signals.DSR | Signals.DCD | Signals.CTS, b"hello", "break", Signals.CTS]
        near.done.clear()
        far.done.clear()


async def test_a_slow_program_holds_the_other_one(bench: Bench) -> None:
    assert bench.one.listener
    assert bench.other.listener
    bench.other.listener.pause_sending()
    bench.one.listener.dte_sent(bytes(100_000))
    assert not bench.one.reading
    assert bench.other.sent == b""
    bench.other.listener.resume_sending()
    assert bench.one.reading
    assert len(bench.other.sent) == 100_000


async def test_a_paced_cable_takes_its_time() -> None:
    bench = Bench(CableOptions(rate=1200))
    assert bench.one.listener
    loop = asyncio.get_running_loop()
    began = loop.time()
    bench.one.listener.dte_sent(bytes(12))
    async with asyncio.timeout(60):
        while len(bench.other.sent) < 12:  # noqa: ASYNC110  # there is nothing to wait for but time
            await asyncio.sleep(0)
    assert loop.time() - began > 0.099
    bench.cable.close()


async def test_the_same_seed_makes_the_same_errors_and_each_way_its_own() -> None:
    heard = []
    for seed in (1, 1, 2):
        bench = Bench(CableOptions(noise=0.01, seed=seed))
        for near, _ in bench.ends:
            assert near.listener
            near.listener.dte_sent(bytes(1000))
        heard.append((bench.one.sent, bench.other.sent))
        bench.cable.close()
    assert heard[0] == heard[1] != heard[2]
    assert heard[0][0] != heard[0][1]


async def test_two_tcp_ports_are_joined() -> None:
    one, other = TcpPort("127.0.0.1", 0), TcpPort("127.0.0.1", 0)
    cable = Cable(one, other)
    cable.start()
    with TcpClient(one.name) as client, TcpClient(other.name) as server:
        await client.send(b"ping")
        assert await server.read(4) == b"ping"
        await server.send(b"pong")
        assert await client.read(4) == b"pong"
    cable.close()


class FramedFakePort(FakePort):
    framing = EIGHT_N_ONE


@pytest.mark.parametrize(("port", "given"), [("8E2", None), ("7N1", "8E2")])
async def test_a_character_takes_as_long_as_its_port_is_set_unless_a_framing_is_given(
    port: str, given: str | None
) -> None:
    one, other = FramedFakePort(), FakePort()
    cable = Cable(one, other, CableOptions(rate=1000, framing=parse_framing(given) if given else None))
    cable.start()
    assert one.listener
    one.framing = parse_framing(port)
    loop = asyncio.get_running_loop()
    began = loop.time()
    one.listener.dte_sent(bytes(20))
    async with asyncio.timeout(60):
        while len(other.sent) < 20:  # noqa: ASYNC110  # there is nothing to wait for but time
            await asyncio.sleep(0)
    assert loop.time() - began >= 0.239
    cable.close()
