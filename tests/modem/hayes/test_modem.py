import pytest

from offhook.modem.hayes import (
    Answer,
    CallerId,
    CarrierLost,
    Dial,
    DteRate,
    DteSent,
    DteSignals,
    FarAnswered,
    FarBusy,
    FarNoAnswer,
    FarRinging,
    FarSent,
    FarUnobtainable,
    HangUp,
    HoldFar,
    NoDialTone,
    ReleaseFar,
    RingBegan,
    RingEnded,
    RingStopped,
    SendToDte,
    SendToFar,
    SetSignals,
    State,
)
from offhook.modem.rs232 import Signals
from tests.support.modem_driver import ModemDriver, orders, passed_on, said

DTR = DteSignals(Signals.DTR | Signals.RTS)
NO_DTR = DteSignals(Signals.NONE)


def in_a_call(*commands: str) -> ModemDriver:
    driver = ModemDriver()
    for command in commands:
        driver.command(command)
    driver.type(b"ATDT100\r")
    driver.tell(FarAnswered())
    driver.wait(2)
    assert driver.state is State.ONLINE
    return driver


def ring(driver: ModemDriver, times: int = 1) -> bytes:
    heard = b""
    for _ in range(times):
        heard += said(driver.tell(RingBegan(CallerId("201", "modem0"))))
        heard += said(driver.wait(2))
        heard += said(driver.tell(RingEnded()))
        heard += said(driver.wait(4))
    return heard


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


@pytest.mark.parametrize("keys", [b"\n", b"\r", b"\0", b"\r\n\0"])
def test_the_end_of_the_dial_line_does_not_abort_it(keys: bytes):
    driver = ModemDriver()
    driver.type(b"ATDT1\r")
    driver.wait(1)
    assert driver.type(keys) == b""
    assert driver.state is State.DIALLING


def test_any_other_key_gives_the_call_up_but_not_in_the_first_125_ms():
    driver = ModemDriver()
    driver.type(b"ATDT1\rx")
    driver.wait(0.124)
    driver.type(b"x")
    assert driver.state is State.DIALLING
    driver.wait(0.002)
    actions = driver.tell(DteSent(b"x"))
    assert HangUp() in actions
    assert said(actions) == b"\r\nNO CARRIER\r\n"


def test_a_call_that_comes_up_after_it_was_given_up_is_hung_up_on():
    driver = ModemDriver()
    driver.type(b"ATDT1\r")
    driver.wait(1)
    driver.type(b"x")
    assert HangUp() in driver.tell(FarAnswered())
    assert not driver.dcd


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


# Ringing


def test_ring_comes_with_ri_and_s1_counts_until_8_s_without_one():
    driver = ModemDriver()
    actions = driver.tell(RingBegan(CallerId("201")))
    assert Signals.RI in driver.signals
    assert said(actions) == b"\r\nRING\r\n"
    driver.wait(2)
    driver.tell(RingEnded())
    assert Signals.RI not in driver.signals
    assert driver.command("S1?").startswith("001")
    driver.wait(7.9)
    assert driver.command("S1?").startswith("001")
    driver.wait(0.2)
    assert driver.command("S1?").startswith("000")


def test_ata_answers_and_says_connect_when_the_call_is_up():
    driver = ModemDriver()
    ring(driver)
    assert orders(driver.tell(DteSent(b"ATA\r"))) == [Answer()]
    assert b"CONNECT" in said(driver.tell(FarAnswered()))
    assert driver.dcd


@pytest.mark.parametrize("rings", [1, 2, 3])
def test_s0_answers_at_that_ring(rings: int):
    driver = ModemDriver()
    driver.command(f"S0={rings}")
    for _ in range(rings - 1):
        ring(driver)
        assert driver.state is State.RINGING
    assert Answer() in driver.tell(RingBegan(CallerId()))


def test_s0_does_not_answer_while_dtr_is_off_unless_it_is_ignored():
    for mode, answers in (("&D2", False), ("&D0", True)):
        driver = ModemDriver()
        driver.command(f"{mode}S0=1")
        driver.tell(NO_DTR)
        driver.wait(1)
        assert (Answer() in driver.tell(RingBegan(CallerId()))) is answers


