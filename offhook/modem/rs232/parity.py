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


class ParityFinder:
    """Finds the parity of a terminal that nobody asked for AT, by what its first characters have in common.

    Return alone tells even parity (or mark) from none (or odd); some letters more tell all. Characters that fit no
    parity are of eight bits.
    """

    def __init__(self, known: Parity | None = None) -> None:
        """`known`: there is nothing to find."""
        self._fitting = frozenset(Parity) if known is None else frozenset({known})
        self._heard = 0

    @property
    def found(self) -> bool:
        """Whether it will not change any longer."""
        return len(self._fitting) <= 1 or self._heard >= _ENOUGH

    @property
    def parity(self) -> Parity:
        """The likeliest that fits."""
        return next((each for each in Parity if each in self._fitting), Parity.NONE)

    def heard(self, data: bytes) -> None:
        """Take note of characters."""
        for byte in data[: 0 if self.found else _ENOUGH - self._heard]:
            fits = {Parity.MARK} if byte >> 7 else {Parity.NONE}
            fits.add(Parity.ODD if byte.bit_count() % 2 else Parity.EVEN)
            self._fitting &= fits
            self._heard += 1


_ENOUGH = 40
"""Characters after which the parity is taken to be known."""


def without_parity(data: bytes, parity: Parity) -> bytes:
    """What a DTE of that parity has typed, in seven bits; with none it stays as it is."""
    return data if parity is Parity.NONE else data.translate(_SEVEN_BITS)


_SEVEN_BITS = bytes(range(128)) * 2
