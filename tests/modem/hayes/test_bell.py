import pytest

from offhook.modem.hayes import (
    Answer,
    CallerId,
    CarrierLost,
    DteSent,
    DteSignals,
    FarAnswered,
    HangUp,
    RingBegan,
    RingEnded,
    RingStopped,
    Settings,
    State,
)
from offhook.modem.rs232 import Signals
from tests.support.modem_driver import ModemDriver, orders, said

NO_DTR = DteSignals(Signals.NONE)


def ring(driver: ModemDriver, times: int = 1) -> bytes:
    heard = b""
    for _ in range(times):
        heard += said(driver.tell(RingBegan(CallerId("201", "modem0"))))
        heard += said(driver.wait(2))
        heard += said(driver.tell(RingEnded()))
        heard += said(driver.wait(4))
    return heard


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


def test_a_ring_that_had_to_wait_is_not_said_when_the_caller_has_gone():
    driver = ModemDriver()
    driver.type(b"AT")
    driver.tell(RingBegan(CallerId()))
    driver.tell(RingStopped())
    assert driver.type(b"\r") == b"\r\r\nOK\r\n"


def test_a_ring_that_had_to_wait_is_not_said_when_the_line_answers_it():
    driver = ModemDriver()
    driver.type(b"AT")
    driver.tell(RingBegan(CallerId()))
    assert driver.type(b"A\r") == b"A\r"
    assert driver.state is State.ANSWERING


def test_caller_id_waits_for_the_end_of_a_line_half_typed():
    driver = ModemDriver()
    driver.command("+VCID=1")
    driver.tell(RingBegan(CallerId("201", "modem0")))
    driver.wait(2)
    driver.type(b"AT")
    driver.tell(RingEnded())
    driver.wait(2)
    assert b"NMBR" not in driver.heard
    driver.type(b"\r")
    assert said(driver.wait(0.6)) == b"\r\nNMBR = 201\r\nNAME = modem0\r\n"


def test_with_s0_of_one_the_caller_is_told_of_before_the_answer_and_once():
    driver = ModemDriver()
    driver.command("S0=1+VCID=1")
    actions = driver.tell(RingBegan(CallerId("201")))
    assert said(actions) == b"\r\nRING\r\n\r\nNMBR = 201\r\nNAME = O\r\n"
    assert actions[-1] == Answer()
    driver = ModemDriver()
    driver.command("S0=1+VCID=1")
    driver.tell(NO_DTR)
    assert ring(driver, 3).count(b"NMBR") == 1


def test_a_line_left_half_typed_keeps_neither_ring_nor_s0_waiting_for_ever():
    driver = ModemDriver()
    driver.command("S0=1")
    driver.type(b"ATS")
    assert Answer() not in driver.tell(RingBegan(CallerId()))
    assert said(driver.wait(29.9)) == b""
    assert said(driver.wait(0.2)) == b"\r\nRING\r\n"
    assert Answer() in driver.tell(RingBegan(CallerId()))
    driver.tell(FarAnswered())
    driver.tell(CarrierLost())
    assert driver.command("S7?").startswith("050"), "what was half typed before the call is forgotten"


def test_the_modem_answers_at_the_next_ring_when_a_line_was_being_typed_at_the_first():
    driver = ModemDriver()
    driver.command("S0=1")
    driver.type(b"AT")
    ring(driver)
    driver.type(b"\r")
    assert Answer() in driver.tell(RingBegan(CallerId()))


def test_ringing_on_a_line_in_use_means_nothing():
    driver = ModemDriver()
    driver.command("H1S0=1")
    assert ring(driver) == b""
    assert driver.state is State.OFF_HOOK


def test_s1_starts_anew_with_each_call():
    driver = ModemDriver()
    ring(driver, 3)
    assert driver.command("S1?").startswith("003")
    driver.type(b"ATA\r")
    driver.tell(FarAnswered())
    driver.tell(CarrierLost())
    assert driver.command("S1?").startswith("000")


def test_s1_survives_f_and_z_and_cannot_be_set():
    driver = ModemDriver()
    ring(driver, 2)
    assert driver.command("S1=9") == "ERROR"
    assert driver.command("&F") == "OK"
    assert driver.command("Z") == "OK"
    assert driver.command("S1?").startswith("002")


def test_caller_id_is_not_said_into_a_call():
    driver = ModemDriver()
    driver.command("+VCID=1")
    driver.tell(RingBegan(CallerId("201")))
    driver.wait(2)
    driver.tell(RingEnded())
    driver.type(b"ATA\r")
    driver.tell(FarAnswered())
    assert said(driver.wait(10)) == b""


def test_the_8_s_of_s1_do_not_run_while_it_rings():
    driver = ModemDriver()
    driver.tell(RingBegan(CallerId()))
    driver.tell(RingEnded())
    driver.wait(7)
    driver.tell(RingBegan(CallerId()))
    driver.wait(3)
    assert driver.command("S1?").startswith("002")


def test_s1_stays_a_register_however_long_it_rings():
    driver = ModemDriver()
    for _ in range(300):
        driver.tell(RingBegan(CallerId()))
    assert driver.command("S1?").startswith("255")


def test_the_line_is_idle_when_the_caller_has_given_up():
    driver = ModemDriver()
    ring(driver)
    driver.tell(RingStopped())
    assert driver.state is State.IDLE
    assert driver.command("H1") == "OK"


BRITISH = ((0.4, 0.2), (0.4, 2.0))


