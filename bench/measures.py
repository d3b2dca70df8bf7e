"""What is measured of a subject, and what is aimed at.

A measure is a function from a subject and an effort to pairs of row and value. Another one is another function, with
its rows in `ROWS` and itself in `MEASURES`.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import bulk, demo, latency, mailbox, many_lines
from bench.processes import resident_kib
from bench.subjects import MUTT, OFFHOOK, Subject, running


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done in one round."""

    seconds: float = 2.0
    keys: int = 500
    commands: int = 150
    calls: int = 15
    lines: int = 1000
    most_lines: int = 4000
    paced_seconds: float = 8.0
    idle_lines: int = 100
    idle_seconds: float = 5.0
    letters: int = 100_000
    mbox_octets: int = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Aim:
    """What the ratio is to be, at least or at most; `absolute`: not the ratio but the value, in the row's unit."""

    limit: float
    at_least: bool = False
    absolute: bool = False

    def met(self, value: float) -> bool:
        """Whether it is reached."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the report: what it says, the unit shown, how many of that unit are one of the value, and the aim.

    The ratio is to the first other subject that has the row; with `over`, to that row of the subject itself.
    """

    title: str
    unit: str
    scale: float = 1.0
    aim: Aim | None = None
    over: str = ""


ROWS = {
    "up": Row("bulk up, raw", "MB/s", 1e-6, Aim(0.95, at_least=True)),
    "down": Row("bulk down, raw", "MB/s", 1e-6, Aim(0.95, at_least=True)),
    "up_cpu": Row("CPU for bulk up", "ms/MB", 1e3, Aim(1.3)),
    "down_cpu": Row("CPU for bulk down", "ms/MB", 1e3, Aim(1.3)),
    "telnet_up": Row("bulk up, Telnet, to own raw", "MB/s", 1e-6, Aim(0.9, at_least=True), over="up"),
    "telnet_down": Row("bulk down, Telnet, to own raw", "MB/s", 1e-6, Aim(0.9, at_least=True), over="down"),
    "echo_p50": Row("key to echo, p50", "us", 1e6),
    "echo_p99": Row("key to echo, p99", "us", 1e6),
    "busy_p50": Row("key to echo beside bulk, p50", "us", 1e6),
    "busy_p99": Row("key to echo beside bulk, p99", "us", 1e6, Aim(1.5)),
    "at_p50": Row("AT to OK, p50", "us", 1e6),
    "at_p99": Row("AT to OK, p99", "us", 1e6),
    "connect_p50": Row("ATDT to CONNECT, p50", "us", 1e6),
    "connect_first": Row("ATDT to CONNECT, the first call", "us", 1e6),
    "lines_lost": Row("many lines: bytes lost", "B", 1, Aim(0, absolute=True)),
    "lines_cpu": Row("many lines: CPU", "%", 100, Aim(0.75)),
    "lines_p50": Row("many lines: a chunk and its echo, p50", "ms", 1e3),
    "lines_p99": Row("many lines: a chunk and its echo, p99", "ms", 1e3, Aim(1.0)),
    "lines_rss": Row("many lines: memory that each adds", "KiB", 1, Aim(40, absolute=True)),
    "lines_all": Row("many lines: memory of all", "MiB", 1 / 1024),
    "most": Row("most lines: how many", "lines"),
    "most_lost": Row("most lines: bytes lost", "B", 1, Aim(0, absolute=True)),
    "most_cpu": Row("most lines: CPU", "%", 100),
    "most_p99": Row("most lines: a chunk and its echo, p99", "ms", 1e3),
    "most_late": Row("most lines: the bench itself late, at most", "ms", 1e3),
    "idle_wakes": Row("idle calls: wake-ups", "1/s", 1, Aim(0, absolute=True)),
    "idle_cpu": Row("idle calls: CPU", "%", 100, Aim(0, absolute=True)),
    "maildir_warm": Row("100,000 letters in a Maildir: first page", "ms", 1e3, Aim(0.01)),
    "maildir_changed": Row("the same after a change by others", "ms", 1e3, Aim(0.3)),
    "maildir_page": Row("the same, never opened before", "ms", 1e3, Aim(0.6)),
    "maildir_built": Row("the same, until the index is made", "ms", 1e3, Aim(0.6)),
    "mbox_warm": Row("100,000 letters in an mbox of 1 GB: first page", "ms", 1e3, Aim(0.01)),
    "mbox_changed": Row("the same after a letter came", "ms", 1e3, Aim(0.3)),
    "mbox_page": Row("the same, never opened before", "ms", 1e3, Aim(0.6)),
    "mbox_built": Row("the same, until the index is made", "ms", 1e3),
    "login": Row("demo host: ATDT to the login prompt", "ms", 1e3),
}

