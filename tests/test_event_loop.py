import os
from collections.abc import Iterator

import pytest

from offhook.event_loop import BUSY, MANY, PAUSE, SAMPLE, GatheringSelector, run


class Bench:
    """A selector on `count` pipes that always have something, with a turned clock."""

    def __init__(self, count: int, step: float) -> None:
        self.now = 0.0
        self.step = step
        self.pauses: list[float] = []
        self.pipes = [os.pipe() for _ in range(count)]
        self.selector = GatheringSelector(self.pauses.append, self._clock)
        for reading, writing in self.pipes:
            os.write(writing, b"x")
            self.selector.register(reading, 1)

    def _clock(self) -> float:
        self.now += self.step
        return self.now

    def close(self) -> None:
        self.selector.close()
        for pipe in self.pipes:
            for fd in pipe:
                os.close(fd)


@pytest.fixture
def made() -> Iterator[list[Bench]]:
    benches: list[Bench] = []
    yield benches
    for bench in benches:
        bench.close()


@pytest.mark.parametrize(
    ("count", "step", "gathers"),
    [(MANY, BUSY / 2, True), (MANY - 1, BUSY / 2, False), (1, BUSY / 2, False), (MANY, BUSY * 2, False)],
)
def test_it_gathers_while_many_lines_are_busy_and_only_then(made: list[Bench], count: int, step: float, gathers: bool):
    bench = Bench(count, step)
    made.append(bench)
    seen: set[int] = set()
    for _ in range(3 * SAMPLE):
        seen |= {key.fd for key, _ in bench.selector.select(1)}
    assert seen == {reading for reading, _ in bench.pipes}, "nothing is lost by it"
    assert bool(bench.pauses) is gathers
    assert set(bench.pauses) <= {PAUSE}


def test_a_timer_that_is_due_is_not_kept_waiting(made: list[Bench]):
    bench = Bench(MANY, BUSY / 2)
    made.append(bench)
    for _ in range(3 * SAMPLE):
        bench.selector.select(PAUSE)
    assert bench.pauses == []


def test_a_host_runs_on_it():
    ran = []

    async def main() -> None:
        ran.append(True)

    run(main())
    assert ran == [True]
