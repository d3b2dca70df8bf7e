import pytest

from offhook.modem.hayes import (
    PERSONALITIES,
    FarAnswered,
    FarBarred,
    FarRinging,
    NoDialTone,
    Personality,
    ResultCode,
    Settings,
)
from tests.support.modem_driver import ModemDriver, said

BY_NAME = {each.name: each for each in PERSONALITIES}


def passing_for(name: str) -> ModemDriver:
    return ModemDriver(Settings(personality=BY_NAME[name]))


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda each: each.name)
def test_a_number_of_connect_is_that_of_no_other_code_and_of_one_rate(personality: Personality):
    for numbers in (personality.connect, personality.reliable):
        others = [number for rate, number in numbers.items() if rate != 300]
        assert len(others) == len(set(others))
        assert not set(others) & {code.value for code in ResultCode if code in personality.has or code.value < 9}


@pytest.mark.parametrize(
    ("name", "rate", "number"),
    [
        ("hayes", 300, 1),
        ("hayes", 9600, 12),
        ("hayes", 115200, 87),
        ("rockwell", 9600, 12),
        ("rockwell", 14400, 15),
        ("rockwell", 115200, 19),
        ("rockwell", 28800, 64),
        ("usr", 9600, 17),
        ("usr", 28800, 108),
        ("v250", 9600, 1),
    ],
)
def test_connect_is_numbered_as_the_maker_did(name: str, rate: int, number: int):
    driver = passing_for(name)
    driver.type(f"ATE0V0+IPR={rate};DT1\r".encode())
    assert said(driver.tell(FarAnswered(rate))) == f"{number}\r".encode()


def test_usr_without_error_control_has_other_numbers_and_words():
    driver = passing_for("usr")
    driver.type(b"ATE0+IPR=9600;DT1\r")
    assert said(driver.tell(FarAnswered())) == b"\r\nCONNECT 9600/ARQ\r\n"
    driver = passing_for("usr")
    driver.type(b"ATE0V0&M0+IPR=9600;DT1\r")
    assert said(driver.tell(FarAnswered())) == b"13\r"


def test_usr_spells_no_dial_tone_in_three_words_and_the_others_in_two():
    for name in BY_NAME:
        driver = passing_for(name)
        driver.type(b"ATDT1\r")
        expected = "NO DIAL TONE" if name == "usr" else "NO DIALTONE"
        assert said(driver.tell(NoDialTone())) == f"\r\n{expected}\r\n".encode()


def test_usr_tells_of_ringing_once_from_x5_on():
    driver = passing_for("usr")
    driver.type(b"ATE0X5DT1\r")
    assert said(driver.tell(FarRinging())) == b"\r\nRINGING\r\n"
    assert said(driver.tell(FarRinging())) == b""
    driver = passing_for("hayes")
    driver.type(b"ATE0X5DT1\r")
    assert said(driver.tell(FarRinging())) == b""


def test_rockwell_says_blacklisted_of_a_number_that_may_not_be_called():
    for name, expected in (("rockwell", b"32\r"), ("hayes", b"3\r")):
        driver = passing_for(name)
        driver.type(b"ATE0V0DT1\r")
        assert said(driver.tell(FarBarred())) == expected


@pytest.mark.parametrize(("name", "answer"), [("hayes", "OK"), ("usr", "NO CARRIER")])
def test_hanging_up_a_call_has_the_makers_answer_and_an_idle_line_ok(name: str, answer: str):
    driver = passing_for(name)
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    driver.wait(2)
    driver.type(b"+++")
    driver.wait(1.1)
    assert driver.command("H") == answer
    assert driver.command("H") == "OK"


def test_rockwell_numbers_the_lines_before_connect():
    driver = passing_for("rockwell")
    driver.type(b"ATE0V0W1+IPR=57600;DT1\r")
    assert said(driver.tell(FarAnswered(2400))) == b"47\r77\r69\r18\r"


def test_settings_after_f_are_the_makers():
    driver = passing_for("usr")
    assert driver.command("S7?").startswith("060")
    driver.command("S7=33")
    driver.command("&F")
    assert driver.command("S7?").startswith("060")
