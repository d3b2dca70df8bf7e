"""Calls that begin without a dial line: a number ordered from outside, and a hot line."""

import pytest

from offhook.modem.hayes import (
    CallsByItself,
    CarrierLost,
    Dial,
    DialOrdered,
    DialString,
    DteSignals,
    FarAnswered,
    FarBusy,
    Settings,
    State,
)
from offhook.modem.rs232 import Signals
from tests.support.modem_driver import ModemDriver, orders, said


def test_a_number_that_is_ordered_from_outside_is_dialled_and_its_result_told():
    driver = ModemDriver()
    assert orders(driver.tell(DialOrdered("T555"))) == [Dial(DialString("T555", "555"))]
    assert b"CONNECT" in said(driver.tell(FarAnswered()))


@pytest.mark.parametrize("number", ["\x1b[2J", "5\x00"])
def test_an_order_that_is_no_number_is_passed_over(number: str):
    driver = ModemDriver()
    driver.tell(DialOrdered(number))
    assert driver.state is State.IDLE
    assert driver.command("") == "OK"


def hot(again: float | None) -> ModemDriver:
    return ModemDriver(Settings(hot_line=CallsByItself("100", again)))


def dialled(driver: ModemDriver, seconds: float) -> int:
    """How often it dials while time passes."""
    return sum(isinstance(action, Dial) for action in driver.wait(seconds))


def test_a_hot_line_calls_a_moment_after_dtr_comes_on_and_only_then():
    driver = hot(None)
    assert dialled(driver, 10) == 0
    driver.tell(DteSignals(Signals.DTR))
    assert dialled(driver, 0.2) == 0
    assert dialled(driver, 0.1) == 1
    driver.tell(FarBusy())
    assert dialled(driver, 600) == 0
    driver.tell(DteSignals(Signals.NONE))
    driver.wait(1)
    driver.tell(DteSignals(Signals.DTR))
    assert dialled(driver, 1) == 1


def test_a_hot_line_calls_again_after_each_call_while_somebody_is_there():
    driver = hot(5.0)
    driver.tell(DteSignals(Signals.DTR))
    driver.wait(1)
    for end in (FarBusy(), CarrierLost()):
        if isinstance(end, CarrierLost):
            driver.tell(FarAnswered())
            driver.wait(100)
        driver.tell(end)
        assert dialled(driver, 4.9) == 0
        assert dialled(driver, 0.2) == 1
    driver.tell(DteSignals(Signals.NONE))
    assert dialled(driver, 60) == 0


def test_a_hot_line_leaves_a_line_in_use_alone():
    driver = hot(5.0)
    driver.tell(DteSignals(Signals.DTR))
    driver.command("H1")
    assert dialled(driver, 60) == 0
