import asyncio
import hashlib
import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest
from serial import PortNotOpenError
from serial.serialutil import SerialBase

from offhook.testing import NullModem, Standstill, TurnedClock
from offhook.testing.thread_watch import GRACE


@pytest.fixture
def cable(turned_clock: TurnedClock) -> Iterator[NullModem]:
    cable = NullModem(turned_clock)
    yield cable
    cable.close()


def test_an_hour_of_sleep_takes_no_time(turned_clock: TurnedClock):
    wall, began = turned_clock.time(), turned_clock.monotonic()
    for _ in range(36_000):
        turned_clock.sleep(0.1)
    assert turned_clock.monotonic() - began == pytest.approx(3600)
    assert turned_clock.time() - wall == pytest.approx(3600)


def test_a_read_waits_for_its_timeout_and_not_longer_than_for_its_bytes(turned_clock: TurnedClock, cable: NullModem):
    a, b = cable.open_a(timeout=60), cable.open_b()
    began = turned_clock.monotonic()
    assert a.read(1) == b""
    assert turned_clock.monotonic() == began + 60
    b.write(b"x")
    assert a.read(1) == b"x"
    assert turned_clock.monotonic() == began + 60


def test_a_program_that_only_looks_gets_on(turned_clock: TurnedClock, cable: NullModem):
    a = cable.open_a()
    until = turned_clock.monotonic() + 1
    while turned_clock.monotonic() < until:
        assert a.in_waiting == 0