def test_a_british_ring_is_one_ring_of_two_bursts_that_ri_follows():
    driver = ModemDriver()
    driver.command("+VCID=1")
    heard, edges = b"", 0
    for _ in range(3):
        for on, off in BRITISH:
            heard += said(driver.tell(RingBegan(CallerId("201"))))
            assert Signals.RI in driver.signals
            edges += 1
            heard += said(driver.wait(on)) + said(driver.tell(RingEnded()))
            assert Signals.RI not in driver.signals
            heard += said(driver.wait(off))
    assert edges == 6
    assert heard.count(b"RING") == 3
    assert heard.count(b"NMBR") == 1
    assert heard.index(b"NMBR") > heard.index(b"RING")
    assert driver.command("S1?").startswith("003")


def test_s0_counts_british_rings_not_their_bursts():
    driver = ModemDriver()
    driver.command("S0=2")
    answers = []
    for _ in range(2):
        for on, off in BRITISH:
            answers.append(Answer() in orders(driver.tell(RingBegan(CallerId("201")))))
            if not answers[-1]:
                driver.wait(on)
                driver.tell(RingEnded())
                driver.wait(off)
    assert answers[:3] == [False, False, True]


def test_a_number_that_is_withheld_is_private():
    driver = ModemDriver()
    driver.command("+VCID=1")
    driver.tell(RingBegan(CallerId("201", "Alice", withheld=True)))
    driver.wait(2)
    driver.tell(RingEnded())
    assert b"NMBR = P\r\nNAME = P\r\n" in said(driver.wait(1))


def test_the_next_caller_is_told_too_though_s1_goes_on_counting():
    driver = ModemDriver()
    driver.command("+VCID=1")
    for number in ("201", "202"):
        driver.tell(RingBegan(CallerId(number)))
        driver.wait(2)
        driver.tell(RingEnded())
        assert f"NMBR = {number}".encode() in said(driver.wait(1))
        driver.tell(RingStopped())
        driver.wait(1)
    assert driver.command("S1?").startswith("002")


CADENCES = {
    "1": [(2.0, 4.0)],
    "2": [(0.8, 0.4), (0.8, 4.0)],
    "3": [(0.4, 0.2), (0.4, 0.2), (0.8, 4.0)],
    "": [(0.4, 0.2), (0.4, 2.0)],  # a British one
}
"""By the number behind RING: seconds of bursts and silences."""


def rung(driver: ModemDriver, bursts: list[tuple[float, float]]) -> bytes:
    heard = b""
    for on, off in bursts:
        heard += said(driver.tell(RingBegan(CallerId("201", "modem0"))))
        heard += said(driver.wait(on))
        heard += said(driver.tell(RingEnded()))
        heard += said(driver.wait(off))
    return heard


@pytest.mark.parametrize("kind", CADENCES)
def test_sdr_tells_rings_apart_by_their_cadence_and_counts_each_once(kind: str):
    driver = ModemDriver()
    assert driver.command("-SDR=7") == "OK"
    for number in (1, 2):
        assert rung(driver, CADENCES[kind]) == f"\r\nRING{kind}\r\n".encode()
        assert driver.command("S1?").startswith(f"00{number}")
    driver.command("-SDR=0")
    assert rung(driver, CADENCES[kind]) == b"\r\nRING\r\n"


def test_sdr_tells_the_kinds_it_is_asked_for_and_no_others_and_numbers_are_as_ever():
    for wanted in range(8):
        driver = ModemDriver()
        driver.command(f"-SDR={wanted}")
        for kind in "123":
            told = kind if wanted & 1 << int(kind) - 1 else ""
            assert rung(driver, CADENCES[kind]) == f"\r\nRING{told}\r\n".encode()
    driver.command("E0V0-SDR=7")
    assert rung(driver, CADENCES["3"]) == b"2\r"
    assert driver.type(b"AT-SDR?\r") == b"-SDR: 7\r\n0\r"
    assert driver.type(b"AT-SDR=?\r") == b"-SDR: (0-7)\r\n0\r"
    for wrong in (b"-SDR=8", b"-SDR=x", b"-SD=1"):
        assert driver.type(b"AT" + wrong + b"\r") == b"4\r"


def test_with_sdr_the_caller_id_comes_behind_the_first_ring_and_s0_answers_when_a_ring_is_over():
    driver = ModemDriver()
    driver.command("-SDR=7+VCID=1;S0=2")
    heard = rung(driver, CADENCES["2"])
    assert heard.startswith(b"\r\nRING2\r\n")
    assert b"NMBR = 201" in heard
    for silence in (0.4, 0.0):
        driver.tell(RingBegan(CallerId()))
        driver.wait(0.8)
        driver.tell(RingEnded())
        assert Answer() not in driver.wait(silence)
    assert Answer() in driver.wait(0.6)


def test_with_sdr_a_ring_that_is_answered_or_given_up_before_it_is_over_is_not_told():
    driver = ModemDriver()
    driver.command("-SDR=7")
    driver.tell(RingBegan(CallerId()))
    driver.tell(RingEnded())
    assert said(driver.tell(RingStopped())) == b""
    assert said(driver.wait(3)) == b""
    driver.tell(RingBegan(CallerId()))
    assert Answer() in driver.tell(DteSent(b"ATA\r"))
    driver.tell(RingEnded())
    assert b"RING" not in said(driver.wait(3))


def test_lenient_modems_pass_over_what_is_behind_a_dash_and_go_on():
    driver = ModemDriver(Settings(lenient=True))
    assert driver.command("-V1S0=3") == "OK"
    assert driver.command("S0?").startswith("003")
