import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from offhook.modem.hayes import (
    Action,
    CallerId,
    CarrierLost,
    Dial,
    DialString,
    DteRate,
    DteSent,
    DteSignals,
    Event,
    FarAnswered,
    FarBusy,
    FarNoAnswer,
    FarRinging,
    FarSent,
    FarUnobtainable,
    HangUp,
    HayesModem,
    Note,
    NumberStored,
    RingBegan,
    RingEnded,
    RingStopped,
    SendToDte,
    SendToFar,
    SetSignals,
    Stored,
    Tick,
)
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.exchange import Cause
from offhook.virtual_lines.line_cards import EmulatedLineCard
from tests.support.line_card_bench import Bench, transparent
from tests.support.line_card_fakes import FakeExchange, FakePort, ScriptedModem
from tests.support.outer_line_fakes import Far


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    bench.card.close()


async def test_what_the_port_tells_becomes_an_event(bench: Bench) -> None:
    bench.card.dte_signals(Signals.DTR | Signals.RTS)
    bench.card.dte_rate(2400)
    bench.card.dte_sent(b"AT\r")
    assert bench.modem.events == [DteSignals(Signals.DTR | Signals.RTS), DteRate(2400), DteSent(b"AT\r")]


async def test_what_the_switchboard_says_becomes_an_event(bench: Bench) -> None:
    caller = CallerId("202")
    bench.card.ring_began(caller)
    bench.card.ring_ended()
    bench.card.ring_stopped()
    bench.card.far_ringing()
    began, *others = bench.modem.events
    assert isinstance(began, RingBegan)
    assert began.caller.number == "202"
    assert len(began.caller.date or "") == len(began.caller.time or "") == 4
    assert others == [RingEnded(), RingStopped(), FarRinging()]


async def test_what_a_modem_stores_goes_to_its_keeper_and_comes_to_the_others() -> None:
    kept: list[tuple[object, ...]] = []

    class Notebook:
        def keep_profiles(self, line: str, stored: Stored) -> None:
            kept.append((line, stored.power_up))

        def keep_number(self, line: str, slot: int, text: str, stored: Stored) -> None:
            kept.append((line, slot, text))

    port = FakePort()
    card = EmulatedLineCard("line", port, HayesModem(), FakeExchange(), keeper=Notebook())
    card.start()
    card.dte_sent(b"AT&Y1&Z1=5\r")
    card.happened(NumberStored(2, "6"))
    card.dte_sent(b"AT&Z2?\r")
    assert kept == [("line", 1), ("line", 1, "5")]
    assert b"\r\n6\r\n" in port.sent
    card.close()


@pytest.mark.parametrize(
    ("cause", "event"),
    [
        (Cause.BUSY, FarBusy()),
        (Cause.CONGESTION, FarBusy()),
        (Cause.NO_ANSWER, FarNoAnswer()),
        (Cause.UNOBTAINABLE, FarUnobtainable()),
        (Cause.OUT_OF_SERVICE, FarUnobtainable()),
        (Cause.ABANDONED, FarUnobtainable()),
        (Cause.NORMAL, FarUnobtainable()),
    ],
)
async def test_a_failed_call_has_its_event(bench: Bench, cause: Cause, event: Event) -> None:
    bench.card.failed(cause)
    assert bench.modem.events == [event]


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (b"ATDT100", ("dial", "201", "100")),
        (b"ATH1", ("seize", "201")),
        (b"ATA", ("answer", "201")),
    ],
)
async def test_the_modem_s_orders_reach_the_exchange_and_hanging_up_ends_them(
    bench: Bench, typed: bytes, asked: tuple[str, ...]
) -> None:
    bench.card.dte_sent(typed)
    assert bench.exchange.asked == [asked]
    bench.card.dte_sent(b"ATH")
    assert bench.exchange.asked == [asked, ("hang_up", "201")]
    bench.card.dte_sent(b"ATH")
    assert len(bench.exchange.asked) == 2


