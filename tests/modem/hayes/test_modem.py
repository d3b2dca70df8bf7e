import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.hayes import (
    BreakToDte,
    BreakToFar,
    CallerId,
    CarrierLost,
    DteBreak,
    DteRate,
    DteSent,
    DteSignals,
    FarAnswered,
    FarBreak,
    FarNoAnswer,
    FarRinging,
    FarSent,
    HangUp,
    HoldFar,
    Note,
    ReleaseFar,
    RingBegan,
    SendToDte,
    SendToFar,
    SetSignals,
    Settings,
    State,
)
from offhook.modem.rs232 import Parity, Signals, with_parity
from tests.support.modem_driver import ModemDriver, in_a_call, orders, passed_on, said


def test_connect_tells_the_rate_of_the_dte_or_with_w2_that_of_the_line():
    driver = ModemDriver()
    driver.tell(DteRate(2400))
    driver.type(b"ATDT1\r")
    assert b"CONNECT 2400\r" in said(driver.tell(FarAnswered(33600)))
    driver = ModemDriver()
    driver.type(b"ATW2DT1\r")
    assert b"CONNECT 33600\r" in said(driver.tell(FarAnswered(33600)))


@pytest.mark.parametrize(
    ("rate", "level", "verbose", "expected"),
    [
        (300, 4, 1, b"\r\nCONNECT\r\n"),
        (9600, 0, 1, b"\r\nCONNECT\r\n"),
        (9600, 1, 1, b"\r\nCONNECT 9600\r\n"),
        (2400, 4, 0, b"10\r"),
        (2400, 0, 0, b"1\r"),
        (12345, 4, 0, b"1\r"),
    ],
)
def test_connect_in_its_forms(rate: int, level: int, verbose: int, expected: bytes):
    driver = ModemDriver()
    driver.tell(DteRate(rate))
    driver.type(f"ATX{level}V{verbose}DT1\r".encode())
    assert said(driver.tell(FarAnswered())) == expected


def test_the_far_end_hangs_up_and_all_it_sent_comes_before_dcd_falls_and_no_carrier():
    driver = ModemDriver()
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    assert said(driver.tell(FarSent(b"last "))) == b"", "held after CONNECT"
    driver.tell(FarSent(b"words"))
    actions = driver.tell(CarrierLost())
    shown = [action for action in actions if isinstance(action, (SendToDte, SetSignals))]
    assert shown[0] == SendToDte(b"last words")
    assert isinstance(shown[1], SetSignals)
    assert Signals.DCD not in shown[1].on
    assert shown[2] == SendToDte(b"\r\nNO CARRIER\r\n")


def test_the_far_end_is_held_in_online_command_state_and_heard_after_ato():
    driver = in_a_call()
    driver.type(b"+++")
    actions = driver.wait(1.1)
    assert HoldFar() in actions
    assert said(driver.tell(FarSent(b"late"))) == b""
    driver.type(b"ATO\r")
    actions = driver.wait(1)
    assert orders(actions) == [ReleaseFar()]
    assert said(actions) == b"late"


def test_no_carrier_waits_for_the_end_of_a_line_half_typed():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    driver.type(b"ATS")
    assert said(driver.tell(CarrierLost())) == b""
    assert driver.type(b"7?\r").endswith(b"OK\r\n\r\nNO CARRIER\r\n")


def test_dsr_and_dcd_follow_their_options():
    driver = ModemDriver()
    assert driver.signals == Signals.DSR | Signals.CTS
    driver.command("&S1")
    assert driver.signals == Signals.CTS
    driver.command("&C0")
    assert driver.signals == Signals.CTS | Signals.DCD


def test_s30_hangs_up_when_nothing_passes_either_way():
    driver = in_a_call("S30=1")
    for _ in range(3):
        driver.wait(6)
        assert passed_on(driver.tell(DteSent(b"x"))) == b"x"
    driver.wait(6)
    driver.tell(FarSent(b"y"))
    assert driver.wait(9.9) == []
    actions = driver.wait(0.2)
    assert HangUp() in actions
    assert b"NO CARRIER" in said(actions)


