"""What a modem says after a command and of its own accord: result codes, as data (V.250 5.7.1).

Each X level allows some codes; one that it does not allow is not left out but degraded to
the code beside it in `ALLOWED`.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class ResultCode(Enum):
    """The codes that do not depend on a rate; the value is the number of all makers that have the code."""

    OK = 0
    CONNECT = 1
    RING = 2
    NO_CARRIER = 3
    ERROR = 4
    NO_DIALTONE = 6
    BUSY = 7
    NO_ANSWER = 8
    RINGING = 11
    BLACKLISTED = 32

    @property
    def words(self) -> str:
        """As sent with V1, where the personality spells it no other way."""
        return self.name.replace("_", " ")


ALLOWED: Mapping[ResultCode, tuple[frozenset[int], ResultCode]] = MappingProxyType(
    {
        ResultCode.NO_DIALTONE: (frozenset({2, 4, 5, 6, 7}), ResultCode.NO_CARRIER),
        ResultCode.BUSY: (frozenset({3, 4, 5, 6, 7}), ResultCode.NO_CARRIER),
        ResultCode.NO_ANSWER: (frozenset({3, 4, 5, 6, 7}), ResultCode.NO_CARRIER),
    }
)
"""X levels at which a code is sent, and what is sent at the others. Codes not named are sent at all."""


def degraded(code: ResultCode, level: int) -> ResultCode:
    """What is sent for `code` at X`level`."""
    levels, instead = ALLOWED.get(code, (None, code))
    return code if levels is None or level in levels else instead
