"""The switchboard with subscribers on it: legs in the right hands, and nothing confused by who acts when."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import (
    CallRecord,
    Cause,
    Directory,
    Leg,
    LineDestination,
    LineState,
    ServiceDestination,
)
from offhook.virtual_lines.switchboard import CallFacts, Switchboard, TerminalFacts
from tests.support.subscribers import FakeService, FakeSubscriber

NUMBERS = Directory(
    [
        ("100", ServiceDestination("mail")),
        ("101", ServiceDestination("time of day")),
        ("201", LineDestination("a")),
        ("202", LineDestination("b")),
        ("203", LineDestination("nobody")),
    ]
)


class Desk:
    """A switchboard with two lines and a service."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []
        self.board = Switchboard(NUMBERS, self.records.append)
        self.a, self.b, self.mail = FakeSubscriber(), FakeSubscriber(), FakeService()
        self.board.plug_in("a", self.a)
        self.board.plug_in("b", self.b)
        self.board.offer("mail", self.mail)

    @property
    def causes(self) -> list[Cause]:
        return [record.cause for record in self.records]

    def talk(self) -> None:
        self.board.dial("a", "202")
        self.board.answer("b")


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    desk.board.close()


async def test_a_call_to_a_line_rings_it_and_joins_the_two(desk: Desk):
    desk.board.dial("a", "202")
    assert desk.a.heard == ["ringback"]
    assert desk.b.heard == [CallerId("201", "a")]
    desk.board.answer("b")
    assert desk.a.heard == ["ringback", "joined"]
    assert desk.b.heard == [CallerId("201", "a"), "ring ended", "joined"]
    desk.a.up.leg.send(b"hello")
    desk.b.up.leg.send(b"who is it?")
    assert (desk.a.up.heard, desk.b.up.heard) == (b"who is it?", b"hello")


async def test_a_call_to_a_service_is_answered_at_once_and_the_service_knows_who_calls(desk: Desk):
    desk.board.dial("b", "1 0 0")
    assert desk.b.heard == ["joined"]
    assert (desk.mail.facts.line, desk.mail.facts.number) == ("b", "1 0 0")
    assert desk.mail.facts.caller == CallerId("202", "b")
    desk.mail.last.leg.send(b"login: ")
    assert desk.b.up.heard == b"login: "


async def test_the_called_hears_the_caller_that_was_given_or_none(desk: Desk):
    desk.board.dial("a", "202", CallerId())
    assert desk.b.heard == [CallerId(None, None)]


async def test_busy_unknown_and_missing_numbers_say_so(desk: Desk):
    for number in ("201", "999", "203", "101"):
        desk.board.dial("a", number)
    assert desk.a.heard == [Cause.BUSY, Cause.UNOBTAINABLE, Cause.OUT_OF_SERVICE, Cause.OUT_OF_SERVICE]
    assert desk.causes == desk.a.heard


async def test_a_seized_line_is_busy(desk: Desk):
    desk.board.seize("b")
    desk.board.dial("a", "202")
    assert desk.a.heard == [Cause.BUSY]


async def test_hanging_up_closes_the_leg_for_whoever_forgot(desk: Desk):
    desk.talk()
    desk.b.up.leg.send(b"bye")
    desk.board.hang_up("b")
    assert desk.a.up.heard == b"bye"
    assert desk.a.up.closed
    assert desk.b.up.leg.closed
    assert desk.causes == [Cause.NORMAL]


async def test_a_service_that_hangs_up_leaves_the_call_to_the_caller(desk: Desk):
    desk.board.dial("a", "100")
    desk.mail.last.leg.close()
    assert desk.a.up.closed
    assert desk.records == []
    desk.board.hang_up("a")
    assert desk.causes == [Cause.NORMAL]


async def test_ringing_goes_on_by_the_clock_and_a_service_is_not_kept_waiting(desk: Desk):
    loop = asyncio.get_running_loop()
    armed = []
    desk.board.dial("a", "202")
    for handle in loop._scheduled:  # type: ignore[attr-defined]
        if not handle.cancelled():
            armed.append(handle.when() - loop.time())
    assert [round(seconds) for seconds in armed] == [2], "one timer, for the end of the first burst"
    desk.board.hang_up("a")
    assert all(handle.cancelled() for handle in loop._scheduled)  # type: ignore[attr-defined]


