"""Keys after a dial line: which give the call up, and which reach neither the modem nor the host."""

import pytest

from offhook.modem.hayes import (
    DteSent,
    FarAnswered,
    HangUp,
    State,
)
from tests.support.modem_driver import ModemDriver, in_a_call, passed_on, said


@pytest.mark.parametrize(
    ("keys", "after"), [(b"\n", 1.0), (b"\0", 1.0), (b"\n\0", 1.0), (b"\r", 0.1), (b"\r\n\0", 0.1), (b"\n", 0.0)]
)
def test_the_end_of_the_dial_line_does_not_abort_it(keys: bytes, after: float):
    driver = ModemDriver()
    driver.type(b"ATDT1\r")
    driver.wait(after)
    assert driver.type(keys) == b""
    assert driver.state is State.DIALLING


def test_a_return_gives_the_call_up_as_minicom_does():
    driver = ModemDriver()
    driver.type(b"ATDT1\r")
    driver.wait(40)
    assert driver.type(b"\r") == b"\r\nNO CARRIER\r\n"
    driver.wait(1)
    driver.type(b"ATDT1\r")
    assert driver.state is State.DIALLING, "and it can dial again"


def test_keys_that_give_a_call_up_are_neither_echoed_nor_taken_for_commands():
    driver = ModemDriver()
    driver.type(b"ATDT1\r")
    driver.wait(1)
    assert driver.type(b"ATH\r") == b"\r\nNO CARRIER\r\n"
    assert driver.command("") == "OK"


def test_the_line_feed_of_a_dial_line_does_not_reach_a_host_that_answers_at_once():
    driver = ModemDriver()
    driver.type(b"ATDT100\r")
    driver.tell(FarAnswered())
    driver.wait(0.001)
    assert not driver.modem.online_chunk(b"\nx", driver.now)
    assert passed_on(driver.tell(DteSent(b"\nx"))) == b"x"
    assert passed_on(driver.tell(DteSent(b"\n"))) == b"\n", "only the first byte belongs to the line"


@pytest.mark.parametrize("first", [b"\0", b"\r", b"x"])
def test_no_other_byte_is_taken_for_the_end_of_the_dial_line(first: bytes):
    driver = ModemDriver()
    driver.type(b"ATDT100\r")
    driver.tell(FarAnswered())
    assert driver.modem.online_chunk(first, driver.now)
    assert driver.modem.online_chunk(b"\n", driver.now)


def test_a_line_feed_a_moment_after_the_dial_line_is_for_the_host():
    driver = ModemDriver()
    driver.type(b"ATDT100\r")
    driver.tell(FarAnswered())
    driver.wait(0.126)
    assert passed_on(driver.tell(DteSent(b"\n"))) == b"\n"


def test_the_line_feed_after_ato_does_not_reach_the_host():
    driver = in_a_call()
    driver.type(b"+++")
    driver.wait(1.1)
    assert passed_on(driver.tell(DteSent(b"ATO\r\n"))) == b""
    assert driver.state is State.ONLINE


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
