"""The dialogue with a modem that garbles, delays, doubles and withholds what it says, in one turned clock.

Whatever happens, it raises nothing, keeps to the table of states, answers no ring that is over, tells who wants a call
once, and gives the line back within a bound.
"""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.modem.dte import (
    MOVES,
    Action,
    CallWanted,
    DceCame,
    DceSent,
    DceSignals,
    DceWent,
    DteSettings,
    EndCall,
    Event,
    HangUpWanted,
    Join,
    PutThrough,
    Refuse,
    SendToDce,
    State,
)
from offhook.modem.rs232 import Signals
from tests.support.dte_driver import DteDriver
from tests.support.recorded_modem import RecordedModem

ON_HOOK = Signals.DSR | Signals.CTS
LONGEST_WITHOUT_MODEM = 240.0
"""Seconds for the handshake, the hang-up and the ladder; then a modem that says nothing is left alone."""


class Temper:
    """What a modem does with an answer."""

    GOOD, WITHHELD, DOUBLED, GARBLED, LATE, VERY_LATE, CUT, REFUSED = range(8)


@dataclass
class Bench:
    tempers: list[int]
    settings: DteSettings = field(default_factory=DteSettings)

    def __post_init__(self) -> None:
        self.modem = RecordedModem("usr-sportster")
        self.driver = DteDriver(self.settings, self._wanted)
        self.pairs: list[tuple[State, State]] = []
        self._coming: list[tuple[float, bytes]] = []
        self._asked = 0
        talk = self.driver.dialogue._talk
        entered = talk.enter

        def enter(state: State, seconds: float | None = None) -> None:
            self.pairs.append((talk.state, state))
            entered(state, seconds)

        talk.enter = enter  # type: ignore[method-assign]  # to see each step of one event

    def _wanted(self, action: Action) -> None:
        if not isinstance(action, SendToDce):
            return
        answer = self.modem.answer(action.data)
        if not answer:
            return
        temper = self.tempers[self._asked % len(self.tempers)] if self.tempers else Temper.GOOD
        self._asked += 1
        at = self.driver.now + 0.02
        match temper:
            case Temper.WITHHELD:
                return
            case Temper.DOUBLED:
                answer *= 2
            case Temper.GARBLED:
                answer = bytes(byte ^ (0x2A if number % 3 == 0 else 0) for number, byte in enumerate(answer))
            case Temper.LATE:
                at += 2.0
            case Temper.VERY_LATE:
                at += 9.0
            case Temper.CUT:
                answer = answer[: len(answer) // 2]
            case Temper.REFUSED:
                answer = b"\r\nERROR\r\n"
        self._coming.append((at, answer))

    def wait(self, seconds: float) -> None:
        until = self.driver.now + seconds
        while self.driver.now < until:
            self._coming.sort(key=lambda each: each[0])
            deadline = self.driver.dialogue.deadline
            at = min(until, *(each for each, _ in self._coming[:1]), until if deadline is None else deadline)
            self.driver.wait(max(at - self.driver.now, 0.0))
            while self._coming and self._coming[0][0] <= self.driver.now:
                self.driver.hear(self._coming.pop(0)[1])

    def tell(self, event: Event) -> None:
        self.driver.tell(event)

    def check(self) -> None:
        allowed = {(state, after) for state, moves in MOVES.items() for to in moves.values() for after in to}
        assert {pair for pair in self.pairs if pair[0] is not pair[1]} <= allowed
        asked, told = self.driver.of(CallWanted), self.driver.of(Join, Refuse)
        assert len(told) <= len(asked)
        assert len(self.driver.of(EndCall)) <= len(self.driver.of(PutThrough, Join))
        rings, before = [], b""
        for at, thing in self.driver.log:
            if isinstance(thing, DceSent):
                before = before[-3:] + thing.data
                rings += [at] if b"NG\r" in before else []
        for at, thing in self.driver.log:
            if isinstance(thing, SendToDce) and thing.data == b"ATA\r":
                assert any(0 <= at - ring <= 0.5 for ring in rings), "a ring that is over was answered"


TEMPERS = st.lists(st.sampled_from(range(8)), max_size=25)
WORDS = st.sampled_from(
    [
        b"\r\nRING\r\n",
        b"\r\nRING\r\n",
        b"\r\nCONNECT 2400\r\n",
        b"\r\nCONNECT 31200/ARQ\r\nhello",
        b"\r\nNO CARRIER\r\n",
        b"NO CARR",
        b"IER\r\n",
        b"\r\nBUSY\r\n",
        b"\r\nOK\r\n",
        b"RI",
        b"NG\r\nNMBR = 55",
        b"\r\nDATE = 1\r\nMESG = 800\r\n",
        b"\x00\xff\x91\x0d",
        b"x" * 500,
    ]
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    (WORDS | st.binary(max_size=20)).map(DceSent),
    st.sampled_from(
        [
            DceSignals(ON_HOOK),
            DceSignals(ON_HOOK | Signals.DCD),
            DceSignals(Signals.NONE),
            CallWanted("5551234"),
            CallWanted("none"),
            HangUpWanted(),
            DceWent(),
            DceCame(lines=True),
            DceCame(lines=False),
        ]
    ),
)
STORIES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.05, 0.3, 1.1, 4.0, 6.0, 9.0, 80.0]), st.lists(EVENTS, min_size=1, max_size=3)),
    max_size=15,
)
SETTINGS = st.builds(
    DteSettings,
    rings=st.integers(1, 3),
    auto_answer=st.booleans(),
    recipe=st.sampled_from(["auto", "generic", "rockwell"]),
    dial_back=st.sampled_from([frozenset(), frozenset({"8475551234"})]),
)


