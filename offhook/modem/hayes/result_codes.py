"""What a modem says after a command and of its own accord: result codes, as data (V.250 5.7.1).

Each X level allows some codes; one that it does not allow is not left out but degraded to
the code beside it in `ALLOWED`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class ResultCode(Enum):
    """The codes that do not depend on a rate; the value is the number all makers agree on."""

    OK = 0
    CONNECT = 1
    RING = 2
    NO_CARRIER = 3
    ERROR = 4
    NO_DIALTONE = 6
    BUSY = 7
    NO_ANSWER = 8

    @property
    def words(self) -> str:
        """As sent with V1."""
        return self.name.replace("_", " ")


ALLOWED: Mapping[ResultCode, tuple[frozenset[int], ResultCode]] = MappingProxyType(
    {
        ResultCode.NO_DIALTONE: (frozenset({2, 4, 5, 6, 7}), ResultCode.NO_CARRIER),
        ResultCode.BUSY: (frozenset({3, 4, 5, 6, 7}), ResultCode.NO_CARRIER),
        ResultCode.NO_ANSWER: (frozenset({3, 4, 5, 6, 7}), ResultCode.NO_CARRIER),
    }
)
"""X levels at which a code is sent, and what is sent at the others. Codes not named are sent at all."""


@dataclass(frozen=True, slots=True)
class Family:
    """The numbers a maker gives to CONNECT at each rate (bit/s); a rate not named is told as 1."""

    name: str
    connect: Mapping[int, int]


HAYES = Family(
    "hayes",
    MappingProxyType(
        {
            300: 1,
            1200: 5,
            2400: 10,
            4800: 11,
            7200: 24,
            9600: 12,
            12000: 25,
            14400: 13,
            19200: 14,
            28800: 15,
            38400: 28,
            57600: 18,
            115200: 87,
        }
    ),
)


def degraded(code: ResultCode, level: int) -> ResultCode:
    """What is sent for `code` at X`level`."""
    levels, instead = ALLOWED.get(code, (None, code))
    return code if levels is None or level in levels else instead


def connect_words(rate: int, level: int) -> str:
    """CONNECT at `rate` bit/s as words; a bare CONNECT means 300, and any rate at X0."""
    return "CONNECT" if level == 0 or rate == 300 else f"CONNECT {rate}"


def connect_number(rate: int, level: int, family: Family) -> int:
    """CONNECT at `rate` bit/s as a number of `family`."""
    return 1 if level == 0 else family.connect.get(rate, 1)
