import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.hayes import FarAnswered, FarSent
from offhook.modem.rs232 import Parity, with_parity
from tests.support.modem_driver import ModemDriver, said


@pytest.mark.parametrize("noise", [b"", b"\r", b"hello\r", b"\x1b", b"\0\0", b"\x11AAAA", b"ABOUT\r", b"+++"])
def test_noise_before_at_is_not_answered_and_does_no_harm(noise: bytes):
    driver = ModemDriver()
    driver.type(b"ATE0\r")
    assert driver.type(noise) == b""
    assert driver.type(b"AT\r") == b"\r\nOK\r\n"


@pytest.mark.parametrize("line", [b"\r", b"\r\n", b"login: alice\r", b"T\r", b"xyz\r"])
def test_lines_without_at_have_no_answer(line: bytes):
    driver = ModemDriver()
    driver.type(b"ATE0\r")
    assert driver.type(line) == b""


def test_small_capital_and_mixed_letters_and_blanks_are_all_the_same():
    for line in (b"AT S7 = 33", b"ats7=33", b"At s7=33", b"aTS 7=3 3"):
        driver = ModemDriver()
        assert driver.type(line + b"\r").endswith(b"OK\r\n")
        assert driver.command("S7?").startswith("033")


def test_what_is_typed_is_echoed_as_it_came_and_erasing_wipes_it():
    driver = ModemDriver()
    assert driver.type(b"ATX9\b1") == b"ATX9\b \b1"
    assert driver.type(b"\r").endswith(b"OK\r\n")


def test_erasing_never_takes_the_at_away():
    driver = ModemDriver()
    assert driver.type(b"AT\b\b\bX1\r") == b"ATX1\r\r\nOK\r\n"


def test_a_slash_repeats_the_last_line_at_once():
    driver = ModemDriver()
    driver.type(b"ATS7?\r")
    assert driver.type(b"A/") == b"A/\r\n050\r\n\r\nOK\r\n"
    assert ModemDriver().type(b"a/") == b"a/\r\nOK\r\n"


def test_a_line_feed_after_return_is_harmless():
    driver = ModemDriver()
    driver.type(b"ATE0\r\n")
    for _ in range(3):
        assert driver.type(b"AT\r\n") == b"\r\nOK\r\n"


def test_the_end_of_line_is_looked_for_before_the_erasing_character():
    driver = ModemDriver()
    driver.type(b"ATS5=13\r")
    assert driver.type(b"AT\r").endswith(b"OK\r\n")


@given(st.integers(250, 3000))
def test_a_line_too_long_is_an_error_as_a_whole(length: int):
    driver = ModemDriver()
    heard = driver.type(b"ATS7=33" + b" " * (length - 5) + b"\r")
    assert heard.endswith(b"ERROR\r\n" if length > 255 else b"OK\r\n")
    assert driver.command("S7?").startswith("050" if length > 255 else "033")


def test_commands_sent_one_after_the_other_without_waiting_are_all_answered():
    driver = ModemDriver()
    assert driver.type(b"ATE0\rATS7?\rATQ0\r") == b"ATE0\r\r\nOK\r\n\r\n050\r\n\r\nOK\r\n\r\nOK\r\n"


@pytest.mark.parametrize("parity", Parity, ids=lambda each: each.value)
def test_a_dte_of_any_parity_is_answered_in_its_own(parity: Parity):
    driver = ModemDriver()
    heard = driver.type(with_parity(b"ATX\bI0S7?\r", parity))
    text = b"ATX\b \bI0S7?\r\r\noffhook\r\n\r\n050\r\n\r\nOK\r\n"
    assert heard == with_parity(text, parity)
    driver.type(with_parity(b"ATDT1\r", parity))
    assert said(driver.tell(FarAnswered())) == with_parity(b"\r\nCONNECT 115200\r\n", parity)
    driver.wait(1)
    assert said(driver.tell(FarSent(b"\x00\xff data"))) == b"\x00\xff data", (
        "what the far end sends is nobody's to change"
    )
