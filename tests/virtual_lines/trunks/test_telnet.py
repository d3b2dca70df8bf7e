import asyncio
import socket
from collections.abc import Callable
from functools import partial

import pytest

from offhook.virtual_lines.exchange import Directory, Leg, ServiceDestination
from offhook.virtual_lines.switchboard import CallFacts, Switchboard
from offhook.virtual_lines.trunks import CallerTexts, Gate, ListenProtocol, TelnetTrunk, gate, telnet
from tests.support.outside_calls import until


class Answerer:
    """Answers each call with a word, sends everything back, and says who called."""

    def __init__(self) -> None:
        self.calls: list[CallFacts] = []
        self.legs: list[Leg] = []
        self.gone = asyncio.Event()
        self.paused = 0
        self.resumed = asyncio.Event()

    def __call__(self, leg: Leg, facts: CallFacts) -> None:
        self.calls.append(facts)
        self.legs.append(leg)
        leg.attach(self)
        leg.send(b"hello\r\n")

    def far_sent(self, data: bytes) -> None:
        self.legs[-1].send(data)

    def far_break(self) -> None: ...

    def far_closed(self) -> None:
        self.gone.set()

    def pause_sending(self) -> None:
        self.paused += 1

    def resume_sending(self) -> None:
        self.resumed.set()