async def test_orders_for_the_port_are_carried_out_in_order(bench: Bench) -> None:
    bench.modem.script = lambda event: [SendToDte(b"a"), SetSignals(Signals.DCD), Note("why"), SendToDte(b"b")]
    bench.card.dte_sent(b"x")
    assert bench.port.done == [b"a", Signals.DCD, b"b"]


async def test_a_call_carries_bytes_both_ways(bench: Bench) -> None:
    bench.call()
    bench.card.dte_sent(b"login")
    bench.far.leg.send(b"password: ")
    assert bench.far.heard == [b"login"]
    assert bench.port.sent == b"password: "


async def test_what_the_far_end_said_before_the_answer_comes_after_it(bench: Bench) -> None:
    bench.card.dte_sent(b"ATDT100")
    bench.far.leg.send(b"welcome")
    bench.far.leg.close()
    bench.modem.events.clear()
    bench.card.joined(bench.far.near)
    assert bench.modem.events == [FarAnswered(), FarSent(b"welcome"), CarrierLost()]
    assert bench.exchange.asked[-1] == ("hang_up", "201")


async def test_an_exchange_that_answers_at_once_does_not_enter_the_modem_twice(bench: Bench) -> None:
    bench.exchange.at_once = lambda: bench.card.joined(bench.far.near)
    bench.far.leg.send(b"hello")
    bench.card.dte_sent(b"ATDT100")
    assert bench.modem.events == [DteSent(b"ATDT100"), FarAnswered(), FarSent(b"hello")]
    assert bench.port.sent == b"hello"


async def test_a_far_end_that_echoes_at_once_does_not_enter_the_modem_twice(bench: Bench) -> None:
    bench.call()
    bench.far.far_sent = bench.far.leg.send  # type: ignore[method-assign]
    for piece in (b"one ", b"two ", b"three"):
        bench.card.dte_sent(piece)
    assert bench.port.sent == b"one two three"


async def test_hanging_up_delivers_what_was_sent_and_then_closes_the_leg(bench: Bench) -> None:
    bench.call()
    bench.card.dte_sent(b"bye")
    bench.card.dte_sent(b"ATH")
    assert bench.far.heard == [b"bye", "closed"]
    bench.far.leg.send(b"too late")
    assert bench.port.sent == b""


async def test_dtr_off_hangs_up(bench: Bench) -> None:
    bench.call()
    bench.card.dte_signals(Signals.NONE)
    assert bench.far.heard == ["closed"]
    assert bench.exchange.asked[-1] == ("hang_up", "201")


async def test_an_answer_that_comes_after_hanging_up_is_closed_and_not_told(bench: Bench) -> None:
    bench.card.dte_sent(b"ATDT100")
    bench.card.dte_sent(b"ATH")
    bench.modem.events.clear()
    bench.card.joined(bench.far.near)
    assert bench.modem.events == []
    assert bench.far.heard == ["closed"]


async def test_an_answer_that_waits_in_the_inbox_while_the_modem_hangs_up_is_not_told(bench: Bench) -> None:
    bench.modem.script = lambda event: [Dial(DialString("1", "1")), HangUp()] if event == DteSent(b"x") else []
    bench.exchange.at_once = lambda: bench.card.joined(bench.far.near)
    bench.card.dte_sent(b"x")
    assert bench.modem.events == [DteSent(b"x")]
    assert bench.far.heard == ["closed"]


class Clockwork:
    """A script for a modem that wants a tick after as many milliseconds as the rate it is told."""

    def __init__(self, modem: ScriptedModem) -> None:
        self.loop = asyncio.get_running_loop()
        self.start = self.loop.time()
        self.ticked = asyncio.Event()
        self.when = 0.0
        self.modem = modem
        modem.script = self

    def __call__(self, event: Event) -> Sequence[Action]:
        match event:
            case Tick():
                self.when = self.loop.time() - self.start
                self.modem.deadline = None
                self.ticked.set()
            case DteRate(milliseconds):
                self.modem.deadline = self.start + milliseconds / 1000
        return []

    async def tick(self) -> float:
        async with asyncio.timeout(60):
            await self.ticked.wait()
        return self.when


