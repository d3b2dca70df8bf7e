import pytest

from offhook.modem.hayes import CarrierLost, DteSignals, HangUp, State
from offhook.modem.rs232 import Signals
from tests.support.modem_driver import ModemDriver, in_a_call, said

DTR = DteSignals(Signals.DTR | Signals.RTS)
NO_DTR = DteSignals(Signals.NONE)


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


def test_dtr_off_for_long_enough_counts_though_the_tick_is_late():
    driver = in_a_call()
    driver.tell(NO_DTR)
    driver.now += 0.5
    assert HangUp() in driver.tell(DTR)
    assert driver.state is State.IDLE


def test_s25_of_nought_takes_every_drop():
    driver = in_a_call("S25=0")
    assert HangUp() in driver.tell(NO_DTR)


@pytest.mark.parametrize("units", [1, 5, 20, 255])
def test_s25_is_exact(units: int):
    driver = in_a_call(f"S25={units}")
    driver.tell(NO_DTR)
    assert driver.wait(units * 0.01 - 0.001) == []
    assert HangUp() in driver.wait(0.002)


def test_d3_restores_the_stored_profile_on_hook_too_without_a_word():
    driver = ModemDriver()
    driver.command("&D3S7=33&W0S7=44")
    driver.tell(NO_DTR)
    assert driver.wait(1) == []
    assert driver.command("S7?").startswith("033")


def test_a_held_no_carrier_is_not_for_the_next_client():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    driver.type(b"ATS")
    driver.tell(CarrierLost())
    driver.tell(NO_DTR)
    driver.wait(1)
    driver.tell(DTR)
    assert said(driver.wait(60)) == b""
    assert driver.type(b"AT\r") == b"AT\r\r\nOK\r\n"


def test_rts_alone_is_no_drop_of_dtr():
    driver = in_a_call()
    driver.tell(DteSignals(Signals.DTR))
    driver.wait(1)
    assert driver.state is State.ONLINE
