"""RTS and CTS in a call, as &K3 has them."""

import pytest

from offhook.modem.hayes import (
    CarrierLost,
    DteSignals,
    FarAnswered,
    FarDrained,
    FarFilled,
    FarSent,
    HoldFar,
    ReleaseFar,
    SendToDte,
    Settings,
)
from offhook.modem.rs232 import Signals
from tests.support.modem_driver import ModemDriver

ON = DteSignals(Signals.DTR | Signals.RTS)
NO_RTS = DteSignals(Signals.DTR)


def in_call(settings: Settings | None = None, line: str = "") -> ModemDriver:
    driver = ModemDriver(settings)
    driver.tell(ON)
    driver.type(f"AT{line}DT1\r".encode())
    driver.tell(FarAnswered())
    driver.wait(1)
    return driver


def test_the_far_end_waits_while_rts_is_off():
    driver = in_call()
    assert driver.tell(NO_RTS) == [HoldFar()]
    assert not driver.modem.far_passes
    assert driver.tell(NO_RTS) == []
    assert driver.tell(FarSent(b"late")) == [], "it was on its way"
    assert driver.tell(ON) == [ReleaseFar(), SendToDte(b"late")]
    assert driver.modem.far_passes


@pytest.mark.parametrize("option", ["&K0", "&K4", "&K5", "&K6"])
def test_with_other_flow_control_rts_and_the_far_end_hold_nothing(option: str):
    driver = in_call(line=option)
    assert driver.tell(NO_RTS) == driver.tell(FarFilled()) == []
    assert driver.modem.far_passes
    assert Signals.CTS in driver.signals


def test_rts_that_is_off_at_connect_holds_the_far_end_when_the_quiet_is_over():
    driver = ModemDriver()
    driver.tell(NO_RTS)
    driver.type(b"ATDT1\r")
    assert HoldFar() in driver.tell(FarAnswered())
    assert driver.wait(1) == []
    assert driver.tell(ON) == [ReleaseFar()]


def test_rts_that_changes_after_an_escape_counts_when_the_call_goes_on():
    driver = in_call()
    driver.wait(1.2)
    driver.type(b"+++")
    driver.wait(1.2)
    assert driver.tell(NO_RTS) == []
    driver.type(b"ATO\r")
    assert driver.wait(1) == []
    assert driver.tell(ON) == [ReleaseFar()]


def test_a_dte_that_is_not_there_holds_nothing():
    driver = in_call(line="&D0")
    assert driver.tell(DteSignals(Signals.NONE)) == []
    assert driver.modem.far_passes


def test_cts_is_off_while_the_far_end_takes_no_more():
    driver = in_call()
    driver.tell(FarFilled())
    assert Signals.CTS not in driver.signals
    driver.tell(FarDrained())
    assert Signals.CTS in driver.signals
    driver.tell(FarFilled())
    driver.tell(CarrierLost())
    assert Signals.CTS in driver.signals
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    assert Signals.CTS in driver.signals, "that was another call"


def test_a_modem_whose_port_has_no_cts_does_not_want_to_know():
    assert ModemDriver().modem.shows_cts
    assert not in_call(Settings(virtual_port=True)).modem.shows_cts