def test_the_fast_path_takes_data_and_leaves_escapes_to_the_machine():
    driver = in_a_call()
    assert driver.modem.online_chunk(b"some data", driver.now)
    assert not driver.modem.online_chunk(b"+", driver.now)
    assert driver.modem.far_passes
    driver.command("E1")
    assert not ModemDriver().modem.online_chunk(b"data", 1.0)


def test_bytes_for_a_far_end_that_does_not_hold_still_are_bounded_and_said_to_be_lost():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    for _ in range(20):
        driver.tell(FarSent(b"x" * 8192))
    driver.type(b"ATO\r")
    assert len(said(driver.wait(1))) == 65536


def test_data_after_an_escape_without_guard_time_is_commands():
    driver = in_a_call("S12=0")
    actions = driver.tell(DteSent(b"abc+++ATH\r"))
    assert passed_on(actions) == b"abc+++"
    assert HangUp() in actions


def test_send_to_far_keeps_every_byte_value():
    driver = in_a_call()
    every = bytes(range(256))
    assert driver.tell(DteSent(every)) == [SendToFar(every)]
    assert driver.tell(FarSent(every)) == [SendToDte(every)]


def test_a_no_carrier_that_had_to_wait_is_not_taken_for_the_result_of_the_next_dial_line():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    driver.type(b"ATDT")
    driver.tell(CarrierLost())
    assert driver.type(b"2\r") == b"2\r"
    assert b"CONNECT" in said(driver.tell(FarAnswered()))


def test_a_no_carrier_that_had_to_wait_and_that_of_ato_are_one():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    driver.type(b"ATO")
    driver.tell(CarrierLost())
    assert driver.type(b"\r") == b"\r\r\nNO CARRIER\r\n"


def test_a_no_carrier_waits_no_longer_than_a_line_left_half_typed():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    driver.type(b"AT")
    driver.tell(CarrierLost())
    driver.wait(20)
    driver.type(b"S")
    assert said(driver.wait(29)) == b"", "the line has grown meanwhile"
    assert said(driver.wait(2)) == b"\r\nNO CARRIER\r\n"


@given(st.integers(0, 10**11).map(lambda microseconds: microseconds / 1e6), st.integers(1, 255))
def test_s30_comes_to_its_end_at_any_time_of_day(start: float, units: int):
    driver = ModemDriver()
    driver.now = start
    driver.command(f"S30={units}")
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    driver.wait(units * 10 + 1)
    assert driver.state is State.IDLE


def test_the_far_end_is_told_why_s30_ends_its_call_before_it_ends():
    driver = ModemDriver(Settings(idle_text=b"Still there?\r\n"))
    driver.type(b"ATS30=1DT1\r")
    driver.tell(FarAnswered())
    assert not passed_on(driver.wait(9.9))
    actions = driver.wait(0.2)
    assert passed_on(actions) == b"Still there?\r\n"
    assert said(actions) == b"\r\nNO CARRIER\r\n"
    kinds = [type(action) for action in actions]
    assert kinds.index(SendToFar) < kinds.index(HangUp)


def test_s30_set_to_nought_during_a_call_lets_it_last():
    driver = in_a_call("S30=1")
    driver.type(b"+++")
    driver.wait(1.1)
    driver.command("S30=0")
    driver.type(b"ATO\r")
    driver.wait(1000)
    assert driver.state is State.ONLINE


def test_bytes_that_came_although_held_are_noted_when_they_are_lost_with_the_call():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    driver.tell(FarSent(b"late"))
    notes = [action.text for action in driver.tell(CarrierLost()) if isinstance(action, Note)]
    assert notes == ["4 bytes lost: the far end sent them although it was held, and hung up"]


def test_an_empty_chunk_is_nothing():
    driver = in_a_call()
    for event in (DteSent(b""), FarSent(b"")):
        assert driver.tell(event) == []


def test_settings_give_the_rates_and_the_version():
    driver = ModemDriver(Settings(dte_rate=9600, line_rate=2400, version="1.2"))
    assert driver.command("I3").startswith("offhook 1.2")
    driver.type(b"ATW2DT1\r")
    assert b"CONNECT 2400" in said(driver.tell(FarAnswered()))


