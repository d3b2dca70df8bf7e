"""Noise and loss, the same each time for the same seed, however the bytes are cut.

Errors are rare, so the distance to the next one is drawn and not each bit asked.
"""

from collections.abc import Callable
from math import log1p

Chance = Callable[[], float]
"""A number from 0 to 1 (1 excluded), another one each time."""


_FAR = 2.0**62


class _Distances:
    """How many pass before the next that is hit, each with the probability `rate`."""

    def __init__(self, rate: float, chance: Chance) -> None:
        self._rate = rate
        self._chance = chance
        self.left = self._draw()

    def _draw(self) -> int:
        if self._rate >= 1:
            return 0
        return int(min(log1p(-self._chance()) / log1p(-self._rate), _FAR))

    def positions(self, count: int) -> list[int]:
        """Which of the next `count` are hit."""
        hit: list[int] = []
        at = self.left
        while at < count:
            hit.append(at)
            at += 1 + self._draw()
        self.left = at - count
        return hit


class Impairments:
    """What a bad line does to one direction.

    `noise` is the bit error rate, `drop` the part of characters lost; each from 0 to 1. `noise_chance` and
    `drop_chance` are two streams of chance, so that the one does not change the other.
    """

    def __init__(self, noise: float, drop: float, noise_chance: Chance, drop_chance: Chance) -> None:
        self._noise = _Distances(noise, noise_chance) if noise > 0 else None
        self._drop = _Distances(drop, drop_chance) if drop > 0 else None

    def suffered(self, data: bytes) -> bytes:
        """What arrives of `data`."""
        if self._noise is None and self._drop is None:
            return data
        arriving = bytearray(data)
        if self._noise is not None:
            for bit in self._noise.positions(8 * len(data)):
                arriving[bit // 8] ^= 1 << bit % 8
        if self._drop is not None:
            for position in reversed(self._drop.positions(len(data))):
                del arriving[position]
        return bytes(arriving)
