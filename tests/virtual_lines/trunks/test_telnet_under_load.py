"""Callers on real sockets: put through, held back, let go in order, and kept within limits."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

import pytest

from offhook.virtual_lines.exchange import CallRecord, Cause, Directory, LineDestination, ServiceDestination
from offhook.virtual_lines.switchboard import Switchboard
from offhook.virtual_lines.trunks import TelnetTrunk, leaving
from offhook.virtual_lines.trunks import telnet as trunk_module
from tests.support.subscribers import FakeService, FakeSubscriber

NUMBERS = Directory(
    [("100", ServiceDestination("mail")), ("201", LineDestination("a")), ("202", LineDestination("nobody"))]
)
REFUSES = bytes.fromhex("fffe01 fffe03 fffc03 fffc18 fffc1f fffe00 fffc00")
AGREES = bytes.fromhex("fffd01 fffd03 fffb03 fffb18 fffb1f fffd00 fffb00")
SIZE = bytes.fromhex("fffa1f 0050 0018 fff0")
TYPE = b"\xff\xfa\x18\0XTERM\xff\xf0"


class Caller:
    """A client on a socket of its own; nothing is read but by `hears` and its like."""

    def __init__(self, own: socket.socket) -> None:
        self.socket = own
        self.heard = b""

    @classmethod
    async def connect(cls, address: tuple[str, int]) -> "Caller":
        own = socket.socket()
        own.setblocking(False)
        await asyncio.get_running_loop().sock_connect(own, address)
        return cls(own)

    async def sends(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def hears(self, what: bytes) -> None:
        async with asyncio.timeout(60):
            while what not in self.heard[-100_000:]:
                data = await asyncio.get_running_loop().sock_recv(self.socket, 65536)
                assert data, f"closed before {what!r}; heard {self.heard!r}"
                self.heard += data

    async def hears_the_end(self) -> None:
        async with asyncio.timeout(60):
            while data := await asyncio.get_running_loop().sock_recv(self.socket, 65536):
                self.heard += data

    def close(self) -> None:
        self.socket.close()


class Office:
    """A switchboard with a service, a line and a trunk."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []
        self.board = Switchboard(NUMBERS, self.records.append)
        self.mail, self.a = FakeService(), FakeSubscriber()
        self.board.offer("mail", self.mail)
        self.board.plug_in("a", self.a)
        self.trunks: list[TelnetTrunk] = []
        self.callers: list[Caller] = []
        self.address = ("", 0)

    async def listen(self, number: str = "100", **how: int) -> None:
        trunk = TelnetTrunk(self.board, number, **how)
        self.trunks.append(trunk)
        self.address = await trunk.start("127.0.0.1", 0)

    async def calls(self, answers: bytes = REFUSES) -> Caller:
        """A caller whose answers are complete, so that there is no grace to wait for."""
        caller = await Caller.connect(self.address)
        self.callers.append(caller)
        await caller.sends(answers)
        return caller

    async def put_through(self, answers: bytes = REFUSES) -> Caller:
        before = len(self.mail.calls)
        caller = await self.calls(answers)
        await until(lambda: len(self.mail.calls) > before)
        return caller

    async def close(self) -> None:
        for caller in self.callers:
            caller.close()
        for trunk in self.trunks:
            await trunk.close()
        self.board.close()


