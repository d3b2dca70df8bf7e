"""Work on letters in children that may use so much processor time and memory, and no more.

A child is forked from a process that has everything loaded, and does a batch. Each letter has its own processor time:
a timer of the kernel ends the child when that is used up, whatever code is running, and a child that asks for too much
memory, or crashes, has only itself to lose. The letter it was at gets no answer; another child does those that follow.
"""

import ctypes
import gc
import os
import resource
import select
import signal
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LENGTH = struct.Struct(">i")
_NO_ANSWER = -1
_CHUNK = 1 << 20
_SET_NO_NEW_PRIVS = 38
"""prctl(2): PR_SET_NO_NEW_PRIVS."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Processor seconds for one letter; octets of memory over what the process has; seconds for a whole batch."""

    cpu: float = 0.1
    memory: int = 50_000_000
    batch: float = 60.0
    answer: int = 16_000_000


def in_children(count: int, work: Callable[[int], bytes], limits: Limits | None = None) -> list[bytes | None]:
    """The answers to letters 0 to `count` - 1; None for one that went over a limit.

    The calling process must have no threads.
    """
    limits = limits or Limits()
    answers: list[bytes | None] = []
    while len(answers) < count:
        answers += _one_child(len(answers), count, work, limits)
        if len(answers) < count:
            answers.append(None)
    return answers


def _one_child(first: int, count: int, work: Callable[[int], bytes], limits: Limits) -> list[bytes | None]:
    """The answers a child gives before it ends."""
    reading, writing = os.pipe()
    gc.freeze()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.close(reading)
            _confine(limits)
            _do(first, count, work, writing, limits)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    try:
        data = _all_of(reading, time.monotonic() + limits.batch, limits.answer)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return _answers(data)


def _do(first: int, count: int, work: Callable[[int], bytes], writing: int, limits: Limits) -> None:
    for number in range(first, count):
        signal.setitimer(signal.ITIMER_PROF, limits.cpu)
        try:
            answer = work(number)
        except Exception:  # noqa: BLE001 - MemoryError and all others are one thing here: there is no answer
            data = _LENGTH.pack(_NO_ANSWER)
        else:
            data = _LENGTH.pack(len(answer)) + answer
        signal.setitimer(signal.ITIMER_PROF, 0)
        _write_all(writing, data)


def _write_all(writing: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(writing, view) :]


def _confine(limits: Limits) -> None:
    """Give up what reading letters does not need."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with suppress(OSError, ValueError):
        most = _address_space() + limits.memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _address_space() -> int:
    """Octets of address space that this process has (proc(5))."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def _all_of(reading: int, until: float, most: int) -> bytes:
    data = bytearray()
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    while len(data) <= most and poll.poll(max(0.0, until - time.monotonic()) * 1000):
        chunk = os.read(reading, _CHUNK)
        if not chunk:
            break
        data += chunk
    return bytes(data)


def _answers(data: bytes) -> list[bytes | None]:
    """The answers that are whole."""
    found: list[bytes | None] = []
    at = 0
    while at + _LENGTH.size <= len(data):
        length = _LENGTH.unpack_from(data, at)[0]
        at += _LENGTH.size
        if length == _NO_ANSWER:
            found.append(None)
            continue
        if at + length > len(data):
            break
        found.append(data[at : at + length])
        at += length
    return found
