"""What a caller of the tests hears, waited for."""

import re
import time
from collections.abc import Callable


def awaited(
    pattern: str, heard: Callable[[], str], start: int, hear: Callable[[float], bool], patience: float, where: str
) -> re.Match[str]:
    """Where `pattern` stands in what is `heard` from `start` on; `hear` takes more within so many seconds."""
    compiled = re.compile(pattern)
    deadline = time.monotonic() + patience
    while not (found := compiled.search(heard(), start)):
        left = deadline - time.monotonic()
        if left <= 0 or not hear(left):
            raise AssertionError(f"waited in vain for {pattern!r} {where}; heard {heard()[start:][-2000:]!r}")
    return found