def test_coroutines_are_run_in_the_same_time(turned_clock: TurnedClock):
    async def story() -> list[str]:
        told: list[str] = []

        async def tell(seconds: float, what: str) -> None:
            await asyncio.sleep(seconds)
            told.append(what)

        await asyncio.gather(tell(600, "late"), tell(5, "early"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 60)
        return told

    began = turned_clock.monotonic()
    assert turned_clock.run(story()) == ["early", "late"]
    assert turned_clock.monotonic() == pytest.approx(began + 660)


def test_threads_wait_for_each_other(turned_clock: TurnedClock, cable: NullModem):
    a, b = cable.open_a(timeout=5), cable.open_b(timeout=1000)
    heard: list[float] = []

    def echo() -> None:
        for _ in range(20):
            character = b.read(1)
            turned_clock.sleep(2)
            b.write(character)

    with ThreadPoolExecutor() as pool:
        echoing = pool.submit(echo)
        for _ in range(20):
            began = turned_clock.monotonic()
            a.write(b"x")
            assert a.read(1) == b"x"
            heard.append(turned_clock.monotonic() - began)
        echoing.result(60)
    assert heard == pytest.approx([2] * 20)


def compute() -> None:
    """Keep a processor for longer than any sleep is looked at, and the interpreter free meanwhile."""
    spent = time.thread_time()
    while time.thread_time() < spent + 2 * GRACE:
        hashlib.pbkdf2_hmac("sha256", b"", b"", 10_000)


def test_a_thread_that_computes_is_waited_for_however_long_it_takes(turned_clock: TurnedClock):
    def work() -> float:
        compute()
        return turned_clock.monotonic()

    began = turned_clock.monotonic()
    with ThreadPoolExecutor() as pool:
        working = pool.submit(work)
        turned_clock.sleep(60)
        assert working.result(60) == began
    assert turned_clock.monotonic() == began + 60


def test_a_thread_that_is_busy_elsewhere_does_not_stop_the_time(turned_clock: TurnedClock):
    waiting: queue.Queue[None] = queue.Queue()

    def work() -> None:
        turned_clock.sleep(1)
        waiting.get(timeout=60)

    with ThreadPoolExecutor() as pool:
        working = pool.submit(work)
        turned_clock.sleep(60)
        waiting.put(None)
        working.result(60)


def test_a_thread_that_was_busy_elsewhere_is_waited_for_from_when_it_is_woken(turned_clock: TurnedClock):
    waiting: queue.Queue[bool] = queue.Queue()
    woken: list[float] = []

    def work() -> None:
        while waiting.get(timeout=60):
            compute()
            woken.append(turned_clock.monotonic())

    began = turned_clock.monotonic()
    with ThreadPoolExecutor() as pool:
        working = pool.submit(work)
        for _ in range(2):
            turned_clock.sleep(60)
            waiting.put(True)
        turned_clock.sleep(60)
        waiting.put(False)
        working.result(60)
    assert woken == pytest.approx([began + 60 * number for number in (1, 2)])


def test_a_coroutine_has_what_a_thread_computes_before_its_time_is_over(turned_clock: TurnedClock):
    async def story() -> None:
        for _ in range(2):
            await asyncio.wait_for(asyncio.to_thread(compute), 1)

    began = turned_clock.monotonic()
    turned_clock.run(story())
    assert turned_clock.monotonic() == began


def test_a_thread_that_looks_at_real_time_for_ever_is_not_waited_for(
    turned_clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("offhook.testing.thread_watch.MOST_WATCHES", 3)
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.001):
            pass

    with ThreadPoolExecutor() as pool:
        working = pool.submit(work)
        try:
            turned_clock.sleep(60)
        finally:
            over.set()
        working.result(60)


def test_threads_that_wait_have_ended_when_the_clock_is_closed():
    began = threading.Barrier(4)

    def sleep_for_ever(clock: TurnedClock) -> None:
        while True:
            clock.sleep(0.001)

    def work(clock: TurnedClock) -> None:
        began.wait(60)
        with pytest.raises(RuntimeError, match="closed"):
            sleep_for_ever(clock)

    with TurnedClock() as clock:
        threads = [threading.Thread(target=work, args=[clock]) for _ in range(3)]
        for thread in threads:
            thread.start()
        began.wait(60)
    assert not set(threads).intersection(threading.enumerate())


def test_a_thread_that_fails_with_the_line_has_ended_when_the_clock_is_closed():
    failures: list[Exception] = []

    def work(port: SerialBase) -> None:
        try:
            port.read(1)
        except PortNotOpenError as error:
            failures.append(error)

    with TurnedClock() as clock:
        cable = NullModem(clock)
        threading.Thread(target=work, args=[cable.open_a(timeout=1000)]).start()
        clock.sleep(1)
        cable.close()
    assert len(failures) == 1


def test_a_wait_that_nothing_can_end_is_an_error(turned_clock: TurnedClock, cable: NullModem):
    a = cable.open_a(timeout=None)
    with pytest.raises(Standstill, match="no timeout"):
        a.read(1)


def test_a_read_inside_the_event_loop_is_an_error_that_says_so(turned_clock: TurnedClock, cable: NullModem):
    a = cable.open_a()

    async def story() -> None:
        a.read(1)

    with pytest.raises(RuntimeError, match="event loop"):
        turned_clock.run(story())


def test_modules_get_the_turned_time_and_their_own_again():
    module = ModuleType("dialler")
    module.time, module.sleep, module.now = time, time.sleep, time.monotonic  # type: ignore[attr-defined]
    with TurnedClock() as clock:
        clock.turn(module)
        began = module.time.monotonic()
        module.sleep(30)
        module.time.sleep(30)
        assert module.now() - began == 60
        assert module.time.strftime is time.strftime
    assert module.time is time
    assert module.sleep is time.sleep
    assert module.now is time.monotonic


def test_the_module_time_itself_can_be_turned():
    sleep = time.sleep
    with TurnedClock() as clock:
        clock.turn(time)
        began = time.time()
        time.sleep(3600)
        assert time.time() - began == pytest.approx(3600)
    assert time.sleep is sleep


def test_a_clock_sleeps_no_less_than_nothing(turned_clock: TurnedClock):
    with pytest.raises(ValueError, match="non-negative"):
        turned_clock.sleep(-1)
