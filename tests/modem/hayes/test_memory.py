from offhook.modem.hayes import KeepNumber, KeepProfiles, NumberStored, Profile, Settings, Stored
from tests.support.modem_driver import ModemDriver


def test_a_stored_profile_is_kept_and_the_next_modem_starts_with_it():
    driver = ModemDriver()
    driver.command("S7=33E0V0")
    driver.type(b"AT&W1\r")
    driver.type(b"AT&Y1\r")
    assert [thing for _, thing in driver.log if isinstance(thing, KeepProfiles)] == [KeepProfiles()] * 2
    stored = driver.modem.stored
    again = ModemDriver(Settings(stored=stored))
    assert again.type(b"ATS7?\r") == b"033\r\n0\r"
    assert again.type(b"AT&FS7?\r") == b"\r\n050\r\n\r\nOK\r\n"
    assert again.modem.stored == stored


def test_what_another_does_with_the_stored_afterwards_does_not_change_the_modem():
    profile = Profile()
    driver = ModemDriver(Settings(stored=Stored({0: profile})))
    profile.registers[7] = 1
    assert driver.command("S7?").startswith("050")
    driver.modem.stored.profiles[0].registers[7] = 2
    driver.command("Z")
    assert driver.command("S7?").startswith("050")


def test_a_number_is_kept_told_and_forgotten():
    driver = ModemDriver()
    assert driver.command("&Z3=Tbbs.example.com:23") == "OK"
    assert driver.command("&Z3?") == "Tbbs.example.com:23\r\n\r\nOK"
    assert driver.command('+ASTO=4,"T100"') == "OK"
    assert driver.command("+ASTO?") == '+ASTO: 3,"Tbbs.example.com:23"\r\n+ASTO: 4,"T100"\r\n\r\nOK'
    assert driver.command("&Z3=") == "OK"
    assert driver.command("DS=3") == "ERROR"
    kept = [thing for _, thing in driver.log if isinstance(thing, KeepNumber)]
    assert kept == [KeepNumber(3, "Tbbs.example.com:23"), KeepNumber(4, "T100"), KeepNumber(3, "")]


def test_a_number_stored_elsewhere_is_known_here():
    driver = ModemDriver()
    driver.tell(NumberStored(2, "T5"))
    assert "2=T5" in driver.command("&V").split("\r\n")
    driver.tell(NumberStored(2, ""))
    assert driver.command("DS2") == "ERROR"


def test_the_stored_profiles_and_numbers_are_shown_on_a_page_of_their_own():
    driver = ModemDriver(Settings(stored=Stored(power_up=1, numbers={0: "5"})))
    page = driver.command("I5").split("\r\n")
    assert "STORED PROFILE 1: (&Y)" in page
    assert "0=5" in page
    assert "ACTIVE PROFILE:" not in page