class House:
    def __init__(
        self,
        *,
        number: str = "100",
        limit: int = 5,
        protocol: ListenProtocol = ListenProtocol.TELNET,
        gate: Callable[[], Gate] = Gate,
    ) -> None:
        self.answerer = Answerer()
        self.records: list[object] = []
        self.switchboard = Switchboard(Directory([("100", ServiceDestination("mail"))]), self.records.append)
        self.switchboard.offer("mail", self.answerer)
        self.entries: list[str] = []
        self.trunk = TelnetTrunk(self.switchboard, number, limit=limit, protocol=protocol, gate=gate, trace=self)

    def entry(self, line: str, now: float, sign: str, text: str) -> None:
        self.entries.append(f"{line} {sign} {text}")

    async def call(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.trunk._server is None:
            self.address = await self.trunk.start("127.0.0.1", 0)
        return await asyncio.open_connection(*self.address)


async def hears(reader: asyncio.StreamReader, text: bytes) -> bytes:
    async with asyncio.timeout(60):
        return await reader.readuntil(text)


async def ended(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(60):
        return await reader.read()


async def talks_on(writer: asyncio.StreamWriter) -> None:
    async with asyncio.timeout(60):
        while True:
            writer.write(b"still here")
            await writer.drain()


async def test_a_caller_is_put_through_and_both_hear_each_other():
    house = House()
    reader, writer = await house.call()
    await hears(reader, b"hello\r\n")
    writer.write(b"abc\xff\xffdef")
    assert await hears(reader, b"def") == b"abc\xff\xffdef"
    assert house.answerer.calls[0].line == "telnet-1"
    assert house.answerer.calls[0].caller.number == "127.0.0.1"
    writer.close()
    async with asyncio.timeout(60):
        await house.answerer.gone.wait()
    assert len(house.records) == 1
    await house.trunk.close()


async def test_what_was_typed_before_the_call_was_up_is_not_lost():
    house = House()
    reader, writer = await house.call()
    writer.write(b"early")
    assert b"early" in await hears(reader, b"hello\r\n")
    writer.close()
    await house.trunk.close()


async def test_the_far_end_hangs_up_and_everything_it_said_arrives_first():
    house = House()
    reader, _ = await house.call()
    await hears(reader, b"hello\r\n")
    house.answerer.legs[0].send(b"x" * 200_000)
    house.answerer.legs[0].close()
    assert await ended(reader) == b"x" * 200_000
    await house.trunk.close()


async def test_one_call_too_many_is_told_so_and_closed():
    house = House(limit=1)
    first, _ = await house.call()
    await hears(first, b"hello\r\n")
    second, _ = await house.call()
    assert await ended(second) == b"All lines are busy. Try again later.\r\n"
    await house.trunk.close()


async def test_a_caller_who_is_not_taken_hears_why_whatever_he_has_sent_already():
    house = House(limit=0)
    address = await house.trunk.start("127.0.0.1", 0)
    with socket.create_connection(address) as caller:
        caller.sendall(b"\xff\xfb\x18" * 1000)
        caller.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=caller)
        assert await ended(reader) == CallerTexts().busy
        writer.close()
    await house.trunk.close()


async def test_a_caller_who_is_not_taken_and_does_not_go_is_dropped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(telnet, "PARTING", 0.01)
    house = House(limit=0)
    reader, writer = await house.call()
    assert await ended(reader) == CallerTexts().busy
    with pytest.raises(ConnectionError):
        await talks_on(writer)
    await house.trunk.close()


async def test_a_number_that_is_not_there_is_said_and_the_connection_closed():
    house = House(number="999")
    reader, _ = await house.call()
    assert b"The call failed: unobtainable." in await ended(reader)
    await house.trunk.close()


async def test_a_caller_who_does_not_read_pauses_the_far_end_and_resumes_it():
    house = House()
    reader, _writer = await house.call()
    await hears(reader, b"hello\r\n")
    leg = house.answerer.legs[0]
    sent = 0
    while not house.answerer.paused and sent < 100_000_000:
        leg.send(b"y" * 65536)
        sent += 65536
        await asyncio.sleep(0)
    assert house.answerer.paused
    async with asyncio.timeout(60):
        await reader.readexactly(sent)
        await house.answerer.resumed.wait()
    await house.trunk.close()


async def test_closing_ends_every_call_and_the_trace_has_it_all():
    house = House()
    reader, _ = await house.call()
    await hears(reader, b"hello\r\n")
    await house.trunk.close()
    await ended(reader)
    assert house.entries[0] == "telnet-1 > Opened()"
    assert any(entry.startswith("telnet-1 < SendToNet(data=b'hello") for entry in house.entries)
    assert len(house.records) == 1


@pytest.mark.parametrize("protocol", ListenProtocol)
async def test_before_the_key_and_the_password_no_number_is_dialled(protocol: ListenProtocol):
    house = House(protocol=protocol, gate=partial(Gate, key=True, password="sesame"))
    reader, writer = await house.call()
    if protocol is ListenProtocol.TELNET:
        writer.write(b"\xff\xfe\x18\xff\xfe\x1f")
    writer.write(b"early\r\0" if protocol is ListenProtocol.TELNET else b"early\n")
    await hears(reader, b"Password: ")
    assert not house.answerer.calls
    writer.write(b"wrong\r\nsesame\r\nbeyond")
    await hears(reader, b"recognised.")
    assert b"beyond" in await hears(reader, b"hello\r\n")
    assert len(house.answerer.calls) == 1
    writer.close()
    await house.trunk.close()
    assert len(house.records) == 1


async def test_a_caller_who_does_not_pass_the_gate_in_time_is_told_and_nothing_was_dialled(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(gate, "KEY_TIME", 0.01)
    house = House(protocol=ListenProtocol.RAW, gate=partial(Gate, key=True))
    reader, _ = await house.call()
    assert (await ended(reader)).endswith(b"Press RETURN to be connected. \r\nToo late.\r\n")
    assert house.records == []
    await house.trunk.close()


async def test_a_caller_with_three_wrong_passwords_is_sent_away_however_many_he_sends_at_once():
    house = House(protocol=ListenProtocol.RAW, gate=partial(Gate, password="sesame"))
    reader, writer = await house.call()
    writer.write(b"x\r" * 5 + b"sesame\r")
    assert (await ended(reader)).endswith(b"Not recognised.\r\n")
    assert not house.answerer.calls
    writer.close()
    await house.trunk.close()


async def test_a_caller_who_leaves_at_the_gate_leaves_nothing():
    house = House(gate=partial(Gate, key=True))
    _, writer = await house.call()
    writer.close()
    await until(lambda: house.entries and not house.trunk._calls)
    assert house.records == []
    await house.trunk.close()
