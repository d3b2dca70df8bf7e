"""Bulk: how fast one line moves bytes, each way, and what that costs the emulator."""

import os
import select
import time

from bench.lines import CHUNK, BenchError, Line
from bench.payload import BLOCK, BLOCK_SIZE, DOUBLED, Inspector
from bench.processes import cpu_seconds
from bench.subjects import Running

_STALLED = 3.0
_MEGA = 1e6


def up(emulator: Running, seconds: float, *, telnet: bool = False) -> tuple[float, float]:
    """From the terminal to the host: bytes a second, and processor seconds for a megabyte."""
    (line,) = emulator.lines
    return _costed(emulator, line.tty, line.far, BLOCK, DOUBLED if telnet else BLOCK, seconds)


def down(emulator: Running, seconds: float, *, telnet: bool = False) -> tuple[float, float]:
    """From the host to the terminal: bytes a second, and processor seconds for a megabyte."""
    (line,) = emulator.lines
    return _costed(emulator, line.far, line.tty, DOUBLED if telnet else BLOCK, BLOCK, seconds)


def load(line: Line, *, upwards: bool, seconds: float) -> int:
    """Keep a line busy from a process of its own, which ends with 0 if nothing was lost; its number."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        source, drain = (line.tty, line.far) if upwards else (line.far, line.tty)
        move(source, drain, BLOCK, BLOCK, seconds)
        status = 0
    finally:
        os._exit(status)


def move(source: int, drain: int, sent: bytes, wanted: bytes, seconds: float) -> tuple[int, float]:
    """Write `sent` over and over for some time while `wanted` is read; blocks and seconds. Raises `BenchError`."""
    view = memoryview(sent)
    inspector = Inspector(wanted)
    blocks = at = 0
    sending = True
    with select.epoll() as poll:
        poll.register(source, select.EPOLLOUT)
        poll.register(drain, select.EPOLLIN)
        begun = last = time.perf_counter()
        while sending or inspector.count < blocks * len(wanted):
            for descriptor, _ in poll.poll(_STALLED):
                if descriptor == drain:
                    inspector.take(os.read(drain, CHUNK))
                    last = time.perf_counter()
                    continue
                try:
                    at += os.write(source, view[at:])
                except BlockingIOError:
                    continue
                if at == len(view):
                    at = 0
                    blocks += 1
                    if time.perf_counter() - begun > seconds:
                        sending = False
                        poll.unregister(source)
            if time.perf_counter() - last > _STALLED:
                break
    if not inspector.right or inspector.count != blocks * len(wanted):
        raise BenchError(f"of {blocks * len(wanted)} bytes {inspector.count} came, {_judged(inspector)}")
    return blocks, last - begun


def _judged(inspector: Inspector) -> str:
    return "all right" if inspector.right else "some of them changed"


def _costed(
    emulator: Running, source: int, drain: int, sent: bytes, wanted: bytes, seconds: float
) -> tuple[float, float]:
    used = cpu_seconds(emulator.pids)
    blocks, took = move(source, drain, sent, wanted, seconds)
    used = cpu_seconds(emulator.pids) - used
    size = blocks * BLOCK_SIZE
    return size / took, used / (size / _MEGA)
