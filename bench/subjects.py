"""What is measured: `offhook modem`, socat, and other emulators, each started by a template and without a shell."""

import os
import shlex
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.lines import HOST, BenchError, Line
from tests.support.programs import path_of

START_PATIENCE = 60.0
"""Seconds that an emulator may take to make its ttys."""
_PARTING = 5.0


@dataclass(frozen=True, slots=True)
class Subject:
    """How an emulator is started and told to call.

    `command` is split into words; `each` is put in once for every line that one process carries. In both, `{pty}` is
    where the emulator is to make its tty, `{tty}` a tty that the bench opened for it, `{host}` and `{port}` where the
    bench answers the line's call. `dial` and `dial_telnet` are dial commands; without `dial` it has no modem and calls
    at once.
    """

    name: str
    command: str
    dial: str = ""
    dial_telnet: str = ""
    each: str = ""

    @property
    def makes_tty(self) -> bool:
        """Whether it makes its own ttys."""
        return "{pty}" in self.command + self.each


OFFHOOK = Subject(
    "offhook",
    f"{sys.executable} -m offhook modem",
    dial="ATDTraw:{host}:{port}",
    dial_telnet="ATDTtelnet:{host}:{port}",
    each="pty:{pty}",
)
"""The modem, one process for all lines."""


MUTT = Subject("mutt", "")
"""No modem and no relay: it is measured where letters are, and nowhere else."""


def socat() -> Subject:
    """The least that a pty and a connection with one process between cost: nothing is looked at."""
    return Subject("socat", f"{path_of('socat')} pty,raw,echo=0,link={{pty}} tcp:{{host}}:{{port}},nodelay")


class Running:
    """A started emulator: `lines` to come to it by, `pids` of its processes."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.lines: list[Line] = []
        self.pids: list[int] = []

    def call_all(self, *, telnet: bool = False) -> None:
        """Bring a call up on every line, with nothing on it yet."""
        for line in self.lines:
            self.call(line, telnet=telnet)
        time.sleep(0.3)  # in which a slow emulator says the last of what it has to say
        for line in self.lines:
            line.settle()

    def call(self, line: Line, *, telnet: bool = False) -> float:
        """Bring the call up; seconds from the dial command to CONNECT, 0 where there is none."""
        dial = self.subject.dial_telnet if telnet else self.subject.dial
        took = 0.0
        if dial:
            (took,) = line.ask(dial.format(host=HOST, port=line.port).encode() + b"\r", b"CONNECT")
        line.accept()
        if telnet:
            line.agree_on_telnet()
        return took


@contextmanager
def running(subject: Subject, count: int = 1) -> Iterator[Running]:
    """The emulator with `count` lines, those of a modem in command state. Raises `BenchError`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        emulator = Running(subject)
        places: list[dict[str, str]] = []
        for number in range(count):
            line = Line()
            stack.callback(line.close)
            emulator.lines.append(line)
            own = {"pty": str(folder / f"tty{number}"), "host": HOST, "port": str(line.port)}
            if not subject.makes_tty:
                line.tty, slave = os.openpty()
                stack.callback(os.close, slave)
                os.set_blocking(line.tty, False)
                tty.setraw(slave)
                own["tty"] = os.ttyname(slave)
            places.append(own)
        with (folder / "output").open("wb") as output:
            processes = stack.enter_context(_processes(_commands(subject, places), folder, output.fileno()))
        emulator.pids = [process.pid for process in processes]
        if subject.makes_tty:
            for line, own in zip(emulator.lines, places, strict=True):
                _open(line, own["pty"], processes, folder)
        if subject.dial:
            for line in emulator.lines:
                line.wake()
        yield emulator


def _commands(subject: Subject, places: Sequence[dict[str, str]]) -> list[list[str]]:
    """One command for all lines where `each` says how, else one for each."""
    words = shlex.split(subject.command)
    if subject.each:
        return [words + [subject.each.format(**own) for own in places]]
    return [[word.format(**own) for word in words] for own in places]


@contextmanager
def _processes(commands: Sequence[list[str]], folder: Path, output: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []
    # The emulator is that of this checkout, wherever it is started.
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    try:
        for command in commands:
            processes.append(
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, env=environment
                )
            )
        yield processes
    finally:
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + _PARTING
        for process in processes:
            try:
                process.wait(max(0.01, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _open(line: Line, path: str, processes: Sequence[subprocess.Popen[bytes]], folder: Path) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while not Path(path).exists():
        if time.monotonic() > deadline or any(process.poll() is not None for process in processes):
            said = (folder / "output").read_text(errors="replace")[-500:]
            raise BenchError(f"its tty did not come within {START_PATIENCE:.0f} s; it said {said!r}")
        time.sleep(0.01)
    line.open(path)
