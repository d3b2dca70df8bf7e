from typing import Any

import pytest

from offhook.modem.hayes import PERSONALITIES, CallerId, FarAnswered, Personality, RingBegan, Settings
from offhook.modem.hayes.connect_report import modulation
from offhook.modem.hayes.personality import HAYES, ROCKWELL
from tests.support.modem_driver import ModemDriver, said


def connected(line: str, rate: int = 14400, settings: Settings | None = None) -> list[str]:
    driver = ModemDriver(settings)
    driver.type(f"ATE0{line}DT1\r".encode())
    return said(driver.tell(FarAnswered(rate))).decode().split("\r\n")[1::2]


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("", ["CONNECT 115200"]),
        ("X0", ["CONNECT"]),
        ("+IPR=300;", ["CONNECT"]),
        ("+IPR=9600;", ["CONNECT 9600"]),
        ("W2", ["CONNECT 14400"]),
        ("W1", ["CARRIER 14400", "PROTOCOL: LAP-M", "COMPRESSION: NONE", "CONNECT 115200"]),
        ("W1\\N0", ["CARRIER 14400", "PROTOCOL: NONE", "COMPRESSION: NONE", "CONNECT 115200"]),
        ("S95=1", ["CONNECT 14400"]),
        ("S95=44W2", ["CARRIER 14400", "PROTOCOL: LAP-M", "COMPRESSION: NONE", "CONNECT 115200"]),
        ("\\V1", ["CONNECT 115200/LAP-M"]),
        ("\\V1&Q0", ["CONNECT 115200"]),
        ("+MR=1;", ["+MCR: V32B", "+MRR: 14400", "CONNECT 115200"]),
        ("+ER=1;+DR=1;", ["+ER: LAPM", "+DR: NONE", "CONNECT 115200"]),
        ("+ILRR=1;", ["+ILRR: 115200", "CONNECT 115200"]),
        ("Q1", []),
    ],
)
def test_connect_tells_what_is_asked_for(line: str, lines: list[str]):
    assert connected(line) == lines


def split(line: str, personality: Personality = HAYES, **settings: Any) -> list[str]:
    """What is told of a call over a line of 1200 bit/s towards the caller and 75 from it."""
    driver = ModemDriver(Settings(personality=personality, **settings))
    driver.type(f"ATE0{line}DT1\r".encode())
    told = said(driver.tell(FarAnswered(1200, 75))).decode()
    return [word for word in told.replace("\n", "\r").split("\r") if word]


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda each: each.name)
def test_both_rates_of_a_line_that_has_another_each_way_are_told_where_the_line_is(personality: Personality):
    assert split("+MR=1;W2", personality)[:2] == ["+MCR: V23C", "+MRR: 75,1200"]
    assert split("W1", personality)[0] == "CARRIER 75/1200"
    assert split("W0&A0", personality) == ["CONNECT 115200"]


def test_rockwell_has_a_connect_for_it_and_the_others_tell_the_faster_way():
    assert split("W2", ROCKWELL) == ["CONNECT 75TX/1200RX"]
    assert split("W2V0", ROCKWELL) == ["22"]
    assert split("W1V0", ROCKWELL)[0] == "45"
    assert split("", ROCKWELL, virtual_port=True) == ["CONNECT 75TX/1200RX"]
    assert split("+IPR=9600;", ROCKWELL, virtual_port=True) == ["CONNECT 9600"]
    assert split("X0", ROCKWELL, virtual_port=True) == ["CONNECT"]
    assert split("W2") == split("", virtual_port=True) == ["CONNECT 1200"]


def test_the_called_has_them_the_other_way_round_and_ati11_tells_them():
    driver = ModemDriver(Settings(personality=ROCKWELL))
    driver.command("W2S0=1")
    driver.tell(RingBegan(CallerId()))
    assert said(driver.tell(FarAnswered(75, 1200))) == b"\r\nCONNECT 1200TX/75RX\r\n"
    driver.wait(1.2)
    driver.type(b"+++")
    driver.wait(1.2)
    assert "Line rate 1200 sent, 75 received\r\nModulation V23C" in driver.command("I11")


def test_rates_stand_for_modulations():
    assert [modulation(rate) for rate in (300, 1200, 2400, 4800, 14400, 28800, 56000, 115200)] == [
        "V21",
        "V22",
        "V22B",
        "V32",
        "V32B",
        "V34",
        "V90",
        "V92",
    ]
