"""How long a login has to wait after wrong passwords: it grows with each, and is forgotten in time.

A delay, never a lock: whoever knows the password gets in, however many others guess. Names and
origins (a line, an address) are counted apart, and the longer delay holds.
"""

from collections import OrderedDict

FREE_TRIES = 3
"""Wrong passwords that cost no wait."""
LONGEST_WAIT = 15.0
"""Seconds."""
FORGOTTEN_AFTER = 900.0
"""Seconds without a wrong password, after which the count begins anew."""
MOST_KEYS = 10_000


class Throttle:
    """Counts failures by key; time is given in seconds."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, keys: tuple[str, ...], now: float) -> float:
        """Seconds to wait before the next try is judged."""
        return max((self._wait(key, now) for key in keys), default=0.0)

    def _wait(self, key: str, now: float) -> float:
        count, last = self._failures.get(key, (0, now))
        if now - last >= FORGOTTEN_AFTER or count < FREE_TRIES:
            return 0.0
        return min(float(2 ** min(count - FREE_TRIES, 10)), LONGEST_WAIT)

    def failed(self, keys: tuple[str, ...], now: float) -> None:
        """Another wrong password."""
        for key in keys:
            count, last = self._failures.pop(key, (0, now))
            self._failures[key] = (1 if now - last >= FORGOTTEN_AFTER else min(count + 1, 1000), now)
        while len(self._failures) > MOST_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, keys: tuple[str, ...]) -> None:
        """The right password."""
        for key in keys:
            self._failures.pop(key, None)
