"""Calls that a modem places and takes: results, states and what is told of them."""

import pytest

from offhook.modem.hayes import (
    Answer,
    CallerId,
    CarrierLost,
    Dial,
    DteRate,
    DteSent,
    FarAnswered,
    FarBusy,
    FarNoAnswer,
    FarRinging,
    FarUnobtainable,
    HangUp,
    HoldFar,
    NoDialTone,
    ReleaseFar,
    RingBegan,
    RingStopped,
    SeizeLine,
    SendToDte,
    SetSignals,
    Settings,
    State,
)
from offhook.modem.rs232 import Signals
from tests.support.modem_driver import ModemDriver, in_a_call, orders, passed_on, said


@pytest.mark.parametrize(
    ("event", "level", "word"),
    [
        (FarBusy(), 4, "BUSY"),
        (FarBusy(), 3, "BUSY"),
        (FarBusy(), 2, "NO CARRIER"),
        (FarBusy(), 0, "NO CARRIER"),
        (NoDialTone(), 4, "NO DIALTONE"),
        (NoDialTone(), 2, "NO DIALTONE"),
        (NoDialTone(), 3, "NO CARRIER"),
        (FarUnobtainable(), 4, "NO CARRIER"),
        (FarNoAnswer(), 4, "NO ANSWER"),
        (FarNoAnswer(), 3, "NO ANSWER"),
        (FarNoAnswer(), 2, "NO CARRIER"),
        (FarNoAnswer(), 0, "NO CARRIER"),
        (CarrierLost(), 4, "NO CARRIER"),
    ],
)
def test_a_call_that_fails_says_why_as_far_as_x_allows(event, level: int, word: str):
    driver = ModemDriver()
    driver.type(f"ATX{level}DT1\r".encode())
    actions = driver.tell(event)
    assert said(actions) == f"\r\n{word}\r\n".encode()
    assert HangUp() in actions
    assert driver.state is State.IDLE


def test_nobody_answers_within_s7():
    for rang, word in ((False, b"NO CARRIER"), (True, b"NO ANSWER")):
        driver = ModemDriver()
        driver.type(b"ATS7=30DT1\r")
        if rang:
            driver.tell(FarRinging())
        assert driver.wait(29.9) == []
        actions = driver.wait(0.2)
        assert HangUp() in actions
        assert word in said(actions)


def test_a_call_that_comes_up_after_it_was_given_up_is_hung_up_on():
    driver = ModemDriver()
    driver.type(b"ATDT1\r")
    driver.wait(1)
    driver.type(b"x")
    assert HangUp() in driver.tell(FarAnswered())
    assert not driver.dcd


def test_ath_in_a_call_says_ok_once_and_drops_dcd():
    driver = in_a_call()
    driver.type(b"+++")
    assert b"OK" in said(driver.wait(1.1))
    heard = driver.type(b"ATH\r")
    assert heard == b"ATH\r\r\nOK\r\n"
    assert not driver.dcd


def test_ato_goes_back_to_the_call_and_without_one_says_no_carrier():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    assert b"CONNECT 115200" in driver.type(b"ATO\r")
    driver.wait(1)
    assert passed_on(driver.tell(DteSent(b"data"))) == b"data"
    assert b"NO CARRIER" in ModemDriver().type(b"ATO\r")


def test_a_call_cannot_be_dialled_or_answered_in_a_call():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    assert driver.command("DT2") == "ERROR"
    assert driver.command("A") == "ERROR"
    assert driver.dcd


def test_dial_tells_the_whole_string_and_the_number():
    driver = ModemDriver()
    actions = driver.tell(DteSent(b"ATDP9W12@3\r"))
    dial = next(action for action in actions if isinstance(action, Dial))
    assert (dial.string.text, dial.string.number, dial.string.quiet_answer) == ("P9W12@3", "9123", True)


def test_dcd_comes_on_before_connect_and_a_quiet_moment_follows():
    driver = ModemDriver()
    driver.type(b"ATDT100\r")
    actions = driver.tell(FarAnswered())
    assert isinstance(actions[0], SetSignals)
    assert Signals.DCD in actions[0].on
    assert actions[1:] == [SendToDte(b"\r\nCONNECT 115200\r\n"), HoldFar()]
    assert not driver.modem.far_passes
    assert driver.wait(0.24) == []
    assert driver.wait(0.02) == [ReleaseFar()]
    assert driver.modem.far_passes


@pytest.mark.parametrize("level", range(8))
def test_a_number_that_rings_without_answer_is_told_the_same_whoever_gives_up(level: int):
    heard = []
    for by_exchange in (True, False):
        driver = ModemDriver()
        driver.type(f"ATX{level}S7=20DT1\r".encode())
        driver.tell(FarRinging())
        heard.append(said(driver.tell(FarNoAnswer()) if by_exchange else driver.wait(20)))
    assert heard[0] == heard[1]