def settled(bench: Bench) -> None:
    """Nothing more happens: the line must come back."""
    driver = bench.driver
    if driver.state is State.ONLINE:
        bench.wait(5)
        bench.tell(HangUpWanted())
    until = driver.now + LONGEST_WITHOUT_MODEM
    while driver.state not in (State.IDLE, State.RESTING, State.ABSENT, State.ONLINE):
        assert driver.now < until, f"the line is not given back: {driver.log[-6:]}"
        bench.wait(5)
    if driver.state is State.ONLINE:  # a CONNECT that was late
        bench.tell(HangUpWanted())


@settings(max_examples=150, deadline=None)
@given(TEMPERS, SETTINGS, STORIES)
def test_whatever_a_modem_does_the_line_is_given_back(
    tempers: list[int], how: DteSettings, story: list[tuple[float, list[Event]]]
):
    bench = Bench(tempers, how)
    bench.tell(DceCame(lines=True))
    bench.tell(DceSignals(ON_HOOK))
    bench.wait(40)
    for seconds, events in story:
        for event in events:
            bench.tell(event)
        bench.wait(seconds)
    settled(bench)
    bench.check()
    joined_or_refused = bench.driver.of(Join, Refuse)
    waiting = bench.driver.dialogue._calls._wanted
    given_up = len(bench.driver.of(HangUpWanted))
    assert not waiting
    assert len(bench.driver.of(CallWanted)) - len(joined_or_refused) <= given_up


@settings(max_examples=60, deadline=None)
@given(TEMPERS, STORIES)
def test_a_modem_that_is_good_again_takes_calls_again(tempers: list[int], story: list[tuple[float, list[Event]]]):
    bench = Bench(tempers)
    bench.tell(DceCame(lines=True))
    bench.wait(30)
    for seconds, events in story:
        for event in events:
            bench.tell(event)
        bench.wait(seconds)
    bench.tempers = []
    bench.tell(DceCame(lines=True))
    bench.tell(DceSignals(ON_HOOK))
    if bench.driver.state in (State.CONNECTED, State.ONLINE):
        bench.tell(HangUpWanted())
    bench.wait(1500)
    assert bench.driver.state is State.IDLE
    bench.check()


@pytest.mark.parametrize("temper", [Temper.GARBLED, Temper.DOUBLED, Temper.LATE, Temper.REFUSED])
def test_a_modem_of_one_bad_temper_ends_in_a_state_that_is_known(temper: int):
    bench = Bench([temper])
    bench.tell(DceCame(lines=True))
    bench.wait(400)
    assert bench.driver.state in (State.IDLE, State.RESTING, State.SETTING_UP, State.UNSTICKING)
    bench.tempers = []
    bench.wait(1200)
    assert bench.driver.state is State.IDLE