Values = Iterator[tuple[str, float]]

_PTY_LIMIT = Path("/proc/sys/kernel/pty")
_SPARE_PTYS = 32


def percentile(times: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile; `times` is not empty."""
    return sorted(times)[max(0, math.ceil(len(times) * percent / 100) - 1)]


def moving(subject: Subject, effort: Effort) -> Values:
    """Bulk each way, raw and by Telnet in turn, on a fresh emulator each time."""
    for name, move in (("up", bulk.up), ("down", bulk.down)):
        for telnet in (False, True) if subject.dial_telnet else (False,):
            with running(subject) as emulator:
                emulator.call_all(telnet=telnet)
                rate, cost = move(emulator, effort.seconds, telnet=telnet)
            if telnet:
                yield f"telnet_{name}", rate
            else:
                yield name, rate
                yield f"{name}_cpu", cost


def echo(subject: Subject, effort: Effort) -> Values:
    """A key and its echo, alone and beside bulk on two other lines."""
    with running(subject, 3) as emulator:
        emulator.call_all()
        yield from _both("echo", latency.keystrokes(emulator.lines[0], effort.keys))
        yield from _both("busy", latency.keystrokes_beside_bulk(emulator, effort.keys, 1.5 * effort.seconds))


def answers(subject: Subject, effort: Effort) -> Values:
    """AT to OK, and ATDT to CONNECT."""
    if not subject.dial:
        return
    with running(subject) as emulator:
        yield from _both("at", latency.commands(emulator, effort.commands))
        first, *others = latency.calls(emulator, effort.calls)
        yield "connect_first", first
        yield "connect_p50", percentile(others or [first], 50)


def lines(subject: Subject, effort: Effort) -> Values:
    """Many lines at the rate of a modem; the memory that one adds is that of all without that of a single one."""
    with running(subject) as emulator:
        emulator.call_all()
        single = resident_kib(emulator.pids)
    with running(subject, effort.lines) as emulator:
        emulator.call_all()
        found = many_lines.traffic(emulator, effort.paced_seconds)
    yield "lines_lost", found.lost
    yield "lines_cpu", found.cpu
    yield from _both("lines", found.times)
    yield "lines_rss", (found.resident_kib - single) / (effort.lines - 1)
    yield "lines_all", found.resident_kib


def most_lines(subject: Subject, effort: Effort) -> Values:
    """As many as there are ptys, for an emulator that has all of them in one process."""
    if not subject.each:
        return
    limit, taken = (int((_PTY_LIMIT / name).read_text()) for name in ("max", "nr"))
    count = min(effort.most_lines, limit - taken - _SPARE_PTYS)
    with running(subject, count) as emulator:
        emulator.call_all()
        found = many_lines.traffic(emulator, effort.paced_seconds)
    yield "most", count
    yield "most_lost", found.lost
    yield "most_cpu", found.cpu
    yield "most_p99", percentile(found.times, 99)
    yield "most_late", found.late


def idle(subject: Subject, effort: Effort) -> Values:
    """Calls that are up and silent."""
    with running(subject, effort.idle_lines) as emulator:
        emulator.call_all()
        woken, used = many_lines.idle(emulator, effort.idle_seconds)
    yield "idle_wakes", woken
    yield "idle_cpu", used


def login(subject: Subject, effort: Effort) -> Values:
    """The demo host's prompt."""
    if subject is OFFHOOK:
        yield "login", percentile(demo.login_prompts(min(3, effort.calls)), 50)


def maildir(subject: Subject, effort: Effort) -> Values:
    """A Maildir of very many letters."""
    if subject is MUTT:
        yield from mailbox.by_mutt(mailbox.maildir(effort.letters), "maildir", caches=True)
    elif subject is OFFHOOK:
        yield from mailbox.by_session(mailbox.maildir(effort.letters), "maildir")


def mbox(subject: Subject, effort: Effort) -> Values:
    """As many letters in one large file."""
    if subject is MUTT:
        yield from mailbox.by_mutt(mailbox.mbox(effort.letters, effort.mbox_octets), "mbox", caches=False)
    elif subject is OFFHOOK:
        yield from mailbox.by_session(mailbox.mbox(effort.letters, effort.mbox_octets), "mbox")


def _both(row: str, times: Sequence[float]) -> Values:
    for percent in (50, 99):
        yield f"{row}_p{percent}", percentile(times, percent)


MEASURES: dict[str, Callable[[Subject, Effort], Values]] = {
    "bulk": moving,
    "echo": echo,
    "answers": answers,
    "lines": lines,
    "most": most_lines,
    "idle": idle,
    "login": login,
    "mailbox": maildir,
    "mbox": mbox,
}
ONCE = frozenset({"most", "login"})
"""Measures taken in the first round only."""
