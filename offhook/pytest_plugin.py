"""The pytest plugin: fixtures for those who test programs that talk to modems.

A test that asks for `turned_clock` has its lines in turned time, every other one in real time. Nothing of offhook
is imported before a test asks for a fixture.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from offhook.testing import Bench, DialledCall, Modem, NullModem, TestExchange, TurnedClock


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Behind a test that failed stands what its modems did."""
    report = yield
    bench = getattr(item, "funcargs", {}).get("line_bench")
    if bench is not None and report.failed and report.when == "call":
        report.sections += [("modem transcript", text) for text in bench.transcripts]
    return report


@pytest.fixture
def turned_clock() -> "Iterator[TurnedClock]":
    """A clock that is turned by waiting: `sleep`, `monotonic`, `time`, `run` for coroutines, `turn` for modules."""
    from offhook.testing import TurnedClock

    with TurnedClock() as clock:
        yield clock


@pytest.fixture
def line_bench(request: pytest.FixtureRequest) -> "Iterator[Bench]":
    """Makes cables, modems, exchanges and calls with settings of their own."""
    from offhook.testing import Bench, LoopThread

    turned = "turned_clock" in request.fixturenames
    bench = Bench(request.getfixturevalue("turned_clock") if turned else LoopThread())
    yield bench
    bench.close()


@pytest.fixture
def null_modem(line_bench: "Bench") -> "NullModem":
    """A null-modem cable: `a` and `b` are its URLs."""
    return line_bench.null_modem()


@pytest.fixture
def modem(line_bench: "Bench") -> "Modem":
    """A modem: `url` is what the program under test opens, `far` is whoever it calls or is called by."""
    return line_bench.modem()


@pytest.fixture
def tty_modem(line_bench: "Bench", tmp_path: Path) -> "Modem":
    """A modem on a tty, for programs of any kind: `url` is its path. In real time only."""
    return line_bench.tty_modem(tmp_path / "modem")


@pytest.fixture
def exchange(line_bench: "Bench") -> "TestExchange":
    """An exchange: `exchange.modem("101")` plugs a modem in, `exchange.far("102")` a far end that plays a script."""
    return line_bench.exchange()


@pytest.fixture
def dialled_call(line_bench: "Bench") -> "DialledCall":
    """A call that is up: `port` is the end of the program under test, `far` the other."""
    return line_bench.dialled_call()


@pytest.fixture
def flaky_line(line_bench: "Bench") -> "DialledCall":
    """A call that is up, at 2400 bit/s on a bad line: one bit in a thousand is wrong, one character in 500 lost."""
    return line_bench.dialled_call(rate=2400, noise=1e-3, drop=2e-3, seed=1)
