"""A command of ours that serves until it is told to end, as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
START_PATIENCE = 120.0
END_LIMIT = 60.0
"""Seconds in which SIGTERM ends it. The promise is six, on a machine that has nothing else to do."""


@dataclass(frozen=True, slots=True)
class Serving:
    """One that is running; `facts` are the lines it printed, by name."""

    process: subprocess.Popen[bytes]
    output: Path
    facts: Mapping[str, str]

    def said(self) -> str:
        """All that it has written."""
        return self.output.read_text(errors="replace")


def environment(folder: Path) -> dict[str, str]:
    """For commands of this checkout that keep what they store in `folder`."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(folder)}


@contextmanager
def serving(folder: Path, words: Sequence[str], *, name: str) -> Iterator[Serving]:
    """Run `offhook` with words in `folder`; at the end it must be running, and SIGTERM must end it in time."""
    output = folder / f"{name}.out"
    with output.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "offhook", *words],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    with ended_in_time(process, name, lambda: output.read_text(errors="replace")):
        yield Serving(process, output, _facts(process, output))


@contextmanager
def ended_in_time(process: "subprocess.Popen[bytes]", name: str, said: Callable[[], str]) -> Iterator[None]:
    """In the end a process must still run, and SIGTERM must end it in time; what it said is told if not."""
    try:
        yield
        assert process.poll() is None, f"the {name} ended by itself:\n{said()}"
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_LIMIT * 5) == 0, said()
        assert time.monotonic() - begun < END_LIMIT, said()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _facts(process: "subprocess.Popen[bytes]", output: Path) -> dict[str, str]:
    deadline = time.monotonic() + START_PATIENCE
    while "Ready." not in (said := output.read_text()):
        assert process.poll() is None, f"it ended with status {process.returncode}:\n{said}"
        assert time.monotonic() < deadline, f"it was not ready in time:\n{said}"
        time.sleep(0.02)
    return dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