def test_a_caller_who_gives_up_leaves_silence_and_ata_then_waits_s7():
    driver = ModemDriver()
    ring(driver)
    assert said(driver.tell(RingStopped())) == b""
    driver.command("S7=20")
    assert orders(driver.tell(DteSent(b"ATA\r"))) == [Answer()]
    assert b"NO CARRIER" in said(driver.wait(21))


def test_ring_does_not_break_into_a_line_being_typed():
    driver = ModemDriver()
    driver.type(b"ATE")
    assert ring(driver, 2) == b""
    assert driver.type(b"1\r").endswith(b"\r\nOK\r\n\r\nRING\r\n")


def test_q2_is_silent_in_a_call_that_came_in():
    driver = ModemDriver()
    driver.command("Q2")
    assert ring(driver) == b""
    driver.type(b"ATA\r")
    assert said(driver.tell(FarAnswered())) == b""
    assert said(driver.tell(CarrierLost())) == b""


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("+VCID=1", b"\r\nNMBR = 201\r\nNAME = modem0\r\n"),
        ("#CID=1", b"\r\nNMBR = 201\r\nNAME = modem0\r\n"),
        ("+VCID=2", b"\r\n800D020332303107066D6F64656D3096\r\n"),
    ],
)
def test_caller_id_comes_once_between_the_first_ring_and_the_second(command: str, expected: bytes):
    driver = ModemDriver()
    driver.command(command)
    heard = ring(driver, 2)
    ring_text = b"\r\nRING\r\n"
    assert heard.startswith(ring_text + expected[:10])
    assert heard.count(b"\r\n", len(ring_text)) >= 2
    assert heard.replace(ring_text, b"").count(expected[2:8]) == 1
    if command.endswith("1"):
        assert heard == ring_text + expected + ring_text


def test_h0_does_not_refuse_a_call_that_rings():
    driver = ModemDriver()
    ring(driver)
    assert HangUp() not in driver.tell(DteSent(b"ATQ0V1H0\r"))
    assert driver.state is State.RINGING


# DTR


def test_dtr_must_be_off_for_s25_to_count():
    driver = in_a_call()
    driver.tell(NO_DTR)
    driver.wait(0.03)
    driver.tell(DTR)
    driver.wait(1)
    assert driver.state is State.ONLINE
    driver.tell(NO_DTR)
    assert HangUp() in driver.wait(0.06)
    assert not driver.dcd


@pytest.mark.parametrize(
    ("mode", "state", "hears"),
    [
        (0, State.ONLINE, b""),
        (1, State.ONLINE_COMMAND, b"\r\nOK\r\n"),
        (2, State.IDLE, b"\r\nOK\r\n"),
        (3, State.IDLE, b"\r\nOK\r\n"),
    ],
)
def test_what_dtr_off_means(mode: int, state: State, hears: bytes):
    driver = in_a_call(f"&D{mode}S7=33")
    driver.tell(NO_DTR)
    assert said(driver.wait(1)) == hears
    assert driver.state is state
    driver.tell(DTR)
    assert driver.modem.deadline is None or mode == 0
    if mode == 3:
        assert driver.command("S7?").startswith("050")


def test_dtr_off_aborts_a_call_being_dialled_and_forgets_a_line_half_typed():
    driver = ModemDriver()
    driver.type(b"ATDT1\r")
    driver.tell(NO_DTR)
    assert HangUp() in driver.wait(0.1)
    driver.type(b"ATS7=")
    driver.tell(DTR)
    driver.tell(NO_DTR)
    driver.wait(1)
    driver.tell(DTR)
    assert driver.type(b"33\r").endswith(b"33\r"), "no command line, no answer"


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


def test_dial_tells_the_whole_string_and_the_number():
    driver = ModemDriver()
    actions = driver.tell(DteSent(b"ATDP9W12@3\r"))
    dial = next(action for action in actions if isinstance(action, Dial))
    assert (dial.string.text, dial.string.number, dial.string.quiet_answer) == ("P9W12@3", "9123", True)


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