def test_the_line_is_taken_before_the_pause_of_a_comma_so_that_nobody_rings_it():
    driver = ModemDriver()
    assert orders(driver.tell(DteSent(b"ATDT9,100\r"))) == [SeizeLine()]
    assert [type(action) for action in driver.wait(2)] == [Dial]
    driver = ModemDriver()
    assert [type(action) for action in orders(driver.tell(DteSent(b"ATS8=0DT9,100\r")))] == [Dial]


def test_a_call_can_be_given_up_during_a_pause():
    driver = ModemDriver()
    driver.type(b"ATDT9,100\r")
    driver.wait(1)
    actions = driver.tell(DteSent(b"x"))
    assert HangUp() in actions
    assert said(actions) == b"\r\nNO CARRIER\r\n"
    driver.wait(60)
    assert not [thing for _, thing in driver.log if isinstance(thing, Dial)]


def test_a_dial_string_added_to_by_semicolons_is_bounded():
    driver = ModemDriver()
    answers = [driver.command(f"DT{'1' * 60};") for _ in range(6)]
    assert answers == ["OK"] * 4 + ["ERROR"] * 2
    assert driver.command("D" + "1" * 60) == "ERROR"
    driver.type(b"ATD2\r")
    dialled = [thing.string.number for _, thing in driver.log if isinstance(thing, Dial)]
    assert dialled == ["1" * 240 + "2"]


def test_hanging_up_forgets_what_was_dialled_so_far():
    driver = ModemDriver()
    driver.type(b"ATD12;\rATH\rATD34\r")
    assert [thing.string.number for _, thing in driver.log if isinstance(thing, Dial)] == ["34"]


def test_a_line_that_rings_is_not_taken_by_half():
    for command in ("H1", "D1;"):
        driver = ModemDriver()
        driver.tell(RingBegan(CallerId()))
        assert driver.command(command) == "ERROR"
        assert driver.state is State.RINGING


def test_dialling_while_it_rings_takes_the_call():
    driver = ModemDriver()
    driver.tell(RingBegan(CallerId()))
    driver.type(b"ATDT1\r")
    assert Signals.RI not in driver.signals
    assert b"CONNECT" in said(driver.tell(FarAnswered()))


def test_z_in_a_call_hangs_up_and_says_ok_once():
    driver = in_a_call("E0")
    driver.type(b"+++")
    driver.wait(1.1)
    actions = driver.tell(DteSent(b"ATZ\r"))
    assert HangUp() in actions
    assert said(actions) == b"\r\nOK\r\n"
    assert not driver.dcd


def test_f_in_a_call_leaves_the_call_up():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    assert driver.command("&F") == "OK"
    assert driver.dcd


@pytest.mark.parametrize(("level", "rate"), [(4, b"CONNECT 9600"), (0, b"CONNECT\r")])
def test_connect_tells_the_rate_that_ipr_set(level: int, rate: bytes):
    driver = ModemDriver()
    driver.command("+IPR=9600")
    driver.type(f"ATX{level}DT1\r".encode())
    assert rate in said(driver.tell(FarAnswered()))


def test_w1_tells_of_the_line_before_connect_in_words_only():
    for verbose, expected in (
        (1, b"\r\nCARRIER 2400\r\n\r\nPROTOCOL: LAP-M\r\n\r\nCOMPRESSION: NONE\r\n\r\nCONNECT 115200\r\n"),
        (0, b"87\r"),
    ):
        driver = ModemDriver()
        driver.type(f"ATW1V{verbose}DT1\r".encode())
        assert said(driver.tell(FarAnswered(2400))) == expected


def test_ato_without_a_call_has_a_result_even_after_a_call_that_came_in_under_q2():
    driver = ModemDriver()
    driver.command("Q2")
    driver.tell(RingBegan(CallerId()))
    assert driver.command("O") == "NO CARRIER"


def test_no_call_is_held_longer_than_the_quiet_after_connect_is_set_to():
    for hold in (0.0, 1.0):
        driver = ModemDriver(Settings(connect_hold=hold))
        driver.type(b"ATDT1\r")
        driver.tell(FarAnswered())
        assert orders(driver.wait(hold)) == [ReleaseFar()]


def test_the_escape_within_the_quiet_after_connect_leaves_the_far_end_held_until_ato():
    driver = ModemDriver(Settings(connect_hold=5.0))
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    driver.wait(1.5)
    driver.type(b"+++")
    driver.wait(1.1)
    assert driver.state is State.ONLINE_COMMAND
    assert driver.wait(10) == []
    driver.type(b"ATO\r")
    assert orders(driver.wait(5)) == [ReleaseFar()]


def test_i6_tells_how_the_last_call_ended():
    driver = in_a_call()
    driver.tell(CarrierLost())
    assert driver.command("I6").startswith("Last call lasted 2 s, the far end hung up")
    driver.type(b"ATDT1\r")
    driver.tell(FarBusy())
    assert driver.command("I6").startswith("Last call did not come about: busy")


