"""A dialler that waits a minute for the carrier, as people write them, tested in no time."""

import time

import serial

from offhook.testing import Modem, TurnedClock
from tests.support.processor_time import costs_at_most

QUICK = 0.1
"""Seconds of processor time: those of the clock on the wall are the machine's, which others share."""


def dial(port: serial.SerialBase, number: str, patience: float = 60.0) -> str:
    """Looks at the port every tenth of a second, with the time and the sleep of its module."""
    port.write(b"ATS7=255DT" + number.encode() + b"\r")
    heard = b""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        heard += port.read(port.in_waiting)
        if b"CONNECT" in heard:
            return "connected"
        time.sleep(0.1)
    port.write(b"\r")
    return "no carrier"


def wait_for_carrier(port: serial.SerialBase, patience: float) -> bool:
    """Leaves the waiting to pyserial."""
    port.timeout = patience
    return b"CONNECT" in port.read_until(b"CONNECT")


def test_a_minute_of_polling_costs_next_to_nothing(turned_clock: TurnedClock, modem: Modem):
    turned_clock.turn(time)
    port = modem.open()
    modem.far.silence()

    def dial_in_vain() -> None:
        began = time.monotonic()
        assert dial(port, "5550100") == "no carrier"
        assert 60 <= time.monotonic() - began < 61

    costs_at_most(QUICK, dial_in_vain)
    assert port.read_until(b"CARRIER\r\n").endswith(b"\r\nNO CARRIER\r\n")


def test_a_minute_of_a_read_that_waits_costs_next_to_nothing(turned_clock: TurnedClock, modem: Modem):
    port = modem.open()
    modem.far.silence()
    port.write(b"ATS7=255DT5\r")
    began = turned_clock.monotonic()
    costs_at_most(QUICK, lambda: wait_for_carrier(port, 60))
    assert turned_clock.monotonic() - began >= 60


def test_a_carrier_that_comes_late_is_found(turned_clock: TurnedClock, modem: Modem):
    turned_clock.turn(time)
    modem.far.answer(after=55)
    assert dial(modem.open(), "5550100") == "connected"
