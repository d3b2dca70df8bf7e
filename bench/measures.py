"""What is measured of a subject: each measure gives rows of times in seconds.

A measure is a function from a subject and an effort to pairs of row and time. Another one is another
function, with its rows in `ROWS` and itself in `MEASURES`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.probe import Probe
from bench.subjects import Subject


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done in one round."""

    keys: int
    commands: int
    calls: int
    warm_up: int


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the report: what it says, the unit shown, and how many of that unit are one second."""

    title: str
    unit: str
    per_second: float


ROWS = {
    "at": Row("AT to OK", "us", 1e6),
    "connect": Row("ATDT to CONNECT", "us", 1e6),
    "login": Row("ATDT to the login prompt", "ms", 1e3),
    "echo": Row("keystroke to its echo", "us", 1e6),
}

Times = Iterator[tuple[str, float]]

# So many keys stand on the line before it is wiped: well below the longest line a host takes.
_KEYS_ON_A_LINE = 40
_WIPE = b"\x15"


def commands(subject: Subject, effort: Effort) -> Times:
    """AT to OK, in the command state."""
    if subject.dial is None:
        return
    probe = subject.open()
    for number in range(effort.warm_up + effort.commands):
        (took,) = probe.time_to(b"AT\r", b"OK\r\n")
        if number >= effort.warm_up:
            yield "at", took
    probe.close()


def calls(subject: Subject, effort: Effort) -> Times:
    """The dial command to CONNECT, and to the prompt of the host that answers."""
    if subject.dial is None:
        return
    for _ in range(effort.calls):
        probe = _ready(subject)
        connected, prompted = probe.time_to(subject.dial, b"CONNECT", b"login: ")
        yield "connect", connected
        yield "login", prompted
        subject.hang_up(probe)


def keystrokes(subject: Subject, effort: Effort) -> Times:
    """A key to its echo by the far end, one at a time, on a call with nothing else on it."""
    probe = _ready(subject)
    if subject.dial is not None:
        probe.time_to(subject.dial, b"login: ")
    for number in range(effort.warm_up + effort.keys):
        if number % _KEYS_ON_A_LINE == 0:
            probe.write(_WIPE)
            probe.drain()
        (took,) = probe.time_to(b"x", b"x")
        if number >= effort.warm_up:
            yield "echo", took
    subject.hang_up(probe)


def _ready(subject: Subject) -> Probe:
    probe = subject.open()
    if subject.dial is not None:
        probe.time_to(b"AT\r", b"OK\r\n")
    return probe


MEASURES: dict[str, Callable[[Subject, Effort], Times]] = {
    "at": commands,
    "calls": calls,
    "echo": keystrokes,
}
