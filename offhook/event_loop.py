"""The event loop of a host with many lines: asyncio's, in which a descriptor costs no more than in a bare epoll loop.

What is heard by `add_reader` and `add_writer`, as ports and wires are, is called from where the kernel is asked, and
the kernel is asked again, until asyncio itself has something to do: a task, a timer, a descriptor of its own. By way
of asyncio a piece of bulk towards a tty costs half as much again.

A thousand lines at the rate of a modem wake a loop at every chunk, and then asking the kernel what has happened costs
a quarter of all the processor time. A pause of half a millisecond before asking lets several
chunks come together. It is made only while many different lines have something, one after the other, without a rest; a
few lines, in bulk or with a person typing, are served at once.
"""

import asyncio
import math
import select
import selectors
import time
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Protocol, TypeVarTuple, Unpack

PAUSE = 0.0005
"""Seconds to gather."""
SAMPLE = 64
"""Events in a row that are looked at together."""
MANY = 40
"""Different descriptors among them that are many lines."""
BUSY = 0.05
"""Seconds in which they came, at most."""

_AT_ONCE = 1024
_READ = select.EPOLLIN
_WRITE = select.EPOLLOUT

Callback = Callable[[], object]
_Ts = TypeVarTuple("_Ts")


class _HasFileno(Protocol):
    def fileno(self) -> int: ...


def _descriptor(of: "int | _HasFileno") -> int:
    return of if isinstance(of, int) else of.fileno()