async def test_the_clock_ticks_at_the_deadline_and_not_before(bench: Bench) -> None:
    clock = Clockwork(bench.modem)
    bench.card.dte_rate(20)
    assert await clock.tick() >= 0.02
    assert bench.modem.events == [DteRate(20), Tick()]


async def test_a_deadline_put_off_ticks_once_and_late(bench: Bench) -> None:
    clock = Clockwork(bench.modem)
    bench.card.dte_rate(10)
    bench.card.dte_rate(40)
    assert await clock.tick() >= 0.04
    assert bench.modem.events.count(Tick()) == 1


async def test_a_deadline_put_forward_ticks_in_time(bench: Bench) -> None:
    clock = Clockwork(bench.modem)
    bench.card.dte_rate(60_000)
    bench.card.dte_rate(10)
    assert await clock.tick() < 5


async def test_no_deadline_is_no_timer(bench: Bench) -> None:
    bench.modem.deadline = asyncio.get_running_loop().time() + 0.01
    bench.card.dte_sent(b"x")
    bench.modem.deadline = None
    bench.card.dte_sent(b"y")
    assert bench.card._timer is None


async def test_closing_hangs_up_and_closes_the_port_and_nothing_happens_after(bench: Bench) -> None:
    bench.call()
    bench.modem.deadline = asyncio.get_running_loop().time()
    bench.card.dte_sent(b"x")
    bench.card.close()
    bench.card.close()
    bench.modem.events.clear()
    assert bench.exchange.asked[-1] == ("hang_up", "201")
    assert bench.far.heard[-1] == "closed"
    assert bench.port.done == ["close"]
    bench.card.ring_began(CallerId())
    bench.card.dte_sent(b"y")
    await asyncio.sleep(0)
    assert bench.modem.events == []


class KeepingTrace:
    def __init__(self) -> None:
        self.kept: list[tuple[str, str, object]] = []

    def event(self, line: str, now: float, event: Event) -> None:
        self.kept.append((line, ">", event))

    def action(self, line: str, now: float, action: Action) -> None:
        self.kept.append((line, "<", action))


async def test_a_trace_gets_every_event_and_action_in_order() -> None:
    port, modem, exchange, trace, far = FakePort(), ScriptedModem(), FakeExchange(), KeepingTrace(), Far()
    modem.script = transparent
    modem.passes = True
    card = EmulatedLineCard("201", port, modem, exchange, trace)
    card.start()
    exchange.at_once = lambda: card.joined(far.near)
    far.leg.send(b"hello")
    card.dte_sent(b"ATDT100")
    card.dte_sent(b"bulk" * 1000)
    card.close()
    assert trace.kept == [
        ("201", ">", DteSent(b"ATDT100")),
        ("201", "<", Dial(DialString("100", "100"))),
        ("201", ">", FarAnswered()),
        ("201", ">", FarSent(b"hello")),
        ("201", "<", SendToDte(b"hello")),
        ("201", ">", DteSent(b"bulk" * 1000)),
        ("201", "<", SendToFar(b"bulk" * 1000)),
    ]


async def test_the_rate_of_the_dte_is_known_to_whoever_answers_its_calls() -> None:
    port, exchange = FakePort(), FakeExchange()
    card = EmulatedLineCard("201", port, ScriptedModem(), exchange)
    card.start()
    card.dte_rate(300)
    assert exchange.known["201"].rate == 300
    card.close()


async def test_a_break_goes_through_a_call_both_ways(bench: Bench):
    bench.card.dte_break()
    bench.call()
    bench.card.dte_break()
    assert bench.far.heard == ["break"]
    bench.port.done.clear()
    bench.far.leg.send_break()
    assert bench.port.done == ["break"]
