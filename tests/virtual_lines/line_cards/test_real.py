"""The card of a real modem: what the dialogue wants is done, and what happens becomes its events."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from offhook.modem.dte import (
    Action,
    AllSent,
    BreakToDce,
    CallWanted,
    Connect,
    DceCame,
    DceSent,
    DceSignals,
    DceWent,
    Drain,
    EndCall,
    Event,
    Failure,
    HangUpWanted,
    Join,
    PassOn,
    PutThrough,
    Refuse,
    SendToDce,
    SetDteSignals,
)
from offhook.modem.hayes import CallerId
from offhook.modem.ports import DteListener
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.exchange import Cause, Route, Transport
from offhook.virtual_lines.line_cards import RealLineCard
from offhook.virtual_lines.line_cards.real import NOT_NOW
from offhook.virtual_lines.switchboard import CallFacts
from tests.support.outer_line_fakes import FakeOuterExchange, Far

CALLER = CallerId("5551234")
IN = PutThrough(CALLER, Connect(2400))
ROUTE = Route(Transport.MODEM, "courier", 0, number="5551234")


class FakeDtePort:
    """Keeps what is done to it; the test is the modem."""

    name = "fake"

    def __init__(self) -> None:
        self.done: list[object] = []
        self.reading = True

    def start(self, listener: DteListener) -> None:
        self.done.append("start")

    def send(self, data: bytes) -> None:
        self.done.append(data)

    def send_break(self) -> None:
        self.done.append("break")

    def set_outputs(self, on: Signals) -> None:
        self.done.append(on)

    def once_sent(self, then: Callable[[], None]) -> None:
        then()

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        self.done.append("close")


class ScriptedDialogue:
    """Answers each event with the actions that `script` gives for it; keeps the events."""

    deadline: float | None = None

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.script: Callable[[Event], Sequence[Action]] = lambda event: ()
        self.passes = False
        self._inside = False

    def handle(self, event: Event, now: float) -> list[Action]:
        assert not self._inside, "a machine is never entered twice"
        self._inside = True
        self.events.append(event)
        actions = list(self.script(event))
        self._inside = False
        return actions

    def far_chunk(self, data: bytes) -> bool:
        return self.passes


@dataclass
class Bench:
    port: FakeDtePort = field(default_factory=FakeDtePort)
    dialogue: ScriptedDialogue = field(default_factory=ScriptedDialogue)
    exchange: FakeOuterExchange = field(default_factory=FakeOuterExchange)
    far: Far = field(default_factory=Far)

    def __post_init__(self) -> None:
        self.card = RealLineCard("courier", self.port, self.dialogue, self.exchange, "100")  # type: ignore[arg-type]  # fakes
        self.card.start()
        self.port.done.clear()

    def wants(self, *actions: Action) -> None:
        """The dialogue wants this next, and nothing after it."""
        self.dialogue.script = lambda event: actions
        self.card.dce_signals(Signals.NONE)
        self.dialogue.script = lambda event: ()
        self.dialogue.events.clear()

    def call_in(self) -> None:
        self.wants(IN)
        self.card.joined(self.far.near)
        self.exchange.asked.clear()

    def place(self, line: str = "desk") -> object:
        return self.card.place(line, ROUTE, CallFacts(line, "95551234", CallerId("201")))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    bench.card.close()


async def test_what_the_port_tells_becomes_an_event(bench: Bench) -> None:
    bench.card.dce_came(lines=True)
    bench.card.dce_signals(Signals.DSR)
    bench.card.dce_sent(b"\r\nRING\r\n")
    bench.card.dce_went()
    assert bench.dialogue.events == [DceCame(True), DceSignals(Signals.DSR), DceSent(b"\r\nRING\r\n"), DceWent()]


async def test_what_the_dialogue_wants_is_done_at_the_port(bench: Bench) -> None:
    bench.dialogue.script = lambda event: [] if event == AllSent() else [
        SendToDce(b"ATA\r"), SetDteSignals(Signals.RTS), BreakToDce(), Drain()
    ]  # fmt: skip
    bench.card.dce_went()
    assert bench.port.done == [b"ATA\r", Signals.RTS, "break"]
    assert bench.dialogue.events[-1] == AllSent()


async def test_a_caller_is_put_through_with_who_it_is_and_nothing_of_its_words_is_lost(bench: Bench) -> None:
    bench.wants(IN, PassOn(b"early"))
    assert bench.exchange.asked == [("learned", "courier", 2400), ("dial", "courier", "100", CALLER)]
    assert not bench.port.reading, "the caller waits until somebody is there"
    bench.card.joined(bench.far.near)
    assert bench.port.reading
    bench.wants(PassOn(b" and late"))
    assert bench.far.heard == [b"early", b" and late"]
    bench.far.leg.send(b"login: ")
    assert bench.port.done == [b"login: "]


async def test_data_go_straight_on_while_the_dialogue_lets_them(bench: Bench) -> None:
    bench.call_in()
    bench.dialogue.passes = True
    bench.card.dce_sent(b"typed")
    assert bench.far.heard == [b"typed"]
    assert bench.dialogue.events == []


async def test_the_end_on_either_side_is_told_to_the_other_and_to_the_exchange(bench: Bench) -> None:
    bench.call_in()
    bench.far.leg.close()
    assert bench.dialogue.events == [HangUpWanted()]
    assert bench.exchange.asked == [("hang up", "courier")]
    bench.far = Far()
    bench.call_in()
    bench.wants(EndCall("DCD fell"))
    assert bench.far.heard == ["closed"]
    assert bench.exchange.asked == [("hang up", "courier")]


async def test_a_caller_who_cannot_be_put_through_is_told_so_and_hung_up_on(bench: Bench) -> None:
    bench.wants(IN)
    bench.card.failed(Cause.BUSY)
    assert bench.port.done == [NOT_NOW]
    assert bench.dialogue.events == [HangUpWanted()]
    assert bench.exchange.asked[-1] == ("hang up", "courier")
    bench.card.joined(bench.far.near)
    assert bench.far.heard == ["closed"], "a call that comes too late is closed"


async def test_flow_control_runs_the_whole_way(bench: Bench) -> None:
    bench.call_in()
    bench.card.pause_sending()
    bench.card.resume_sending()
    assert bench.far.heard == ["pause", "resume"]
    bench.far.leg.pause()
    assert not bench.port.reading
    bench.far.leg.resume()
    assert bench.port.reading


async def test_a_number_is_called_by_the_modem_and_the_two_are_joined(bench: Bench) -> None:
    placed = bench.place()
    assert bench.dialogue.events == [CallWanted("5551234")]
    bench.wants(Join(Connect(9600)))
    assert bench.exchange.asked == [("reached", "desk")]
    placed.connected(bench.far.near)  # type: ignore[attr-defined]  # it is an OutsideCall
    bench.wants(PassOn(b"hello"))
    assert bench.far.heard == [b"hello"]
    bench.far.leg.close()
    assert bench.dialogue.events == [HangUpWanted()]
    assert len(bench.exchange.asked) == 1, "the line of the modem itself was never off-hook"


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (Failure.BUSY, Cause.BUSY),
        (Failure.NO_ANSWER, Cause.NO_ANSWER),
        (Failure.NO_DIALTONE, Cause.NO_ROUTE),
        (Failure.NO_CARRIER, Cause.REJECTED),
        (Failure.BARRED, Cause.BARRED),
        (Failure.NO_NUMBER, Cause.UNOBTAINABLE),
        (Failure.IN_USE, Cause.CONGESTION),
        (Failure.NOT_READY, Cause.OUT_OF_SERVICE),
    ],
)
async def test_why_a_number_cannot_be_had_is_the_exchanges_cause(bench: Bench, failure: Failure, cause: Cause) -> None:
    bench.place()
    bench.wants(Refuse(failure))
    assert bench.exchange.asked == [("unreachable", "desk", cause)]
    bench.place("other")
    assert bench.dialogue.events == [CallWanted("5551234")], "the modem is free again"


async def test_a_modem_in_a_call_takes_no_other_and_the_dialogue_is_not_troubled(bench: Bench) -> None:
    bench.call_in()
    bench.place()
    assert bench.exchange.asked == [("unreachable", "desk", Cause.CONGESTION)]
    assert bench.dialogue.events == []


async def test_a_call_that_is_given_up_is_hung_up(bench: Bench) -> None:
    placed = bench.place()
    placed.give_up()  # type: ignore[attr-defined]  # it is an OutsideCall
    placed.give_up()  # type: ignore[attr-defined]
    assert bench.dialogue.events == [CallWanted("5551234"), HangUpWanted()]


async def test_closing_ends_the_call_and_closes_the_port(bench: Bench) -> None:
    bench.call_in()
    bench.card.close()
    bench.card.close()
    assert bench.far.heard == ["closed"]
    assert bench.port.done.count("close") == 2
    bench.card.dce_sent(b"x")
    assert bench.dialogue.events == []
