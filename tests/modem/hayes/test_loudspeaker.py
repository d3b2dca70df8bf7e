import pytest

from offhook.modem.hayes import FarAnswered, FarBusy, FarRinging, LetHear, Settings, State
from tests.support.modem_driver import ModemDriver

HEARD = Settings(realistic=True, loudspeaker=True, line_rate=2400)


def heard(driver: ModemDriver) -> list[str]:
    return [action.tone for _, action in driver.log if isinstance(action, LetHear)]


def called(*commands: str, settings: Settings = HEARD) -> ModemDriver:
    driver = ModemDriver(settings)
    for command in commands:
        driver.command(command)
    driver.type(b"ATDT5551234\r")
    driver.wait(10)
    driver.tell(FarRinging())
    driver.tell(FarRinging())
    driver.tell(FarAnswered())
    driver.wait(30)
    assert driver.state is State.ONLINE
    return driver


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("M0", []),
        ("M1", ["dial tone", "digits", "ringback", "answer tone", "training", "silence"]),
        ("M2", ["dial tone", "digits", "ringback", "answer tone", "training", "carrier"]),
        ("M3", ["ringback", "answer tone", "training", "silence"]),
    ],
)
def test_m_says_when_the_loudspeaker_is_on(command: str, told: list[str]):
    assert heard(called(command)) == told


def test_l_says_how_loud_and_the_digits_are_those_dialled():
    driver = called("L3M1S11=70")
    sounds = [action for _, action in driver.log if isinstance(action, LetHear)]
    assert {sound.volume for sound in sounds[:-1]} == {3}
    assert sounds[0] == LetHear("dial tone", 2.0, volume=3)
    assert sounds[1] == LetHear("digits", digits="5551234", each=0.07, volume=3, behind=True)


def test_the_sound_ends_with_the_call_and_a_call_given_up_is_not_heard_on():
    driver = called("M2")
    driver.wait(2)
    driver.type(b"+++")
    driver.wait(2)
    driver.command("H")
    assert heard(driver)[-2:] == ["carrier", "silence"]
    driver.type(b"ATDT1\r")
    driver.wait(1)
    driver.type(b"x")
    assert heard(driver)[-3:] == ["dial tone", "digits", "silence"]


def test_a_busy_number_is_heard():
    driver = ModemDriver(HEARD)
    driver.type(b"ATDT1\r")
    driver.wait(5)
    driver.tell(FarBusy())
    assert heard(driver)[-2:] == ["silence", "busy"]


@pytest.mark.parametrize("settings", [Settings(realistic=True), Settings(loudspeaker=True)])
def test_a_modem_without_a_loudspeaker_or_without_real_times_is_silent(settings: Settings):
    assert heard(called("M2", settings=settings)) == []