class HostSelector(selectors.EpollSelector):
    """Calls who hears a descriptor while it asks the kernel; returns when one of those registered with it is ready.

    It returns, with nothing, when it was `stirred` by one of the calls, and when the time is over. What is given to
    `later` is to be called when what the loop has to do already has been done. A callback that raises is told to
    `failed`. While many lines are busy it makes a pause before it asks.
    """

    def __init__(
        self,
        failed: Callable[[BaseException, Callback], None],
        later: Callable[[Callback], object],
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.stirred = False
        """Whether a task or a timer has come that the loop has to see to before it waits again."""
        self._failed = failed
        self._later = later
        self._pause = pause
        self._clock = clock
        self._readers: dict[int, Callback] = {}
        self._writers: dict[int, Callback] = {}
        self._heard: dict[int, int] = {}  # the mask of each
        self._new: set[int] = set()  # heard since the kernel was asked: what it said of the number was about another
        self._all = select.epoll()
        self._own = self.fileno()
        self._all.register(self._own, _READ)
        self._sample: list[int] = []
        self._began = 0.0
        self._many = False

    def hear(self, descriptor: int, *, reader: Callback | None = None, writer: Callback | None = None) -> None:
        """Call `reader` when there is something to read, `writer` when there is room; each takes another's place."""
        if reader is not None:
            self._readers[descriptor] = reader
        if writer is not None:
            self._writers[descriptor] = writer
        self._set(descriptor)

    def hear_no_more(self, descriptor: int, *, reader: bool = False, writer: bool = False) -> bool:
        """Whether there was one."""
        was = (reader and self._readers.pop(descriptor, None) is not None) or (
            writer and self._writers.pop(descriptor, None) is not None
        )
        self._set(descriptor)
        return was

    def _set(self, descriptor: int) -> None:
        mask = _READ * (descriptor in self._readers) | _WRITE * (descriptor in self._writers)
        before = self._heard.get(descriptor, 0)
        if mask == before:
            return
        try:
            if not mask:
                del self._heard[descriptor]
                self._all.unregister(descriptor)
                return
            try:
                (self._all.modify if before else self._all.register)(descriptor, mask)
            except FileNotFoundError:  # it was closed while it was heard, and is another's now
                self._all.register(descriptor, mask)
            self._heard[descriptor] = mask
            if not before:
                self._new.add(descriptor)
        except (OSError, ValueError):
            self._readers.pop(descriptor, None)
            self._writers.pop(descriptor, None)
            if mask:
                self._heard.pop(descriptor, None)
                raise

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As `selectors.BaseSelector.select`; may also return early with nothing."""
        if timeout is not None and timeout <= 0:
            return self._look()
        until = math.inf if timeout is None else self._clock() + timeout
        self.stirred = False
        while True:
            if self._many and (timeout is None or timeout > PAUSE):
                self._pause(PAUSE)
            # Rounded up, as epoll counts milliseconds: a timer is due when the loop comes back.
            self._new.clear()
            ready = self._all.poll(timeout and math.ceil(timeout * 1e3) * 1e-3, _AT_ONCE)
            if self._call(ready):
                return super().select(0)
            if not ready or self.stirred:
                return []
            if timeout is not None:
                timeout = until - self._clock()
                if timeout <= 0:
                    return []

    def _look(self) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now, while the loop has something to do: who hears it is called when that has been done."""
        self._new.clear()
        ready = self._all.poll(0, _AT_ONCE)
        if not ready:
            return []
        if len(ready) > 1 or ready[0][0] != self._own:
            self._later(lambda: self._call(ready))
        return super().select(0)

    def _call(self, ready: list[tuple[int, int]]) -> bool:
        """Call those who hear what is ready; whether one of the loop's own descriptors is."""
        readers, writers, new, others = self._readers, self._writers, self._new, False
        for descriptor, mask in ready:
            if descriptor == self._own:
                others = True
                continue
            # Whoever was called before may have put an end to this one, and given its number to another.
            if mask & ~_WRITE and (callback := readers.get(descriptor)) is not None and descriptor not in new:
                self._try(callback)
            if mask & ~_READ and (callback := writers.get(descriptor)) is not None and descriptor not in new:
                self._try(callback)
        sample = self._sample
        sample += [descriptor for descriptor, _ in ready]
        if len(sample) >= SAMPLE:
            now = self._clock()
            self._many = now - self._began <= BUSY and len(set(sample)) >= MANY
            self._began = now
            sample.clear()
        return others

    def _try(self, callback: Callback) -> None:
        try:
            callback()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - as in asyncio, one that fails must not stop the others
            self._failed(error, callback)

    def close(self) -> None:
        """Give the kernel's tables back."""
        self._readers.clear()
        self._writers.clear()
        self._all.close()
        super().close()


class HostLoop(asyncio.SelectorEventLoop):
    """asyncio's loop on a `HostSelector`. Readers and writers are called in the context of whoever runs the loop."""

    def __init__(self) -> None:
        self.selector = HostSelector(self._callback_failed, self.call_soon)
        super().__init__(self.selector)

    def add_reader(self, fd: "int | _HasFileno", callback: Callable[[Unpack[_Ts]], object], *args: *_Ts) -> None:
        """As `asyncio.loop.add_reader`."""
        self._check_open()
        self.selector.hear(_descriptor(fd), reader=_bound(callback, args))

    def remove_reader(self, fd: "int | _HasFileno") -> bool:
        """As `asyncio.loop.remove_reader`; asyncio itself takes back by it what it has heard on its own way."""
        heard = not self.is_closed() and self.selector.hear_no_more(_descriptor(fd), reader=True)
        return heard or super().remove_reader(fd)

    def add_writer(self, fd: "int | _HasFileno", callback: Callable[[Unpack[_Ts]], object], *args: *_Ts) -> None:
        """As `asyncio.loop.add_writer`."""
        self._check_open()
        self.selector.hear(_descriptor(fd), writer=_bound(callback, args))

    def remove_writer(self, fd: "int | _HasFileno") -> bool:
        """As `asyncio.loop.remove_writer`; asyncio itself takes back by it what it has heard on its own way."""
        heard = not self.is_closed() and self.selector.hear_no_more(_descriptor(fd), writer=True)
        return heard or super().remove_writer(fd)

    def call_soon(
        self, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """As `asyncio.loop.call_soon`."""
        self.selector.stirred = True
        return super().call_soon(callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As `asyncio.loop.call_at`."""
        self.selector.stirred = True
        return super().call_at(when, callback, *args, context=context)

    def stop(self) -> None:
        """As `asyncio.loop.stop`."""
        self.selector.stirred = True
        super().stop()

    def _check_open(self) -> None:
        if self.is_closed():
            raise RuntimeError("Event loop is closed")

    def _callback_failed(self, error: BaseException, callback: Callback) -> None:
        self.call_exception_handler({"message": f"Exception in callback {callback!r}", "exception": error})


def _bound(callback: Callable[[Unpack[_Ts]], object], args: tuple[*_Ts]) -> Callback:
    return (lambda: callback(*args)) if args else callback


def run(main: Coroutine[Any, Any, None]) -> None:
    """As `asyncio.run`, on a `HostLoop`."""
    with asyncio.Runner(loop_factory=HostLoop) as runner:
        runner.run(main)