async def test_a_timer_that_comes_rings_on(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    loop = asyncio.get_running_loop()
    start, skipped = loop.time, 0.0
    monkeypatch.setattr(loop, "time", lambda: start() + skipped)
    desk.board.dial("a", "202")
    rung = asyncio.Event()
    desk.b.react = lambda word: rung.set()
    skipped = 2.0
    async with asyncio.timeout(60):
        await rung.wait()
    assert desk.b.heard[1:] == ["ring ended"]
    rung.clear()
    skipped = 6.0
    async with asyncio.timeout(60):
        await rung.wait()
    assert desk.b.heard[2:] == [CallerId("201", "a")]


async def test_a_subscriber_may_act_from_within_what_it_is_told(desk: Desk):
    def answer(word: object) -> None:
        if isinstance(word, CallerId):
            desk.board.answer("b")

    desk.b.react = answer
    desk.board.dial("a", "202")
    assert desk.a.heard == ["ringback", "joined"]
    assert desk.b.heard == [CallerId("201", "a"), "ring ended", "joined"]


async def test_a_caller_that_hangs_up_while_it_is_connected_leaves_nobody_talking(desk: Desk):
    desk.a.react = lambda word: desk.board.hang_up("a")
    desk.board.dial("a", "100")
    assert desk.mail.last.closed
    assert desk.causes == [Cause.NORMAL]
    desk.a.react = lambda word: None
    desk.board.dial("a", "100")
    assert not desk.mail.last.closed


async def test_a_line_that_redials_from_within_its_failure_is_put_through(desk: Desk):
    def redial(word: object) -> None:
        if word is Cause.UNOBTAINABLE:
            desk.board.dial("a", "100")

    desk.a.react = redial
    desk.board.dial("a", "999")
    assert desk.a.heard == [Cause.UNOBTAINABLE, "joined"]


async def test_a_line_unplugged_from_within_its_ring_fails_the_caller(desk: Desk):
    desk.b.react = lambda word: desk.board.unplug("b")
    desk.board.dial("a", "202")
    assert desk.a.heard == ["ringback", Cause.OUT_OF_SERVICE]
    assert desk.causes == [Cause.OUT_OF_SERVICE]


async def test_a_subscriber_that_raises_does_not_harm_the_others(desk: Desk, caplog: pytest.LogCaptureFixture):
    def fail(word: object) -> None:
        raise RuntimeError("a fault")

    desk.b.react = fail
    desk.board.dial("a", "202")
    desk.board.answer("b")
    assert desk.a.heard == ["ringback", "joined"]
    assert desk.a.up.closed, "the other end of this call is nobody's"
    assert "a fault" in caplog.text
    desk.board.hang_up("a")
    assert desk.causes == [Cause.NORMAL]
    desk.board.dial("a", "100")
    assert desk.a.heard[-1] == "joined"


async def test_a_service_that_raises_hangs_up_on_its_caller(desk: Desk, caplog: pytest.LogCaptureFixture):
    def fail(leg: Leg, facts: CallFacts) -> None:
        raise RuntimeError("a fault")

    desk.board.offer("mail", fail)
    desk.board.dial("a", "100")
    assert desk.a.up.closed
    assert "a fault" in caplog.text


async def test_a_keeper_of_records_that_fails_does_not_harm_the_call(
    caplog: pytest.LogCaptureFixture,
):
    def fail(record: CallRecord) -> None:
        raise OSError("disk full")

    board = Switchboard(NUMBERS, fail)
    caller = FakeSubscriber()
    board.plug_in("a", caller)
    board.dial("a", "999")
    assert caller.heard == [Cause.UNOBTAINABLE]
    assert "disk full" in caplog.text
    board.close()


async def test_what_is_known_of_a_terminal_goes_to_the_service_with_the_call_and_later(desk: Desk):
    desk.board.learned("a", TerminalFacts("vt100", 80, 24))
    desk.board.dial("a", "100")
    assert desk.mail.facts.terminal == TerminalFacts("vt100", 80, 24)
    desk.board.learned("a", TerminalFacts("vt100", 132, 43))
    assert desk.mail.told == [TerminalFacts("vt100", 132, 43)]
    desk.board.hang_up("a")
    desk.board.learned("a", TerminalFacts("vt100", 40, 25))
    assert len(desk.mail.told) == 1, "the call was over"


async def test_the_next_user_of_a_line_name_has_another_terminal(desk: Desk):
    desk.board.learned("a", TerminalFacts("vt100"))
    desk.board.unplug("a")
    desk.board.plug_in("a", FakeSubscriber())
    desk.board.dial("a", "100")
    assert desk.mail.facts.terminal == TerminalFacts()


async def test_a_line_name_is_used_once(desk: Desk):
    with pytest.raises(ValueError, match="plugged in already"):
        desk.board.plug_in("a", FakeSubscriber())


async def test_an_unplugged_line_is_not_heard(desk: Desk):
    desk.board.unplug("a")
    desk.board.unplug("a")
    desk.board.dial("a", "100")
    desk.board.learned("a", TerminalFacts("vt100"))
    desk.board.hang_up("a")
    assert desk.a.heard == []
    assert desk.mail.calls == []


async def test_closing_ends_every_call_and_each_has_its_record(desk: Desk):
    third = FakeSubscriber()
    desk.board.plug_in("c", third)
    desk.board.dial("c", "100")
    desk.talk()
    desk.board.close()
    desk.board.close()
    assert desk.mail.last.closed
    assert desk.a.up.leg.closed
    assert desk.b.up.leg.closed
    assert desk.causes == [Cause.OUT_OF_SERVICE, Cause.OUT_OF_SERVICE]


async def test_a_call_s_bytes_are_counted_both_ways_for_its_record(desk: Desk):
    desk.talk()
    desk.a.up.leg.send(b"12345")
    desk.b.up.leg.send(b"67")
    assert [(call.caller, call.sent, call.received) for call in desk.board.calls] == [("a", 5, 2)]
    desk.board.hang_up("b")
    assert [(each.sent, each.received, each.rate) for each in desk.records] == [(5, 2, None)]
    assert desk.board.calls == ()


async def test_lines_are_listed_with_what_they_do(desk: Desk):
    desk.board.make_busy("b", True)
    desk.board.seize("a")
    assert [(each.line, each.number, each.state, each.made_busy) for each in desk.board.lines] == [
        ("a", "201", LineState.OFF_HOOK, False),
        ("b", "202", LineState.MADE_BUSY, True),
    ]


async def test_a_call_is_cleared_from_outside_in_talk_and_while_it_rings(desk: Desk):
    desk.talk()
    desk.board.clear("a")
    assert desk.a.up.closed
    assert desk.b.up.closed
    for line in ("a", "b"):
        desk.board.hang_up(line)
    desk.board.dial("a", "202")
    desk.board.clear("b")
    assert desk.a.heard[-1] is Cause.CLEARED
    assert desk.causes == [Cause.NORMAL, Cause.CLEARED]
