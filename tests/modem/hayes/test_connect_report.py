import pytest

from offhook.modem.hayes import FarAnswered, Settings
from offhook.modem.hayes.connect_report import modulation
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
