"""Whole calls of a DTE on the network: pyserial sees the modem's lines move, and moves its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import serial

from offhook.modem.hayes import Action as ModemAction
from offhook.modem.hayes import DteBreak, DteRate, Event, HayesModem, Settings
from offhook.modem.ports import Port, TcpPort
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.exchange import CallRecord, Directory, LineDestination
from offhook.virtual_lines.line_cards import EmulatedLineCard
from offhook.virtual_lines.remote_ports import Rfc2217Port
from offhook.virtual_lines.switchboard import Switchboard
from offhook.virtual_lines.telnet import subnegotiation
from tests.support.remote_url import remote_url
from tests.support.tcp_client import TcpClient

pytestmark = [
    # pyserial 3.5 names its reader thread and makes it a daemon in the manner of Python 2.
    pytest.mark.filterwarnings(r"ignore:setDaemon\(\) is deprecated:DeprecationWarning:serial"),
    pytest.mark.filterwarnings(r"ignore:setName\(\) is deprecated:DeprecationWarning:serial"),
]

PATIENCE = 60.0
"""Seconds after which what should come at once is taken not to come."""
REMOTE, LOCAL = "201", "202"


class HeardModem:
    """A Hayes modem, and the events it had."""

    def __init__(self) -> None:
        self._modem = HayesModem(Settings(connect_hold=0))
        self.events: list[Event] = []

    def handle(self, event: Event, now: float) -> list[ModemAction]:
        self.events.append(event)
        return self._modem.handle(event, now)

    @property
    def deadline(self) -> float | None:
        return self._modem.deadline

    @property
    def signals(self) -> Signals:
        return self._modem.signals

    @property
    def shows_cts(self) -> bool:
        return self._modem.shows_cts

    @property
    def awaits_xon(self) -> bool:
        return self._modem.awaits_xon

    def online_chunk(self, data: bytes, now: float) -> bool:
        return self._modem.online_chunk(data, now)

    @property
    def far_passes(self) -> bool:
        return self._modem.far_passes


@dataclass
class TwoLines:
    """An exchange with a modem on an RFC 2217 port and one on a TCP port."""

    remote: Rfc2217Port
    local: TcpPort
    modem: HeardModem
    records: list[CallRecord] = field(default_factory=list)


@pytest.fixture
async def lines() -> AsyncIterator[TwoLines]:
    remote, local = Rfc2217Port("127.0.0.1", 0), TcpPort("127.0.0.1", 0)
    both = TwoLines(remote, local, HeardModem())
    directory = Directory([(REMOTE, LineDestination("remote")), (LOCAL, LineDestination("local"))])
    switchboard = Switchboard(directory, both.records.append)
    cards = [_card("remote", remote, both.modem, switchboard), _card("local", local, HeardModem(), switchboard)]
    yield both
    for card in cards:
        card.close()
    switchboard.close()


def _card(line: str, port: Port, modem: HeardModem, switchboard: Switchboard) -> EmulatedLineCard:
    card = EmulatedLineCard(line, port, modem, switchboard)
    switchboard.plug_in(line, card)
    card.start()
    return card


class Terminal:
    """pyserial at a port; its methods wait, and so are for a thread of their own."""

    def __init__(self, port: Rfc2217Port, rate: int = 115200) -> None:
        self.port = serial.serial_for_url(remote_url(port.name), baudrate=rate, timeout=0.01)
        self.heard = b""
        self.seen = [self._levels()]
        self._notified = self.port._telnet_process_subnegotiation
        self.port._telnet_process_subnegotiation = self._notice

    def _notice(self, content: bytes) -> None:
        """In pyserial's thread, so that no change is missed however short it is."""
        self._notified(content)
        if (levels := self._levels()) != self.seen[-1]:
            self.seen.append(levels)

    def _levels(self) -> str:
        port = self.port
        lines = (("RI", port.ri), ("DCD", port.cd), ("DSR", port.dsr), ("CTS", port.cts))
        return " ".join(name for name, level in lines if level)

    def until(self, happened: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < end, f"waited in vain for {what}; heard {self.heard!r}, saw {self.seen}"
            self.heard += self.port.read(4096)

    def expect(self, words: bytes) -> None:
        """Wait for `words`, and forget them and all before."""
        self.until(lambda: words in self.heard, repr(words))
        self.heard = self.heard.partition(words)[2]

    def command(self, line: bytes, answer: bytes = b"OK") -> None:
        self.port.write(line + b"\r")
        self.expect(b"\r\n" + answer + b"\r\n")


@asynccontextmanager
async def terminal(port: Rfc2217Port, rate: int = 115200) -> AsyncIterator[Terminal]:
    opened = await asyncio.to_thread(Terminal, port, rate)
    try:
        await asyncio.to_thread(opened.command, b"AT")
        yield opened
    finally:
        await asyncio.to_thread(opened.port.close)


async def hear(client: TcpClient, words: bytes) -> None:
    async with asyncio.timeout(PATIENCE):
        heard = b""
        while words not in heard:
            heard += await asyncio.get_running_loop().sock_recv(client.socket, 4096)


async def test_an_incoming_call_moves_ri_and_dcd_in_their_order(lines: TwoLines) -> None:
    wait = asyncio.to_thread
    async with terminal(lines.remote) as dte:
        with TcpClient(lines.local.name) as caller:
            await caller.send(f"ATDT{REMOTE}\r".encode())
            await wait(dte.expect, b"\r\nRING\r\n")
            await wait(dte.until, lambda: dte.seen[-2:] == ["RI DSR CTS", "DSR CTS"], "the end of the first burst")
            await wait(dte.expect, b"\r\nRING\r\n")
            await wait(dte.command, b"ATA", b"CONNECT 115200")
            await hear(caller, b"CONNECT 115200\r\n")
            await caller.send(b"hello")
            await wait(dte.expect, b"hello")
            assert dte.seen[-1] == "DCD DSR CTS"
            dte.port.write(b"bye")
            await hear(caller, b"bye")
        await wait(dte.expect, b"\r\nNO CARRIER\r\n")
        *rings, call, end = dte.seen[1:]
        assert dte.seen[0] == "DSR CTS"
        assert len(rings) >= 4
        assert rings == ["RI DSR CTS", "DSR CTS"] * (len(rings) // 2)
        assert [call, end] == ["DCD DSR CTS", "DSR CTS"]
    [record] = lines.records
    assert (record.number, record.destination) == (REMOTE, "remote")


async def test_dropping_dtr_hangs_up_and_raising_it_makes_the_modem_ready_again(lines: TwoLines) -> None:
    wait = asyncio.to_thread
    with TcpClient(lines.local.name) as called:
        await called.send(b"ATS0=1\r")
        await hear(called, b"OK\r\n")
        async with terminal(lines.remote) as dte:
            for _ in range(2):
                await wait(dte.command, f"ATDT{LOCAL}".encode(), b"CONNECT 115200")
                await hear(called, b"CONNECT")
                await wait(setattr, dte.port, "dtr", False)
                await hear(called, b"\r\nNO CARRIER\r\n")
                await wait(dte.until, lambda: dte.seen[-2:] == ["DCD DSR CTS", "DSR CTS"], "DCD to go off")
                await wait(setattr, dte.port, "dtr", True)
                await wait(dte.command, b"AT")


async def test_closing_the_port_hangs_up(lines: TwoLines) -> None:
    with TcpClient(lines.local.name) as called:
        await called.send(b"ATS0=1\r")
        await hear(called, b"OK\r\n")
        async with terminal(lines.remote) as dte:
            await asyncio.to_thread(dte.command, f"ATDT{LOCAL}".encode(), b"CONNECT 115200")
            await hear(called, b"CONNECT")
        await hear(called, b"\r\nNO CARRIER\r\n")


async def test_a_change_of_rate_and_a_break_reach_the_modem(lines: TwoLines) -> None:
    async with terminal(lines.remote, 2400) as dte:
        await asyncio.to_thread(setattr, dte.port, "baudrate", 9600)
        await asyncio.to_thread(dte.port.send_break, 0.01)
        await asyncio.to_thread(dte.command, b"AT")
    told = [event for event in lines.modem.events if isinstance(event, DteRate | DteBreak)]
    assert told == [DteRate(2400), DteRate(9600), DteBreak()]


async def test_every_byte_crosses_a_call_both_ways(lines: TwoLines) -> None:
    every = bytes(range(256)) * 40
    with TcpClient(lines.local.name) as called:
        await called.send(b"ATS0=1\r")
        await hear(called, b"OK\r\n")
        async with terminal(lines.remote) as dte:
            await asyncio.to_thread(dte.command, f"ATDT{LOCAL}".encode(), b"CONNECT 115200")
            await hear(called, b"CONNECT 115200\r\n")
            dte.port.write(every)
            assert await called.read(len(every)) == every
            await called.send(every)
            await asyncio.to_thread(dte.until, lambda: len(dte.heard) >= len(every), "every byte")
            assert dte.heard == every


async def test_on_the_wire_dcd_is_on_between_connect_and_no_carrier(lines: TwoLines) -> None:
    with TcpClient(lines.local.name) as called:
        await called.send(b"ATS0=1\r")
        await hear(called, b"OK\r\n")
        with TcpClient(lines.remote.name) as dte:
            await dte.send(bytes.fromhex("fffd00 fffb00 fffb2c") + f"ATE0DT{LOCAL}\r".encode())
            assert (await dte.read_to(subnegotiation(44, b"\x6b\xb8"))).endswith(subnegotiation(44, b"\x6b\xb8"))
            assert await dte.read(18) == b"\r\nCONNECT 115200\r\n"
            await hear(called, b"CONNECT 115200\r\n")
            await called.send(b"last words")
            called.socket.close()
            got = await dte.read_to(b"NO CARRIER\r\n")
            assert got == b"last words" + subnegotiation(44, b"\x6b\x38") + b"\r\nNO CARRIER\r\n"


async def test_rts_holds_the_far_end_and_cts_goes_off_while_the_far_end_takes_no_more(lines: TwoLines) -> None:
    wait = asyncio.to_thread
    with TcpClient(lines.local.name, receive_buffer=4096) as called:
        await called.send(b"ATS0=1\r")
        await hear(called, b"OK\r\n")
        async with terminal(lines.remote) as dte:
            await wait(dte.command, f"ATDT{LOCAL}".encode(), b"CONNECT 115200")
            await hear(called, b"CONNECT 115200\r\n")
            assert dte.seen[-1] == "DCD DSR CTS"
            await wait(setattr, dte.port, "rts", False)
            await called.send(b"held")
            dte.port.write(b"AT")  # the other way is open, and shows that the modem has heard of RTS
            assert await called.read(2) == b"AT"
            assert await wait(dte.port.read, 4) == b""
            await wait(setattr, dte.port, "rts", True)
            await wait(dte.expect, b"held")
            await wait(_write_until, dte, lambda: "DCD DSR" in dte.seen)
            async with asyncio.timeout(PATIENCE):
                while dte.seen[-1] != "DCD DSR CTS":
                    await asyncio.get_running_loop().sock_recv(called.socket, 1_000_000)


def _write_until(dte: Terminal, held: Callable[[], bool]) -> None:
    """Write until the modem has the terminal wait."""
    end = time.monotonic() + PATIENCE
    while not held():
        assert time.monotonic() < end, "nothing holds what is sent"
        dte.port.write(bytes(1024))
