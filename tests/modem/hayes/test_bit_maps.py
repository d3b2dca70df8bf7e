"""S-registers that are bits of options."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.hayes import (
    BIT_MAPS,
    OPTIONS,
    PERSONALITIES,
    REGISTERS,
    Dial,
    DteRate,
    DteSent,
    FarBusy,
    Profile,
    Settings,
    Stored,
)
from offhook.modem.rs232 import Parity, with_parity
from tests.support.modem_driver import ModemDriver, said

MAPPED = sorted(BIT_MAPS)
BY_NAME = {option.name: option for option in OPTIONS}
VALUES = {name: option.values for name, option in BY_NAME.items()} | {"#CID": (0, 1, 2)}
CHOICES = st.sampled_from(
    [(each.option, value) for bit_map in BIT_MAPS.values() for each in bit_map.fields for value in VALUES[each.option]]
).filter(lambda choice: choice[0] not in ("E", "Q", "V"))


def read(driver: ModemDriver, number: int) -> int:
    return int(driver.command(f"S{number}?").split()[0])


def choose(driver: ModemDriver, name: str, value: int) -> None:
    equals = "=" if name[0] == "#" else ""
    assert driver.command(f"{name}{equals}{value}") == "OK"


def shown(driver: ModemDriver) -> list[str]:
    return driver.command("&V").split("STORED")[0].split()


@pytest.mark.parametrize(
    ("line", "register", "value"),
    [
        ("&C1&D2", 21, 0b0011_0100),
        ("&C0&D3&S1Y1", 21, 0b1101_1100),
        ("&S2", 21, 0b0111_0100),
        ("L0M0X0", 22, 0),
        ("L3M2X1", 22, 0b0100_1011),
        ("X6", 22, 0b0111_0110),
        ("&G2&T5", 23, 0b1011_1110),
        ("&Q0&L1B0", 27, 0b0000_0100),
        ("&Q5B16", 27, 0b0100_1001),
        ("&P3", 28, 0b0001_1000),
        ("W2N0#CID=2", 31, 0b1110_1000),
        ("\\V2", 31, 0b1100_0011),
        ("&K4", 39, 4),
        ("\\K2\\A3", 40, 0b1101_0000),
        ("%C0%E1\\G1", 41, 0b1000_1100),
    ],
)
def test_a_register_has_the_bits_of_its_options(line: str, register: int, value: int):
    driver = ModemDriver()
    assert driver.command(line) == "OK"
    assert read(driver, register) == value


@pytest.mark.parametrize("number", MAPPED, ids=lambda number: f"S{number}")
def test_after_f_each_register_is_what_the_table_of_registers_says(number: int):
    factory = next(register.factory for register in REGISTERS if register.number == number)
    assert read(ModemDriver(), number) == factory


def test_s14_tells_of_echo_results_and_pulses_and_who_calls():
    driver = ModemDriver()
    driver.type(b"ATE0V0Q2\r")
    assert driver.type(b"ATS14?\r") == b"132\r\n0\r", "it calls, and Q2 is not Q0"
    assert driver.type(b"ATPS14?\r") == b"164\r\n0\r"
    assert driver.type(b"ATTS14?\r") == b"132\r\n0\r"
    driver.type(b"ATA\r")
    driver.wait(60)
    assert driver.type(b"ATS14?\r") == b"004\r\n0\r"
    driver.type(b"ATD1\r")
    driver.tell(FarBusy())
    assert driver.type(b"ATS14?\r") == b"132\r\n0\r"


def test_s14_cannot_take_the_results_away():
    driver = ModemDriver()
    assert driver.command("S14=0") == "OK", "programs for modems of U.S. Robotics send it"
    assert driver.command("S14=4") == "OK"
    assert driver.type(b"AT\r") == b"AT\r\r\nOK\r\n"


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("S21=36", ["&C1", "&D0", "&S0", "&R1"]),
        ("S21=255", ["&C1", "&D3", "&S1", "&J1", "Y1"]),
        ("S22=0", ["L0", "M0", "X0"]),
        ("S22=117", ["L1", "M1", "X4"]),
        ("S27=4", ["&Q0", "&L1", "B0"]),
        ("S28=8", ["&P1"]),
        ("S31=34", ["#CID=2", "N1", "W0"]),
        ("S39=0", ["&K0"]),
        ("S40=0", ["\\K0", "\\A0"]),
        ("S41=0", ["%C0", "%E0", "\\G0"]),
        ("S23=128", ["&G2", "&T5"]),
    ],
)
def test_a_write_sets_the_options(line: str, options: list[str]):
    driver = ModemDriver()
    assert driver.command(line) == "OK"
    assert set(options) <= set(shown(driver))


@pytest.mark.parametrize("line", ["S39=7", "S40=48", "S27=11", "S27=48", "S31=12", "S31=48", "S23=192", "S22=16"])
def test_bits_that_no_option_has_are_refused_and_set_nothing(line: str):
    driver = ModemDriver()
    before = shown(driver)
    assert driver.command(line) == "ERROR"
    assert shown(driver) == before


@given(st.lists(CHOICES, max_size=8), st.sampled_from(MAPPED))
def test_writing_what_was_read_changes_nothing(choices: list[tuple[str, int]], number: int):
    driver = ModemDriver()
    for name, value in choices:
        choose(driver, name, value)
    before = shown(driver)
    assert driver.command(f"S{number}={read(driver, number)}") == "OK"
    assert shown(driver) == before


@given(st.sampled_from(MAPPED), st.integers(0, 255))
def test_what_was_written_is_read_again_but_for_what_the_modem_tells_itself(number: int, value: int):
    driver = ModemDriver()
    fixed = BIT_MAPS[number].told | sum(each.mask for each in BIT_MAPS[number].fields if not each.sets)
    before = read(driver, number)
    if driver.command(f"S{number}={value}") == "OK":
        assert read(driver, number) & ~fixed == value & ~fixed
    else:
        assert read(driver, number) == before


@given(CHOICES)
def test_what_a_register_is_set_to_brings_the_option_with_it_to_another_modem(choice: tuple[str, int]):
    driver, other = ModemDriver(), ModemDriver()
    choose(driver, *choice)
    for number in MAPPED:
        assert other.command(f"S{number}={read(driver, number)}") == "OK"
    assert [read(other, number) for number in MAPPED] == [read(driver, number) for number in MAPPED]


def test_fields_of_a_register_do_not_overlap_and_know_every_value_of_their_option():
    for bit_map in BIT_MAPS.values():
        masks = [bit_map.told, *(each.mask for each in bit_map.fields)]
        assert sum(masks) == bit_map.mask < 256
        for each in bit_map.fields:
            assert set(each.codes) == set(VALUES[each.option])
            assert all(each.held(value) & ~each.mask == 0 for value in each.codes)


@pytest.mark.parametrize(("rate", "code"), [(300, 0), (1200, 2), (9600, 5), (14400, 6), (38400, 7), (115200, 7)])
def test_s23_tells_the_rate_of_the_dte(rate: int, code: int):
    driver = ModemDriver()
    driver.tell(DteRate(rate))
    assert read(driver, 23) >> 1 & 7 == code


@pytest.mark.parametrize(("parity", "code"), [(Parity.EVEN, 0), (Parity.ODD, 2), (Parity.NONE, 3)])
def test_s23_tells_the_parity_of_the_dte(parity: Parity, code: int):
    driver = ModemDriver()
    sent = with_parity(b"ATE0S23?\r", parity)
    told = said(driver.tell(DteSent(sent))).removeprefix(sent)
    assert int(bytes(byte & 127 for byte in told).split()[0]) >> 4 & 3 == code


def test_registers_of_a_stored_profile_follow_its_options_and_come_back_with_it():
    driver = ModemDriver()
    driver.command("&D0&W1&F")
    assert read(driver, 21) == 52
    driver.command("Z1")
    assert read(driver, 21) == 36
    stored = driver.command("&V").split("STORED PROFILE 1")[1]
    assert "S21:036" in stored


def test_a_modem_of_u_s_robotics_has_xon_and_xoff_where_others_have_bits():
    usr = next(each for each in PERSONALITIES if each.name == "usr")
    driver = ModemDriver(Settings(personality=usr))
    assert [read(driver, number) for number in (21, 22, 23)] == [10, 17, 19]
    driver.command("&C0X0")
    assert read(driver, 21) == 10
    assert driver.command("S22=1") == "OK"
    assert read(driver, 22) == 1


def test_a_profile_stored_without_xon_and_xoff_has_those_of_the_maker():
    usr = next(each for each in PERSONALITIES if each.name == "usr")
    driver = ModemDriver(Settings(personality=usr, stored=Stored({0: Profile(), 1: Profile()})))
    assert [read(driver, number) for number in (21, 22, 23)] == [10, 17, 19]
    driver.command("S22=1&W1Z1")
    assert read(driver, 22) == 1


@pytest.mark.parametrize(
    ("ifc", "options", "told"),
    [
        ("1,1", {}, ("1,1", 4, 1)),
        ("2", {}, ("2,2", 3, 3)),
        ("2,2", {"&K": 6}, ("2,2", 6, 3)),
        ("1,1", {"&K": 0, "\\Q": 0}, ("1,1", 4, 1)),
        ("0,2", {"&K": 0, "\\Q": 2}, ("0,2", 0, 2)),
        ("2,2", {"&K": 1}, ("2,2", 1, 3)),
    ],
)
def test_a_stored_profile_whose_ways_to_say_flow_control_disagree_follows_ifc(
    ifc: str, options: dict[str, int], told: tuple[str, int, int]
):
    profile = Profile()
    profile.extended["+IFC"] = ifc
    profile.options.update(options)
    driver = ModemDriver(Settings(stored=Stored({0: profile})))
    flow, k, q = told
    assert {f"+IFC={flow}", f"&K{k}", f"\\Q{q}"} <= set(shown(driver))
    assert read(driver, 39) == k


def test_p_and_t_say_how_to_dial_where_the_string_does_not():
    driver = ModemDriver()

    def dialled(line: bytes) -> bool:
        driver.type(line)
        driver.tell(FarBusy())
        return next(thing.string.pulse for _, thing in reversed(driver.log) if isinstance(thing, Dial))

    assert not dialled(b"ATD1\r")
    assert dialled(b"ATPD1\r")
    assert dialled(b"ATD1\r")
    assert not dialled(b"ATDT1\r")
    assert dialled(b"ATD1\r")
    assert not dialled(b"ATTD1\r")
    assert dialled(b"ATDP1\r")