def test_s30_counts_data_that_passed_by_the_fast_path():
    driver = in_a_call("S30=1")
    driver.wait(6)
    assert driver.modem.online_chunk(b"data", driver.now)
    driver.wait(9.9)
    assert driver.state is State.ONLINE
    driver.wait(0.2)
    assert driver.state is State.IDLE


def test_nothing_of_a_call_is_left_for_the_next():
    driver = ModemDriver()
    driver.command("S30=1")
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    driver.tell(FarSent(b"of the first"))
    driver.tell(DteSent(b"x"))
    driver.wait(0.1)
    driver.type(b"+++")
    driver.tell(CarrierLost())
    assert driver.wait(100) == [], "neither the quiet after CONNECT nor S30 goes on"
    driver.type(b"ATS30=0DT1\r")
    driver.tell(FarAnswered())
    assert said(driver.wait(2)) == b""


def test_bytes_held_for_a_call_that_was_hung_up_are_not_in_the_next():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    driver.tell(FarSent(b"late"))
    driver.type(b"ATH\rATDT1\r")
    driver.tell(FarAnswered())
    assert said(driver.wait(2)) == b""


def test_dtr_off_in_the_quiet_after_connect_escapes_once_under_d1():
    driver = ModemDriver()
    driver.type(b"AT&D1DT1\r")
    driver.tell(FarAnswered())
    driver.tell(DteSignals(Signals.NONE))
    assert orders(driver.wait(2)) == [], "the far end is held already and stays so"
    assert driver.state is State.ONLINE_COMMAND


def test_a_stray_call_does_not_stop_the_ringing_of_another():
    driver = ModemDriver()
    driver.tell(RingBegan(CallerId()))
    assert orders(driver.tell(FarAnswered())) == [HangUp()]
    assert driver.state is State.RINGING
    assert Signals.RI in driver.signals


def test_a_break_passes_through_a_call_and_means_nothing_outside_one():
    driver = ModemDriver()
    assert [type(action) for action in driver.tell(DteBreak())] == [Note]
    driver = in_a_call()
    assert driver.tell(DteBreak()) == [BreakToFar()]
    assert driver.tell(FarBreak()) == [BreakToDte()]


def test_an_init_line_is_carried_out_at_the_start_and_says_nothing():
    driver = ModemDriver(Settings(init="S0=1 E0 &C0"))
    assert driver.log == []
    assert driver.dcd
    assert driver.type(b"ATS0?\r") == b"\r\n001\r\n\r\nOK\r\n"
    assert driver.command("Z") == "OK"
    assert driver.command("S0?").startswith("000")


@pytest.mark.parametrize("init", ["S99=1", "DT5", "A", "H1", "K"])
def test_an_init_line_that_is_no_setting_is_refused(init: str):
    with pytest.raises(ValueError, match="nothing to begin with"):
        ModemDriver(Settings(init=init))


STRICT = Settings(strict=True)


@pytest.mark.parametrize(("line", "taken"), [("AT", True), ("at", True), ("At", False), ("aT", False), ("AAT", True)])
@pytest.mark.parametrize("parity", [Parity.NONE, Parity.EVEN])
def test_a_strict_modem_takes_at_in_one_case(line: str, taken: bool, parity: Parity):
    driver = ModemDriver(STRICT)
    assert (with_parity(b"OK", parity) in driver.type(with_parity(f"{line}\r".encode(), parity))) is taken
    assert b"OK" in ModemDriver().type(f"{line}\r".encode())


@pytest.mark.parametrize(("line", "word"), [("ATD1", "NO CARRIER"), ("ATD1@", "NO ANSWER"), ("ATX0D1@", "NO ANSWER")])
@pytest.mark.parametrize("told", [True, False])
def test_a_strict_modem_tells_no_answer_only_where_it_is_asked_for(line: str, word: str, told: bool):
    driver = ModemDriver(STRICT)
    driver.type(line.encode() + b"\r")
    driver.tell(FarRinging())
    heard = said(driver.tell(FarNoAnswer()) if told else driver.wait(60))
    assert heard == f"\r\n{word}\r\n".encode()
