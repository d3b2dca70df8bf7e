"""What a piece of work costs, on a machine of any speed and whatever else it does.

Processor time of the thread, without the collection of other tests' garbage. A machine that is slower has more of it,
by as much as it takes longer for a yardstick; and what others do to its caches is over at the next try.
"""

import gc
import time
from collections.abc import Callable

YARDSTICK = 0.005
"""Seconds that `_yardstick` takes on the machine that the limits are for."""
TRIES = 5


def _yardstick() -> int:
    return sum(number * number % 7 for number in range(100_000))


def _cost(work: Callable[[], object]) -> float:
    collects = gc.isenabled()
    gc.disable()
    try:
        begun = time.thread_time()
        work()
        return time.thread_time() - begun
    finally:
        if collects:
            gc.enable()


def costs_at_most(seconds: float, work: Callable[[], object]) -> None:
    """Do it, and once more if it cost more than so much; raises `AssertionError` if it always does."""
    spent: list[float] = []
    for _ in range(TRIES):
        spent.append(_cost(work))
        if spent[-1] <= seconds or spent[-1] <= seconds * _cost(_yardstick) / YARDSTICK:
            return
    raise AssertionError(f"{seconds} seconds are its limit, and it took {spent}")
