"""The dialogue with the modems of this house, in every personality and on every kind of cable, in one turned clock."""

import pytest

from offhook.modem.dte import (
    CallWanted,
    DceCame,
    DceSent,
    DteSettings,
    EndCall,
    Failure,
    HangUpWanted,
    Join,
    PutThrough,
    Refuse,
    State,
)
from offhook.modem.hayes import PERSONALITIES, CallerId, CarrierLost, FarBusy, FarSent, Personality, Settings
from offhook.modem.hayes import State as ModemState
from tests.support.dte_driver import DteDriver
from tests.support.one_clock import OneClock

CALLER = CallerId("5551234", "SMITH J", "1128", "0930")
CABLES = [(True, True), (True, False), (False, True), (False, False)]
each_personality = pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda each: each.name)
each_cable = pytest.mark.parametrize(("lines", "dtr"), CABLES, ids=["full", "no DTR", "no DCD", "three wires"])


def ready(personality: Personality, lines: bool = True, dtr: bool = True, **settings: object) -> OneClock:
    bench = OneClock(
        DteSettings(**settings),  # type: ignore[arg-type]  # as DteSettings has them
        Settings(personality=personality),
        lines=lines,
        dtr=dtr,
    )
    bench.plug_in()
    return bench


def online(personality: Personality, lines: bool = True, dtr: bool = True) -> OneClock:
    bench = ready(personality, lines, dtr)
    bench.ring(3, CALLER)
    bench.answer()
    bench.run_until(State.ONLINE)
    return bench


@each_personality
@each_cable
def test_a_call_comes_in_is_talked_on_and_each_side_may_end_it(personality: Personality, lines: bool, dtr: bool):
    bench = online(personality, lines, dtr)
    (call,) = bench.dte.of(PutThrough)
    assert isinstance(call, PutThrough)
    assert (call.caller.number, call.caller.name) == ("5551234", "SMITH J")
    bench.tell_modem(FarSent(b"hello\r"))
    assert bench.dte.passed == b"hello\r"
    bench.tell_modem(CarrierLost())
    bench.wait(4)
    assert len(bench.dte.of(EndCall)) == 1
    bench.run_until(State.IDLE)
    assert bench.dce.state is ModemState.IDLE
    bench.answered = 0
    bench.ring(3, CALLER)
    bench.answer()
    bench.run_until(State.ONLINE)
    bench.dte.tell(HangUpWanted())
    bench._settle()
    bench.run_until(State.IDLE)
    assert bench.dce.state is ModemState.IDLE
    assert bench.dte.passed == b"hello\r"


@each_personality
def test_a_modem_of_ours_is_recognised_and_refuses_nothing(personality: Personality):
    bench = ready(personality)
    assert bench.dte.dialogue._talk.recipe.name == "hayes"
    assert [note for note in bench.dte.notes if "refuses" in note] == []


@each_personality
def test_a_number_is_dialled_and_joined_or_refused(personality: Personality):
    bench = ready(personality)
    bench.dte.tell(CallWanted("555"))
    bench._settle()
    bench.wait(1)
    assert bench.dialled == ["555"]
    bench.tell_modem(FarBusy())
    assert bench.dte.of(Refuse) == [Refuse(Failure.BUSY)]
    bench.dte.tell(CallWanted("556"))
    bench._settle()
    bench.wait(1)
    bench.answer()
    bench.run_until(State.ONLINE)
    assert len(bench.dte.of(Join)) == 1


def take_a_call_and_hang_up(bench: OneClock) -> None:
    bench.plug_in()
    bench.ring(3, CALLER)
    bench.answer()
    bench.run_until(State.ONLINE)
    bench.dte.tell(HangUpWanted())
    bench._settle()
    bench.run_until(State.IDLE)


@pytest.mark.parametrize("left", ["E1V0Q0&D0", "Q1", "V0E1X0", "S2=255&D0", "&C0&D1", "+IPR=0"])
@each_cable
def test_whatever_a_modem_was_left_with_it_is_set_up_and_comes_back_after_a_call(left: str, lines: bool, dtr: bool):
    bench = OneClock(DteSettings(), lines=lines, dtr=dtr)
    bench.dce.command(left)
    take_a_call_and_hang_up(bench)


def test_a_modem_left_in_a_call_is_brought_back():
    bench = OneClock(DteSettings(), lines=False, dtr=False)
    bench.dce.type(b"ATD5\r")
    bench.answer()
    bench.wait(3)
    assert bench.dce.state is ModemState.ONLINE
    bench.plug_in()
    assert bench.dce.state is ModemState.IDLE
    assert State.UNSTICKING in bench.dte.visited


def test_a_callers_plus_signs_echoed_by_the_session_do_not_escape_the_modem():
    bench = online(PERSONALITIES[0])
    bench.wait(2)
    bench.tell_modem(FarSent(b"+++"))
    bench._modem_did(bench.dce.tell_bytes(b"+++"))
    bench.wait(2)
    assert bench.dce.state is ModemState.ONLINE
    assert bench.far.endswith(b"+++")


def test_on_a_way_without_dtr_a_caller_who_is_hung_up_on_reads_nothing_of_it():
    bench = OneClock(DteSettings(dtr=False), lines=False, dtr=False)
    take_a_call_and_hang_up(bench)
    assert bench.dce.state is ModemState.IDLE
    assert b"A" not in bench.far
    assert "dropping DTR does not hang up: the escape is tried" not in bench.dte.notes


def test_a_modem_left_in_a_call_on_a_way_without_dtr_is_brought_back_by_what_can_help():
    bench = OneClock(DteSettings(dtr=False), lines=False, dtr=False)
    bench.dce.type(b"ATD5\r")
    bench.answer()
    bench.wait(3)
    bench.plug_in()
    assert bench.dce.state is ModemState.IDLE
    assert State.UNSTICKING in bench.dte.visited


def test_a_dead_modem_on_a_way_without_dtr_is_tried_by_commands_alone():
    driver = DteDriver(DteSettings(dtr=False))
    driver.tell(DceCame(lines=False))
    while driver.state is not State.RESTING:
        driver.wait(1.0)
    tried = [note for note in driver.notes if "is tried" in note]
    assert [note.rpartition(": ")[2] for note in tried] == [
        "a slow escape and ATH0 is tried",
        "ATZ is tried",
        "AT&F is tried",
    ]


def test_the_modem_answers_by_itself():
    bench = ready(PERSONALITIES[0], auto_answer=True, rings=2)
    bench.ring(3, CALLER)
    assert bench.answered == 1
    bench.answer()
    bench.run_until(State.ONLINE)
    assert bench.dte.state is State.ONLINE


def test_bytes_of_a_modem_are_heard_the_same_however_they_are_cut():
    whole, single = online(PERSONALITIES[0]), online(PERSONALITIES[0])
    data = bytes(range(256)) * 3
    whole.dte.tell(DceSent(data))
    for byte in data:
        single.dte.tell(DceSent(bytes([byte])))
    whole.wait(5)
    single.wait(5)
    assert whole.dte.passed == single.dte.passed == data