async def until(true: Callable[[], object]) -> None:
    """Let the loop run until something is so."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - sockets set no events of ours
            await asyncio.sleep(0)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    await office.listen()
    yield office
    await office.close()


async def test_a_caller_reaches_the_service_and_the_two_talk(office: Office):
    caller = await office.put_through()
    office.mail.last.leg.send(b"login: ")
    await caller.hears(b"login: ")
    await caller.sends(b"alice\r\n")
    await until(lambda: office.mail.last.heard == b"alice\r")
    assert office.mail.facts.caller.number == "127.0.0.1"
    assert office.mail.facts.number == "100"


async def test_the_terminal_is_known_when_the_call_is_put_through_and_changes_are_told(office: Office):
    caller = await office.put_through(AGREES + SIZE + TYPE)
    terminal = office.mail.facts.terminal
    assert ((terminal.terminal_type or "").lower(), terminal.columns, terminal.rows) == ("xterm", 80, 24)
    await caller.sends(bytes.fromhex("fffa1f 0084 002b fff0"))
    await until(lambda: office.mail.told)
    assert (office.mail.told[-1].columns, office.mail.told[-1].rows) == (132, 43)


async def test_who_speaks_no_telnet_is_put_through_after_the_grace_with_all_it_typed(office: Office):
    caller = await office.calls(b"early ")
    await until(lambda: office.mail.calls)
    await caller.sends(b"late")
    await until(lambda: office.mail.last.heard == b"early late")


async def test_interrupt_process_comes_as_control_c(office: Office):
    caller = await office.put_through()
    await caller.sends(b"abc\xff\xf4")
    await until(lambda: office.mail.last.heard == b"abc\x03")


async def test_a_synch_whose_byte_is_urgent_leaves_no_byte_behind_and_takes_none(office: Office):
    caller = await office.put_through()
    await caller.sends(b"abc\xff\xf4")
    caller.socket.send(b"\xff", socket.MSG_OOB)  # as the Telnet of BSD and its heirs does
    await caller.sends(b"\xf2def")
    await until(lambda: office.mail.last.heard.endswith(b"def"))
    assert office.mail.last.heard == b"abc\x03def"


async def test_small_pieces_are_not_held_back_and_the_dead_are_found_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    made: list[asyncio.Transport] = []
    own = trunk_module._Connection.connection_made

    def connection_made(self: trunk_module._Connection, transport: asyncio.Transport) -> None:
        made.append(transport)
        own(self, transport)

    monkeypatch.setattr(trunk_module._Connection, "connection_made", connection_made)
    await office.put_through()
    ours = made[0].get_extra_info("socket")
    assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 300


async def test_the_last_words_of_a_session_arrive_although_the_caller_had_typed_ahead(office: Office):
    caller = await office.put_through()
    office.mail.last.leg.pause()
    await caller.sends(b"typed ahead " * 10_000)
    await until(lambda: office.mail.last.leg is not None)
    goodbye = b"Goodbye. " * 2000
    office.mail.last.leg.send(goodbye)
    office.mail.last.leg.close()
    await caller.hears_the_end()
    assert caller.heard.endswith(goodbye)
    assert [record.cause for record in office.records] == [Cause.NORMAL]


async def test_a_caller_that_goes_away_ends_its_call_and_its_words_come_first(office: Office):
    caller = await office.put_through()
    await caller.sends(b"bye")
    caller.close()
    await until(lambda: office.mail.last.closed)
    assert office.mail.last.heard == b"bye"
    assert [record.cause for record in office.records] == [Cause.NORMAL]


async def test_a_caller_that_shuts_its_side_and_reads_nothing_has_no_call_any_longer(office: Office):
    caller = await office.put_through()
    await flood(office)
    caller.socket.shutdown(socket.SHUT_WR)
    await until(lambda: office.mail.last.closed)


async def flood(office: Office) -> None:
    """Send to the last caller until it is full."""
    call = office.mail.last
    async with asyncio.timeout(60):
        while not call.paused:
            call.leg.send(b"x" * 8192)
            await asyncio.sleep(0)


async def test_a_caller_that_reads_nothing_holds_the_service_and_all_comes_when_it_reads(office: Office):
    caller = await office.put_through()
    sent = 0
    call = office.mail.last
    while not call.paused:
        call.leg.send(b"%07d\n" % sent)
        sent += 1
        if not sent % 1000:
            await asyncio.sleep(0)
    await caller.hears(b"%07d\n" % (sent - 1))
    numbers = caller.heard[caller.heard.index(b"0000000\n") :].split(b"\n")[:-1]
    assert numbers == [b"%07d" % number for number in range(sent)]
    await until(lambda: not call.paused)


async def test_a_service_that_reads_nothing_holds_the_caller_and_all_comes_when_it_reads(office: Office):
    caller = await office.put_through()
    call = office.mail.last
    call.leg.pause()
    data = b"".join(b"%07d." % number for number in range(200_000))
    sending = asyncio.ensure_future(caller.sends(data))
    for _ in range(2000):
        await asyncio.sleep(0)
    kept = sum(map(len, call.leg._waiting))
    assert kept <= 65536, "more than a read or two waits in the leg"
    assert call.heard == b""
    call.leg.resume()
    await sending
    await until(lambda: len(call.heard) == len(data))
    assert call.heard == data


async def test_what_is_typed_before_the_call_is_up_is_all_there_when_it_is(office: Office):
    await office.listen("201")
    caller = await office.calls()
    await until(lambda: office.a.heard)
    data = b"0123456789" * 3000
    sending = asyncio.ensure_future(caller.sends(data))
    for _ in range(200):
        await asyncio.sleep(0)
    office.board.answer("a")
    await sending
    await until(lambda: office.a.call and len(office.a.up.heard) == len(data))
    assert office.a.up.heard == data


async def test_a_peer_that_asks_without_end_and_reads_nothing_is_not_read_any_longer(office: Office):
    caller = await office.put_through()
    await flood(office)
    [call] = office.trunks[0]._calls
    assert call._transport is not None
    before = call._transport.get_write_buffer_size()
    asking = asyncio.ensure_future(caller.sends(b"\xff\xf6" * 500_000))
    for _ in range(2000):
        await asyncio.sleep(0)
    assert call._transport.get_write_buffer_size() < before + 65536, "its answers pile up"
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking


async def test_a_number_that_is_busy_or_not_to_be_had_says_so_and_closes(office: Office):
    await office.listen("201")
    office.board.seize("a")
    caller = await office.calls()
    await caller.hears_the_end()
    assert b"busy" in caller.heard
    await office.listen("202")
    caller = await office.calls()
    await caller.hears_the_end()
    assert b"out of service" in caller.heard
    await office.listen("999")
    caller = await office.calls()
    await caller.hears_the_end()
    assert b"unobtainable" in caller.heard
    assert [record.cause for record in office.records] == [Cause.BUSY, Cause.OUT_OF_SERVICE, Cause.UNOBTAINABLE]


async def test_a_caller_that_leaves_while_it_rings_stops_the_ringing(office: Office):
    await office.listen("201")
    caller = await office.calls()
    await until(lambda: office.a.heard)
    caller.close()
    await until(lambda: "ring stopped" in office.a.heard)
    assert [record.cause for record in office.records] == [Cause.ABANDONED]


async def test_one_that_has_sent_more_than_is_read_while_it_rings_is_missed_too_when_it_leaves(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(leaving, "LOOK", 0.01)
    await office.listen("201")
    caller = await office.calls()
    await until(lambda: office.a.heard)
    await caller.sends(b"x" * 60_000)
    caller.close()
    await until(lambda: "ring stopped" in office.a.heard)
    assert [record.cause for record in office.records] == [Cause.ABANDONED]


@pytest.mark.parametrize("how", [{"limit": 2}, {"limit_each": 2}], ids=["in all", "from one address"])
async def test_one_caller_too_many_is_told_and_the_next_after_one_left_is_put_through(
    office: Office, how: dict[str, int]
):
    await office.listen(**how)
    first = await office.put_through()
    await office.put_through()
    third = await Caller.connect(office.address)
    office.callers.append(third)
    await third.hears_the_end()
    assert b"busy" in third.heard
    assert len(office.mail.calls) == 2
    first.close()
    await until(lambda: office.records)
    await until(lambda: len(office.trunks[-1]._calls) < 2)
    await office.put_through()


async def test_a_caller_that_never_takes_the_goodbye_counts_until_it_is_dropped(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(trunk_module, "LINGER", 0.05)
    await office.listen(limit=1)
    await office.put_through()
    await flood(office)
    office.mail.last.leg.close()
    second = await Caller.connect(office.address)
    office.callers.append(second)
    await second.hears_the_end()
    assert b"busy" in second.heard, "its connection is still there"
    await until(lambda: not office.trunks[-1]._calls)
    await office.put_through()


async def test_the_trunk_closes_although_a_caller_takes_nothing(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trunk_module, "LINGER", 600)
    await office.put_through()
    await flood(office)
    async with asyncio.timeout(60):
        await office.trunks[0].close()
    assert office.mail.last.closed
    assert not office.trunks[0]._calls
    with pytest.raises(ConnectionRefusedError):
        await Caller.connect(office.address)


async def test_a_goodbye_said_just_before_the_trunk_closes_arrives(office: Office):
    caller = await office.put_through()
    office.mail.last.leg.send(b"This host is going down.")
    office.mail.last.leg.close()
    closing = asyncio.ensure_future(office.trunks[0].close())
    await caller.hears_the_end()
    assert caller.heard.endswith(b"This host is going down.")
    caller.close()
    await closing
