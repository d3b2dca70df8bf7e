"""Parity in the eighth bit, for lines whose port takes eight bits and no parity.

A DTE set to seven bits and a parity sends it in the top bit; `AT` tells which it is, since one of its letters has an
even number of bits and the other an odd one, in capitals as in small letters (V.250 5.2.3). Space parity cannot be
told from none, and need not be.
"""

from enum import Enum


class Parity(Enum):
    """What a DTE does with the eighth bit."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"
    MARK = "mark"


_EVEN = bytes(code | (code.bit_count() % 2) << 7 for code in range(128)) * 2
_TABLES = {
    Parity.EVEN: _EVEN,
    Parity.ODD: bytes(code ^ 0x80 for code in _EVEN),
    Parity.MARK: bytes(code | 0x80 for code in range(128)) * 2,
}


def parity_of(a: int, t: int) -> Parity:
    """The parity of a DTE whose A and T, or a and t, came as these bytes."""
    if a >> 7 == t >> 7:
        return Parity.MARK if a >> 7 else Parity.NONE
    return Parity.ODD if a.bit_count() % 2 else Parity.EVEN


def with_parity(data: bytes, parity: Parity) -> bytes:
    """Seven-bit text as a DTE of that parity wants it; with none it stays as it is."""
    table = _TABLES.get(parity)
    return data if table is None else data.translate(table)
