import pytest

from offhook.modem.hayes import (
    CarrierLost,
    Dial,
    FarAnswered,
    FarNoAnswer,
    FarRinging,
    FarSent,
    HangUp,
    HoldFar,
    NoDialTone,
    ReleaseFar,
    SeizeLine,
    Settings,
    State,
)
from tests.support.modem_driver import ModemDriver, orders, said

REAL = Settings(realistic=True, line_rate=2400)


def test_real_times_are_dial_tone_digits_and_training_and_the_far_end_waits_meanwhile():
    driver = ModemDriver(REAL)
    assert orders(driver.tell_bytes(b"ATDT5551234\r")) == [SeizeLine()]
    assert driver.wait(2 + 7 * 0.19 - 0.01) == []
    assert isinstance(orders(driver.wait(0.02))[0], Dial)
    driver.tell(FarRinging())
    assert orders(driver.tell(FarAnswered())) == [HoldFar()]
    assert not driver.dcd
    driver.tell(FarSent(b"login: "))
    assert said(driver.wait(4.9)) == b""
    assert said(driver.wait(0.2)).startswith(b"\r\nCONNECT")
    assert driver.dcd
    late = driver.wait(0.3)
    assert ReleaseFar() in late
    assert said(late) == b"login: "


def test_pulses_take_longer_than_tones():
    driver = ModemDriver(REAL)
    driver.type(b"ATDP555\r")
    driver.wait(4.3)
    assert not [thing for _, thing in driver.log if isinstance(thing, Dial)]
    driver.wait(0.2)
    assert [thing for _, thing in driver.log if isinstance(thing, Dial)]


def test_a_call_given_up_or_lost_in_training_is_hung_up():
    for ending in ("key", "loss"):
        driver = ModemDriver(REAL)
        driver.type(b"ATDT1\r")
        driver.wait(3)
        driver.tell(FarAnswered())
        driver.wait(1)
        actions = driver.tell_bytes(b" ") if ending == "key" else driver.tell(CarrierLost())
        assert HangUp() in actions
        assert said(actions) == b"\r\nNO CARRIER\r\n"
        assert driver.wait(20) == []
        assert driver.state is State.IDLE


def test_a_hook_flash_takes_s29():
    driver = ModemDriver()
    driver.type(b"ATS29=100DT9!5\r")
    driver.wait(0.9)
    assert not [thing for _, thing in driver.log if isinstance(thing, Dial)]
    driver.wait(0.2)
    assert [thing.string.number for _, thing in driver.log if isinstance(thing, Dial)] == ["95"]


@pytest.mark.parametrize("level", range(5))
def test_w_insists_on_dial_tone_and_at_on_an_answer_whatever_x_says(level: int):
    driver = ModemDriver()
    driver.type(f"ATE0X{level}DTW5\r".encode())
    assert said(driver.tell(NoDialTone())) == b"\r\nNO DIALTONE\r\n"
    driver.type(f"ATX{level}DT5@\r".encode())
    assert said(driver.tell(FarNoAnswer())) == b"\r\nNO ANSWER\r\n"
    driver.type(b"ATS7=5DT5@\r")
    assert said(driver.wait(5.1)) == b"\r\nNO ANSWER\r\n"
    driver.type(b"ATDT5\r")
    expected = b"NO DIALTONE" if level in (2, 4) else b"NO CARRIER"
    assert said(driver.tell(NoDialTone())) == b"\r\n" + expected + b"\r\n"


def test_r_takes_the_answerers_part_so_that_q2_says_nothing_of_the_call():
    driver = ModemDriver()
    driver.type(b"ATE0Q2DT5R\r")
    assert said(driver.tell(FarAnswered())) == b""
    assert driver.state is State.ONLINE


def test_s86_tells_how_the_last_call_ended():
    driver = ModemDriver()
    driver.type(b"ATDT5\r")
    driver.tell(FarNoAnswer())
    assert driver.command("S86?").startswith("004")
    driver.type(b"ATDT5\r")
    driver.tell(FarAnswered())
    driver.wait(1)
    driver.tell(CarrierLost())
    assert driver.command("S86?").startswith("012")
    assert driver.command("&FS86?").startswith("012")
    assert "lasted 1 s" in driver.command("&V1")
