"""Stretches of a line in which every character is lost, the same each time for the same stream of chance."""

from math import log1p

from offhook.virtual_lines.null_modem import Chance


class DropOuts:
    """`distance` is how many characters lie between two of them on the mean, `length` how many each loses."""

    def __init__(self, distance: float, length: int, chance: Chance) -> None:
        self._distance = distance
        self._length = max(1, length)
        self._chance = chance
        self._left = self._draw()
        self._losing = 0

    def _draw(self) -> int:
        return int(-log1p(-self._chance()) * self._distance)

    def suffered(self, data: bytes) -> bytes:
        """What arrives of `data`."""
        arriving: list[bytes] = []
        while data:
            if self._losing:
                lost = min(self._losing, len(data))
                self._losing -= lost
                data = data[lost:]
                if not self._losing:
                    self._left = self._draw()
                continue
            whole = min(self._left, len(data))
            arriving.append(data[:whole])
            data = data[whole:]
            self._left -= whole
            if not self._left:
                self._losing = self._length
        return b"".join(arriving)
