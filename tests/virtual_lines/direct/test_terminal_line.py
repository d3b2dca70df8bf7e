from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.modem.rs232 import Parity, with_parity
from offhook.virtual_lines.direct import (
    HANDLERS,
    Action,
    Call,
    CallEnded,
    CallUp,
    Event,
    HangUp,
    Note,
    PassOn,
    SendBreak,
    SendToTerminal,
    ShowCarrier,
    State,
    TerminalBroke,
    TerminalLine,
    TerminalSent,
    TerminalSettings,
    TerminalSignals,
    Tick,
    ToTerminal,
)


class Driver:
    def __init__(self, settings: TerminalSettings | None = None) -> None:
        self.line = TerminalLine(settings)
        self.now = 10.0

    def tell(self, event: Event) -> list[Action]:
        actions = self.line.handle(event, self.now)
        assert self.line.deadline is None or self.line.deadline > self.now
        return [action for action in actions if not isinstance(action, Note)]

    def wait(self, seconds: float) -> list[Action]:
        until, actions = self.now + seconds, []
        while self.line.deadline is not None and self.line.deadline <= until:
            self.now = self.line.deadline
            actions += self.tell(Tick())
        self.now = until
        return actions


def up(settings: TerminalSettings | None = None) -> Driver:
    driver = Driver(settings)
    driver.tell(TerminalSignals(present=True))
    if driver.line.state is State.WAITING:
        assert driver.tell(TerminalSent(b"\r")) == [Call()]
    else:
        assert driver.wait(0.6) == [Call()]
    driver.tell(CallUp())
    return driver


def test_a_terminal_that_is_switched_on_is_given_a_call_when_its_noise_is_over():
    driver = Driver()
    assert driver.tell(TerminalSignals(present=True)) == []
    assert driver.tell(TerminalSent(b"\x00\xff")) == []
    assert driver.wait(0.6) == [Call()]


def test_a_glitch_of_dtr_gives_nobody_a_call():
    driver = Driver()
    driver.tell(TerminalSignals(present=True))
    driver.wait(0.1)
    driver.tell(TerminalSignals(present=False))
    assert driver.wait(60) == []
    assert driver.line.state is State.VACANT


def test_by_key_a_call_begins_with_the_first_one_which_is_nobodys_input():
    driver = up(TerminalSettings(by_key=True))
    assert driver.tell(TerminalSent(b"alice\r")) == [PassOn(b"alice\r")]


def test_bytes_and_breaks_pass_and_the_far_ends_end_is_a_new_beginning():
    driver = up()
    assert driver.tell(TerminalBroke()) == [SendBreak()]
    assert driver.tell(ToTerminal(b"login: ")) == [SendToTerminal(b"login: ")]
    assert driver.tell(CallEnded()) == [HangUp(), ShowCarrier(on=False)]
    assert driver.wait(2) == [ShowCarrier(on=True), Call()]


def test_dtr_that_falls_ends_the_call_and_nobody_is_called_until_it_is_back():
    driver = up()
    assert driver.tell(TerminalSignals(present=False)) == [HangUp(), ShowCarrier(on=False)]
    assert driver.wait(60) == [ShowCarrier(on=True)]
    driver.tell(TerminalSignals(present=True))
    assert driver.wait(1) == [Call()]


def test_a_terminal_that_goes_while_it_is_being_put_through_gets_no_call():
    driver = Driver()
    driver.tell(TerminalSignals(present=True))
    driver.wait(0.6)
    assert driver.tell(TerminalSignals(present=False)) == [HangUp(), ShowCarrier(on=False)]
    assert driver.tell(CallUp()) == [HangUp()]


def test_a_number_that_cannot_be_had_is_said_and_tried_again_not_faster_than_once_a_second():
    driver = Driver()
    driver.tell(TerminalSignals(present=True))
    driver.wait(0.6)
    assert driver.tell(CallEnded(b"Nobody.\r\n")) == [SendToTerminal(b"Nobody.\r\n"), HangUp(), ShowCarrier(on=False)]
    assert driver.wait(0.9) == []


def test_a_key_or_a_break_may_hang_up():
    driver = up(TerminalSettings(hang_up="\x1d"))
    assert driver.tell(TerminalSent(b"a\x1db")) == [PassOn(b"a"), HangUp(), ShowCarrier(on=False)]
    driver = up(TerminalSettings(hang_up="break"))
    assert driver.tell(TerminalSent(b"\x1d")) == [PassOn(b"\x1d")]
    assert driver.tell(TerminalBroke()) == [HangUp(), ShowCarrier(on=False)]


def test_a_terminal_of_seven_bits_and_even_parity_is_understood_and_answered_in_its_parity():
    driver = up(TerminalSettings(by_key=True))
    driver.tell(CallEnded())
    driver.wait(2)
    driver.tell(TerminalSent(with_parity(b"\r", Parity.EVEN)))
    driver.tell(CallUp())
    assert driver.tell(TerminalSent(with_parity(b"alice\r", Parity.EVEN))) == [PassOn(b"alice\r")]
    assert driver.tell(ToTerminal(b"password: ")) == [SendToTerminal(with_parity(b"password: ", Parity.EVEN))]
    assert not driver.line.passes


def test_eight_bits_pass_unchanged_and_then_straight():
    driver = up()
    data = "grüß dich, ∞\r".encode() * 4
    assert driver.tell(TerminalSent(data)) == [PassOn(data)]
    assert driver.line.passes


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.booleans().map(TerminalSignals),
    st.binary(max_size=8).map(TerminalSent),
    st.binary(max_size=8).map(ToTerminal),
    st.sampled_from([TerminalBroke(), CallUp(), CallEnded(), CallEnded(b"no"), Tick()]),
)


@settings(max_examples=200, deadline=None)
@given(
    st.booleans(),
    st.sampled_from(["", "break", "\x1d"]),
    st.lists(st.tuples(st.sampled_from([0.0, 0.3, 0.6, 2.0]), EVENTS), max_size=30),
)
def test_whatever_happens_no_call_is_left_over_when_the_terminal_has_gone(
    by_key: bool, hang_up: str, story: list[tuple[float, Event]]
):
    driver = Driver(TerminalSettings(by_key=by_key, hang_up=hang_up))
    calling = 0
    for seconds, event in [*story, (0.0, TerminalSignals(present=False)), (2.0, Tick())]:
        for action in [*driver.wait(seconds), *driver.tell(event)]:
            if isinstance(action, Call):
                assert not calling, "one call at a time"
                calling = 1
            elif isinstance(action, HangUp):
                calling = 0
    assert driver.line.state is State.VACANT
    assert not calling


def test_every_event_has_an_answer_in_every_state():
    kinds = set(HANDLERS[State.VACANT])
    assert all(set(table) == kinds for table in HANDLERS.values())
    assert set(HANDLERS) == set(State)
