"""Calls over lines that have a quality: the circuit between the legs, and what is told of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from offhook.virtual_lines.exchange import (
    CallRecord,
    Cause,
    Directory,
    LineDestination,
    Quality,
    ServiceDestination,
    Subscription,
    Treatment,
)
from offhook.virtual_lines.switchboard import Switchboard, TerminalFacts
from offhook.virtual_lines.switchboard.line_circuit import legs_of
from tests.support.outside_calls import until
from tests.support.subscribers import FakeService, FakeSubscriber

PERFECT = Quality()
"""A circuit that does nothing, and is there all the same."""
NUMBERS = Directory(
    [("100", ServiceDestination("mail")), ("202", LineDestination("b")), ("203", LineDestination("c"))],
    subscriptions={"b": Subscription(quality=PERFECT), "c": Subscription(quality=Quality(rate=100_000))},
    treatments={"100": Treatment(quality=Quality(rate=2400))},
)


class Desk:
    """Three lines and a service."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []
        self.board = Switchboard(NUMBERS, self.records.append)
        self.a, self.b, self.c, self.mail = FakeSubscriber(), FakeSubscriber(), FakeSubscriber(), FakeService()
        for name in ("a", "b", "c"):
            self.board.plug_in(name, getattr(self, name))
        self.board.offer("mail", self.mail)

    def talk(self, number: str, line: str) -> None:
        self.board.dial("a", number)
        self.board.answer(line)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    desk.board.close()


async def test_bytes_and_breaks_pass_a_circuit_both_ways(desk: Desk):
    desk.talk("202", "b")
    desk.a.up.leg.send(b"hello")
    desk.b.up.leg.send(b"yes?")
    desk.a.up.leg.send_break()
    assert (desk.a.up.heard, desk.b.up.heard, desk.b.up.breaks) == (b"yes?", b"hello", 1)


async def test_an_end_that_echoes_from_within_keeps_the_order(desk: Desk):
    desk.talk("202", "b")
    desk.b.up.on_data = desk.b.up.leg.send
    for word in (b"one ", b"two ", b"three"):
        desk.a.up.leg.send(word)
    assert desk.a.up.heard == b"one two three"


async def test_a_pause_at_one_end_reaches_the_other_when_the_circuit_is_full(desk: Desk):
    desk.talk("202", "b")
    desk.b.up.leg.pause()
    desk.a.up.leg.send(bytes(70_000))
    assert desk.a.up.paused
    assert not desk.b.up.heard
    desk.b.up.leg.resume()
    assert len(desk.b.up.heard) == 70_000
    assert not desk.a.up.paused


async def test_a_hang_up_is_heard_at_the_other_end_after_what_was_sent_and_the_record_has_the_bytes(desk: Desk):
    desk.talk("203", "c")
    assert desk.a.up.leg.rate == desk.c.up.leg.rate == 100_000
    desk.a.up.leg.send(b"last words")
    assert not desk.c.up.heard
    desk.board.hang_up("a")
    await until(lambda: desk.c.up.closed)
    assert desk.c.up.heard == b"last words"
    assert [(each.cause, each.sent, each.received, each.rate) for each in desk.records] == [
        (Cause.NORMAL, 10, 0, 100_000)
    ]


async def test_a_line_with_another_rate_each_way_is_told_to_both_ends(desk: Desk):
    caller, called = legs_of(Quality(rate=1200, back_rate=75))
    assert (caller.rate, caller.ways, called.rate, called.ways) == (1200, (75, 1200), 1200, (1200, 75))
    for quality in (Quality(rate=300), Quality(rate=300, back_rate=300), PERFECT, None):
        assert [leg.ways for leg in legs_of(quality)] == [None, None]


async def test_a_service_is_told_the_rate_of_the_line_to_it(desk: Desk):
    desk.board.learned("a", TerminalFacts("vt52", rate=38_400))
    desk.board.dial("a", "100")
    assert desk.mail.facts.terminal == TerminalFacts("vt52", rate=2400)


async def test_a_call_that_is_cut_ends_at_both_ends_of_its_circuit(desk: Desk):
    desk.talk("202", "b")
    desk.board.clear("b")
    assert desk.a.up.closed
    assert desk.b.up.closed


async def test_a_line_that_is_plain_has_no_circuit(desk: Desk):
    desk.board.dial("b", "999")
    desk.board.hang_up("b")
    desk.board.dial("c", "100")
    assert [call.rate for call in desk.board.calls] == [2400]
    desk.board.hang_up("c")
    await asyncio.sleep(0)
    assert desk.mail.last.closed


async def test_a_holder_that_raises_does_not_keep_the_call_from_ending(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def broken(_data: bytes) -> None:
        raise RuntimeError("a fault of its own")

    desk.talk("202", "b")
    monkeypatch.setattr(desk.b.up, "far_sent", broken)
    with pytest.raises(RuntimeError):
        desk.a.up.leg.send(b"x")
    desk.board.hang_up("a")
    assert desk.b.up.closed
