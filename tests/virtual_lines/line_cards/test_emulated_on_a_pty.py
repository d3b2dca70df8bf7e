"""The card with a real pty, the real modem and a real loop: what a client program would see."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from offhook.modem.hayes import HayesModem, parse_entry
from offhook.modem.ports import PtyPort
from offhook.virtual_lines.exchange import Leg, join
from offhook.virtual_lines.line_cards import EmulatedLineCard, TraceFile
from offhook.virtual_lines.switchboard import TerminalFacts
from tests.support.outside_calls import until


class OneHost:
    """An exchange with one number, 100, that answers at once; its far ends echo in capitals."""

    def __init__(self) -> None:
        self.card: EmulatedLineCard | None = None
        self.far: Leg | None = None
        self.heard = bytearray()
        self.paused = False
        self.on_hook = asyncio.Event()
        self.reply: Callable[[bytes], bytes] = bytes.upper

    def seize(self, line: str) -> None:
        self.on_hook.clear()

    def answer(self, line: str) -> None:
        self.on_hook.clear()

    def dial(self, line: str, number: str) -> None:
        assert self.card
        self.on_hook.clear()
        self.far, near = join()
        self.far.attach(self)
        self.card.joined(near)

    def hang_up(self, line: str) -> None:
        self.on_hook.set()

    def attended(self, line: str, present: bool) -> None: ...

    def learned(self, line: str, terminal: TerminalFacts) -> None: ...

    def far_sent(self, data: bytes) -> None:
        assert self.far
        self.heard += data
        if reply := self.reply(data):
            self.far.send(reply)

    def far_break(self) -> None: ...

    def far_closed(self) -> None:
        self.far = None

    def pause_sending(self) -> None:
        self.paused = True

    def resume_sending(self) -> None:
        self.paused = False


@dataclass
class Line:
    port: PtyPort
    modem: HayesModem
    host: OneHost

    @contextlib.contextmanager
    def client(self) -> Iterator["Client"]:
        fd = os.open(self.port.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            yield Client(fd)
        finally:
            os.close(fd)


class Client:
    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.got = b""

    def say(self, data: bytes) -> None:
        assert os.write(self.fd, data) == len(data)

    async def expect(self, what: bytes) -> None:
        async with asyncio.timeout(60):
            while what not in self.got:
                await self._ready(asyncio.get_running_loop().add_reader, asyncio.get_running_loop().remove_reader)
                self.got += os.read(self.fd, 65536)
        self.got = self.got.partition(what)[2]

    async def pour(self, data: bytes) -> None:
        """Write all of it as the line takes it."""
        rest = memoryview(data)
        async with asyncio.timeout(60):
            while rest:
                await self._ready(asyncio.get_running_loop().add_writer, asyncio.get_running_loop().remove_writer)
                with contextlib.suppress(BlockingIOError):
                    rest = rest[os.write(self.fd, rest) :]

    async def _ready(self, add: Callable[..., object], remove: Callable[[int], object]) -> None:
        ready = asyncio.Event()
        add(self.fd, ready.set)
        try:
            await ready.wait()
        finally:
            remove(self.fd)


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    host = OneHost()
    line = Line(PtyPort(tmp_path / "modem0"), HayesModem(), host)
    host.card = EmulatedLineCard("201", line.port, line.modem, host)
    host.card.start()
    yield line
    host.card.close()


async def test_at_is_answered_ok(line: Line) -> None:
    with line.client() as client:
        client.say(b"AT\r")
        await client.expect(b"AT\r\r\nOK\r\n")


async def test_a_call_is_dialled_used_and_hung_up_by_leaving(line: Line) -> None:
    with line.client() as client:
        client.say(b"ATDT100\r")
        await client.expect(b"CONNECT")
        client.say(b"hello")
        await client.expect(b"HELLO")
        client.say(b"last words")
    async with asyncio.timeout(60):
        await line.host.on_hook.wait()
    assert line.host.heard == b"hellolast words"
    assert line.host.far is None


async def test_the_far_end_s_last_words_come_before_no_carrier(line: Line) -> None:
    with line.client() as client:
        client.say(b"ATDT100\r")
        await client.expect(b"CONNECT")
        assert line.host.far
        line.host.far.send(b"Goodbye" * 1000)
        line.host.far.close()
        await client.expect(b"Goodbye" * 1000 + b"\r\nNO CARRIER\r\n")
        client.say(b"AT\r")
        await client.expect(b"OK")


async def test_a_client_that_comes_at_once_after_another_is_not_in_its_call(line: Line) -> None:
    with line.client() as client:
        client.say(b"ATDT100\r")
        await client.expect(b"CONNECT")
    for _ in range(3):
        await asyncio.sleep(0)
    with line.client() as client:
        client.say(b"AT\r")
        await client.expect(b"AT\r\r\nOK\r\n")
        assert line.host.on_hook.is_set()
        assert line.host.heard == b""


async def test_a_client_that_comes_after_finds_a_fresh_line(line: Line) -> None:
    with line.client() as client:
        client.say(b"ATDT100\r")
        await client.expect(b"CONNECT")
        assert line.host.far
        line.host.far.send(b"not for you" * 1000)
    async with asyncio.timeout(60):
        await line.host.on_hook.wait()
    with line.client() as client:
        client.say(b"AT\r")
        await client.expect(b"OK")
        assert b"not for you" not in client.got


async def test_bulk_up_into_a_slow_far_end_is_whole_and_bounded(line: Line) -> None:
    line.host.reply = lambda data: b""
    data = bytes(range(256)) * 1024
    with line.client() as client:
        client.say(b"ATDT100\r")
        await client.expect(b"CONNECT")
        assert line.host.far
        far = line.host.far
        far.pause()
        pouring = asyncio.create_task(client.pour(data))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not pouring.done()
        assert line.host.heard == b""
        far.resume()
        await pouring
        line.host.reply = lambda data: b"got it" if data.endswith(b"the end") else b""
        client.say(b"the end")
        await client.expect(b"got it")
        assert line.host.heard == data + b"the end"


async def test_bulk_down_to_a_client_that_is_slow_is_whole_and_pauses_the_far_end(line: Line) -> None:
    with line.client() as client:
        client.say(b"ATDT100\r")
        await client.expect(b"CONNECT")
        assert line.host.far
        sent = b""
        while not line.host.paused:
            piece = b"%08d" % len(sent) * 128
            line.host.far.send(piece)
            sent += piece
            await asyncio.sleep(0)
        assert len(sent) < 80_000
        line.host.far.send(b"the end")
        await client.expect(sent[-1024:] + b"the end")
        assert not line.host.paused


async def test_xoff_of_a_client_holds_the_far_end_until_xon_and_neither_goes_further(line: Line) -> None:
    with line.client() as client:
        client.say(b"AT&K4DT100\r")
        await client.expect(b"CONNECT")
        await until(lambda: line.modem.far_passes)
        client.say(b"\x13")
        await until(lambda: line.host.paused)
        client.say(b"one way")
        await until(lambda: line.host.heard == b"one way")
        client.say(b"\x11")
        await client.expect(b"ONE WAY")
        await until(lambda: not line.host.paused)
        assert line.host.heard == b"one way"


async def test_a_client_gets_xoff_while_the_far_end_is_slow_and_xon_when_it_goes_on(line: Line) -> None:
    line.host.reply = lambda data: b""
    data = b"x" * 65536
    with line.client() as client:
        client.say(b"AT&K4DT100\r")
        await client.expect(b"CONNECT")
        assert line.host.far
        line.host.far.pause()
        pouring = asyncio.create_task(client.pour(data))
        await client.expect(b"\x13")
        line.host.far.resume()
        await client.expect(b"\x11")
        await pouring
        await until(lambda: len(line.host.heard) == len(data))


async def test_the_trace_of_a_call_can_be_read_back(tmp_path: Path) -> None:
    host = OneHost()
    trace = TraceFile(tmp_path / "trace")
    port = PtyPort(tmp_path / "modem0")
    host.card = EmulatedLineCard("201", port, HayesModem(), host, trace)
    host.card.start()
    with Line(port, HayesModem(), host).client() as client:
        client.say(b"ATDT100\r")
        await client.expect(b"CONNECT")
        client.say(b"hello")
        await client.expect(b"HELLO")
    async with asyncio.timeout(60):
        await host.on_hook.wait()
    host.card.close()
    trace.close()
    said = ""
    for entry in (tmp_path / "trace").read_text().splitlines():
        name, text = entry.split(" ", 1)
        assert name == "201"
        _, thing = parse_entry(text)
        said += type(thing).__name__ + " "
    for word in (
        "DteRate",
        "DteSignals",
        "DteSent",
        "Dial",
        "FarAnswered",
        "HoldFar",
        "SendToFar",
        "FarSent",
        "HangUp",
    ):
        assert f"{word} " in said