def test_ringback_of_an_earlier_call_is_forgotten():
    driver = ModemDriver()
    driver.type(b"ATS7=20DT1\r")
    driver.tell(FarRinging())
    assert b"NO ANSWER" in said(driver.wait(20))
    driver.type(b"ATDT2\r")
    assert b"NO CARRIER" in said(driver.wait(20))


def test_a_call_dialled_after_one_that_came_in_is_not_silenced_by_q2():
    driver = ModemDriver()
    driver.command("Q2")
    driver.tell(RingBegan(CallerId()))
    driver.type(b"ATA\r")
    driver.tell(FarAnswered())
    driver.tell(CarrierLost())
    driver.type(b"ATDT1\r")
    assert b"CONNECT" in said(driver.tell(FarAnswered()))


def test_a_rate_of_nought_is_no_rate():
    driver = ModemDriver()
    driver.tell(DteRate(9600))
    driver.tell(DteRate(0))
    driver.type(b"ATDT1\r")
    assert b"CONNECT 9600" in said(driver.tell(FarAnswered()))


def test_the_pages_of_i_tell_what_is_known_and_say_what_is_not():
    driver = ModemDriver()
    assert driver.command("I8") == "Nobody has called\r\n\r\nOK"
    assert "not measured" in driver.command("I11")
    driver.tell(RingBegan(CallerId("100", "A\x1b[2J", "1128", "2103")))
    driver.tell(RingStopped())
    told = driver.command("I8")
    assert "NMBR = 100\r\nNAME = A[2J" in told
    assert "\x1b" not in told
    driver.type(b"ATD1\r")
    driver.tell(FarBusy())
    assert driver.command("I6").startswith("Last call did not come about: busy\r\nS86 004\r\nOctets")


def test_dl_after_a_call_without_a_number_dials_the_number_before():
    driver = ModemDriver()
    for line in (b"ATD100\r", b"ATD\r", b"ATDL\r"):
        driver.type(line)
        driver.tell(FarBusy())
    assert [thing.string.number for _, thing in driver.log if isinstance(thing, Dial)] == ["100", "", "100"]


@pytest.mark.parametrize("line", ["ATD", "ATDT", "ATDP", "ATD,", "ATDW"])
def test_d_without_a_number_originates_and_waits_s7_for_the_other_end_of_the_wire(line: str):
    driver = ModemDriver()
    driver.command("S7=10")
    actions = driver.tell(DteSent(line.encode() + b"\r")) + driver.wait(3)
    assert [thing.string.wanted for thing in actions if isinstance(thing, Dial)] == [""]
    assert driver.state is State.DIALLING
    assert said(driver.wait(10)) == b"\r\nNO CARRIER\r\n"
    driver.type(line.encode() + b"\r")
    driver.wait(3)
    assert b"CONNECT 115200" in said(driver.tell(FarAnswered()))


def test_d_with_r_and_no_number_takes_the_answerers_part_on_the_wire():
    driver = ModemDriver()
    assert orders(driver.tell(DteSent(b"ATDR\r")))[-1] == Answer()
    assert b"CONNECT" in said(driver.tell(FarAnswered()))
    assert driver.state is State.ONLINE


def dialled(driver: ModemDriver) -> list[str]:
    return [thing.string.number for _, thing in driver.log if isinstance(thing, Dial)]


def test_a_semicolon_alone_takes_the_line_and_the_next_d_dials():
    driver = ModemDriver()
    assert driver.command("D;") == "OK"
    assert driver.state is State.OFF_HOOK
    driver.type(b"ATD5\r")
    assert dialled(driver) == ["5"]


def test_a_stored_number_may_be_the_beginning_of_one():
    driver = ModemDriver()
    driver.command("&Z1=T9,")
    assert driver.command("DS=1;") == "OK"
    driver.type(b"ATD100\r")
    driver.wait(3)
    assert dialled(driver) == ["9100"]


def test_what_follows_the_semicolon_is_done():
    driver = ModemDriver()
    assert driver.command("D5;S7=33H") == "OK"
    assert driver.state is State.IDLE
    assert driver.command("S7?").startswith("033")
    driver.type(b"ATD6\r")
    assert dialled(driver) == ["6"], "H forgot the digits"


@pytest.mark.parametrize("command", ["O", "O0", "O1", "O3"])
def test_each_form_of_o_goes_back_to_the_call_and_ends_the_line(command: str):
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    assert driver.command(f"{command}H") == "CONNECT 115200"
    assert driver.state is State.ONLINE


def test_o_after_the_far_end_has_gone_in_the_middle_of_its_line_has_one_result():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    driver.type(b"AT")
    assert said(driver.tell(CarrierLost())) == b""
    assert driver.type(b"O\r") == b"O\r\r\nNO CARRIER\r\n"
    assert said(driver.wait(60)) == b""


@pytest.mark.parametrize("command", ["A", "D5", "D5;", "D"])
def test_no_call_can_be_begun_in_a_call(command: str):
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    assert driver.command(command) == "ERROR"
    assert driver.state is State.ONLINE_COMMAND
