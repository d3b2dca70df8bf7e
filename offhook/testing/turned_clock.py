"""A clock for tests, turned by waiting: a minute of waiting for carrier takes no time.

Theory: time stands still while a program computes, and goes on only when everybody waits: a read of a line, `sleep` of
this clock, or a coroutine under `run`. Then it jumps to the next moment at which something happens. The lines, the
modems and the far ends of a test live in one event loop whose time this is, and which runs while somebody
waits; so with one thread every test takes the same course each time.

Threads: time goes on when all threads that were started since the clock was made wait in it. One that computes is
waited for, however long it takes to be given the processor. One that sleeps for something else (a lock, a queue, the
end of a thread) is not, from when it was seen to do so (`thread_watch`) until it wakes.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any, TypeVar

from offhook.testing.thread_watch import GRACE, MOST_WATCHES, ThreadWatch
from offhook.testing.turned_loop import TurnedLoop

STANDSTILL = 2.0
"""Seconds, real ones, after which a wait that nothing can end is given up."""
LONGEST_SLEEP = 10.0
"""The same while a thread sleeps for something else: it may wake, and end the wait."""
LOOK = 0.001
"""Seconds, turned ones, that a look at a line takes which finds nothing: a program that only looks gets on too."""

Result = TypeVar("Result")


class TurnedClock:
    """Seconds that pass by being waited for. Use it from `with`, or `close` it."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._began = time.time() - self._now
        self._loop = TurnedLoop(self)
        self._lock = threading.Condition()
        self._threads = ThreadWatch(set(threading.enumerate()) - {threading.current_thread()})
        self._asleep: dict[threading.Thread, tuple[float | None, int | None]] = {}
        self._turner: threading.Thread | None = None
        self._wanted = 0
        self._stirs = 0
        self._closed = False
        self._turned: list[tuple[dict[str, Any], str, object]] = []

    def __enter__(self) -> "TurnedClock":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give modules their own time back, end the threads that still wait, and the event loop; idempotent."""
        for names, name, value in reversed(self._turned):
            names[name] = value
        self._turned.clear()
        self._send_sleepers_away()
        if not self._loop.is_closed():
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    # For the program under test.

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        self._threads.uses_the_clock(threading.current_thread())
        return self._now

    def time(self) -> float:
        """As `time.time`: real when the clock was made."""
        return self._began + self.monotonic()

    def sleep(self, seconds: float) -> None:
        """As `time.sleep`."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self._sleep_until(self._now + seconds, None)

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """As `asyncio.run`, but on the loop of this clock, where `asyncio.sleep` and timeouts take no time."""
        me = threading.current_thread()
        with self._lock:
            self._wanted += 1
            self._asleep[me] = (None, None)
            try:
                while self._turner is not None and self._turner is not me:
                    self._loop.call_soon_threadsafe(self._stop_for_sleeper)
                    self._lock.wait(GRACE)
            finally:
                self._wanted -= 1
                del self._asleep[me]
            self._turner = me
        try:
            return self._loop.run_until_complete(coroutine)
        finally:
            with self._lock:
                self._turner = None
                self._lock.notify_all()

    def turn(self, *modules: ModuleType) -> None:
        """Have the time of these modules be this one until `close`.

        What a module has imported of `time` is exchanged, and `time` itself where it has that; to name the module
        `time` turns it for everybody who looks it up there.
        """
        exchanged: dict[Callable[..., Any], Callable[..., Any]] = {
            time.time: self.time,
            time.monotonic: self.monotonic,
            time.perf_counter: self.monotonic,
            time.sleep: self.sleep,
            time.time_ns: lambda: int(self.time() * 1e9),
            time.monotonic_ns: lambda: int(self.monotonic() * 1e9),
        }
        turned = _TurnedTime({each.__name__: other for each, other in exchanged.items()})
        for module in modules:
            names = vars(module)
            for name, value in list(names.items()):
                other = turned if value is time else exchanged.get(value) if callable(value) else None
                if other is not None:
                    self._turned.append((names, name, value))
                    names[name] = other

    # For the lines: a `LineClock`.

    def now(self) -> float:
        """The time."""
        return self._now

    def wait(self, changed: threading.Condition, until: float | None) -> None:
        """As in `LineClock`."""
        stirs = self._stirs
        changed.release()
        try:
            self._sleep_until(until, stirs)
        finally:
            changed.acquire()

    def stir(self) -> None:
        """Whoever waits for a line looks again."""
        with self._lock:
            self._stirs += 1
            self._lock.notify_all()
            turner = self._turner
        if turner is threading.current_thread():
            if turner in self._asleep:
                self._loop.stop()
        elif turner is not None:
            self._loop.call_soon_threadsafe(self._stop_for_sleeper)

    def looked(self) -> None:
        """A look takes a moment."""
        if not _in_a_loop():
            self._sleep_until(self._now + LOOK, None)

    # For the bench: a `Stage`.

    @property
    def clock(self) -> "TurnedClock":
        """Itself."""
        return self

    def call(self, what: Callable[[], Result]) -> Result:
        """`what` in the event loop."""

        async def in_the_loop() -> Result:
            return what()

        return what() if _in_a_loop() else self.run(in_the_loop())

    # Turning.

    def _sleep_until(self, until: float | None, stirs: int | None) -> None:
        """Wait until it is `until`, or for any change on a line after `stirs`, if that is given."""
        if _in_a_loop():
            raise RuntimeError("this waits, and would stop the event loop: await, or run it in a thread")
        me = threading.current_thread()
        self._threads.uses_the_clock(me)
        if until is not None and not self._threads.others(me) and self._loop.nothing_before(until):
            self._now = max(self._now, until)
            return
        with self._lock:
            self._asleep[me] = (until, stirs)
            self._lock.notify_all()
            try:
                while self._sleeps(me):
                    if self._closed:
                        raise RuntimeError("the clock was closed while this waited")
                    if self._turner is not None or self._wanted:
                        self._lock.wait(GRACE)
                    else:
                        self._turn(me)
            finally:
                del self._asleep[me]

    def _sleeps(self, thread: threading.Thread) -> bool:
        if thread not in self._asleep:
            return False
        until, stirs = self._asleep[thread]
        return (until is None or self._now < until) and (stirs is None or stirs == self._stirs)

    def _turn(self, me: threading.Thread) -> None:
        self._turner = me
        self._lock.release()
        try:
            self._loop.run_forever()
        finally:
            self._lock.acquire()
            self._turner = None
            self._lock.notify_all()

    def _stop_for_sleeper(self) -> None:
        if self._turner in self._asleep:
            self._loop.stop()

    def _send_sleepers_away(self) -> None:
        """End all waits, and let the threads end that this wakes: what they say belongs to the test that began them."""
        me = threading.current_thread()
        with self._lock:
            self._closed = True
            self._lock.notify_all()
            for _ in range(MOST_WATCHES):
                if self._turner is not None and not self._loop.is_closed():
                    self._loop.call_soon_threadsafe(self._loop.stop)
                elif not self._threads.busy(self._threads.others(me)):
                    break
                self._threads.watch(self._threads.others(me), self._lock.wait)

    def pass_time(self, seconds: float | None) -> float | None:
        """As in `PassingTime`."""
        with self._lock:
            me = threading.current_thread()
            awake = {each for each in self._threads.others(me) if not self._sleeps(each)}
            if self._threads.busy(awake):
                self._threads.watch(awake, self._lock.wait)
                return None
            limits = [] if seconds is None else [self._now + seconds]
            limits += [until for until, _ in self._asleep.values() if until is not None]
            if not limits:
                return LONGEST_SLEEP if awake else STANDSTILL
            self._now = max(self._now, min(limits))
            self._lock.notify_all()
            if me in self._asleep and not self._sleeps(me):
                self._loop.stop()
            return None


class _TurnedTime(ModuleType):
    """The module `time` as a module sees it whose time is turned."""

    def __init__(self, exchanged: dict[str, object]) -> None:
        super().__init__("time")
        vars(self).update({name: value for name, value in vars(time).items() if not name.startswith("__")})
        vars(self).update(exchanged)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
