"""How soon a line answers: commands, calls, and keystrokes with their echo, alone and beside bulk."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bench.bulk import load
from bench.lines import BenchError, Line, key_and_echo, quieten
from bench.subjects import Running

WARM_UP = 20
_GAP = 0.002
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"


def commands(emulator: Running, count: int) -> list[float]:
    """AT to the end of the line OK; seconds each."""
    line = emulator.lines[0]
    times: list[float] = []
    with _prompt():
        for _ in range(count):
            _pause()
            times += line.ask(b"AT\r", b"OK\r\n")
            quieten(line.tty)
    return times


def calls(emulator: Running, count: int) -> list[float]:
    """The dial command to CONNECT; seconds each. The host ends the calls."""
    line = emulator.lines[0]
    times: list[float] = []
    with _prompt():
        for _ in range(count):
            times.append(emulator.call(line))
            time.sleep(10 * _GAP)
            line.hang_up()
            time.sleep(10 * _GAP)
            line.wake()
    return times


def keystrokes(line: Line, count: int) -> list[float]:
    """A key to its echo by the host, one at a time, on a call that is up; seconds each."""
    with _prompt():
        return list(_keys(line, count))


def keystrokes_beside_bulk(emulator: Running, count: int, seconds: float) -> list[float]:
    """The same on the first line, while the second moves bulk up and the third moves bulk down."""
    probe, upwards, downwards = emulator.lines
    loads = [load(upwards, upwards=True, seconds=seconds), load(downwards, upwards=False, seconds=seconds)]
    times: list[float] = []
    try:
        time.sleep(0.2)
        with _prompt():
            for each in _keys(probe, count):
                times.append(each)
                if os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                    break  # a load is over, or the emulator
    finally:
        statuses = [os.waitpid(pid, 0)[1] for pid in loads]
    if any(statuses):
        raise BenchError("the bulk beside the keystrokes lost bytes")
    return times


def _keys(line: Line, count: int) -> Iterator[float]:
    for number in range(WARM_UP + count):
        _pause()
        took = key_and_echo(line, _LETTERS[number % 26 : number % 26 + 1])
        if number >= WARM_UP:
            yield took


def _pause() -> None:
    """A time that no clock of the emulator or the machine keeps step with."""
    time.sleep(_GAP * random.uniform(0.3, 1.7))


@contextmanager
def _prompt() -> Iterator[None]:
    """Go before all other processes where that is allowed, so that the waiting of the bench is not measured."""
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(5))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
