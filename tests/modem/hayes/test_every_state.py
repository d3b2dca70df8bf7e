"""Every event in every state, and the picture of the states beside what the machine does."""

from typing import get_args

import pytest

from offhook.modem.hayes import (
    HANDLERS,
    MOVES,
    CallerId,
    DialOrdered,
    DteRate,
    DteSent,
    DteSignals,
    Event,
    FarSent,
    HayesModem,
    NumberStored,
    RingBegan,
    SetSignals,
    State,
)
from offhook.modem.rs232 import Signals
from tests.support.modem_driver import ModemDriver, in_a_call


def reached(state: State) -> ModemDriver:
    driver = ModemDriver()
    match state:
        case State.RINGING:
            driver.tell(RingBegan(CallerId()))
        case State.OFF_HOOK:
            driver.command("H1")
        case State.DIALLING:
            driver.type(b"ATDT1\r")
        case State.ANSWERING:
            driver.type(b"ATA\r")
        case State.ONLINE:
            driver = in_a_call()
        case State.ONLINE_COMMAND:
            driver = in_a_call()
            driver.type(b"+++")
            driver.wait(1.1)
    assert driver.state is state
    return driver


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_pair_of_state_and_event_is_answered_and_at_works_again(state: State, kind: type[Event]):
    given = {
        DteSent: DteSent(b"x"),
        DteSignals: DteSignals(Signals.NONE),
        DteRate: DteRate(2400),
        RingBegan: RingBegan(CallerId()),
        FarSent: FarSent(b"y"),
        NumberStored: NumberStored(1, "5"),
        DialOrdered: DialOrdered("T5"),
    }
    driver = reached(state)
    driver.wait(0.5)
    driver.tell(given.get(kind) or kind())
    driver.wait(0.5)
    driver.tell(DteSignals(Signals.DTR))
    driver.tell(DteSignals(Signals.NONE))
    driver.wait(1)
    driver.tell(DteSignals(Signals.DTR))
    assert driver.state in (State.IDLE, State.RINGING), "DTR off puts any line on-hook"
    assert driver.command("") == "OK"


def test_every_event_has_an_answer_in_every_state():
    for state in State:
        assert set(HANDLERS[state]) == set(get_args(Event))
        for name in HANDLERS[state].values():
            assert name.startswith("on_")
    HayesModem()


def test_signals_are_ordered_only_when_they_change():
    driver = ModemDriver()
    driver.type(b"AT&C1&S0\r")
    assert not [thing for _, thing in driver.log if isinstance(thing, SetSignals)]


def test_the_picture_names_methods_that_there_are():
    assert set(MOVES) == set(State)
    for state, moves in MOVES.items():
        assert set(moves) <= {"clock", *HANDLERS[state].values()}
