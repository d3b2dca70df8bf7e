"""`offhook serve` as a process of its own, from a configuration that the test writes."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from offhook.mailbox.accounts import Account, AccountFile, make_hash
from tests.support.demo_host import PASSWORD
from tests.support.serving import ROOT, START_PATIENCE, ended_in_time


@dataclass(frozen=True, slots=True)
class ServedHost:
    """A running host."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    output: Path
    trace: Path

    def said(self) -> str:
        """All that it has written, and the end of its trace."""
        return self.output.read_text(errors="replace") + self.trace.read_text(errors="replace")[-4000:]

    def until_traced(self, text: str, times: int = 1, patience: float = 60) -> None:
        """Wait until `text` stands in the trace so many times."""
        deadline = time.monotonic() + patience
        while self.trace.read_text(errors="replace").count(text) < times:
            assert time.monotonic() < deadline, f"{text!r} was not traced {times} times:\n{self.said()}"
            assert self.process.poll() is None, self.said()
            time.sleep(0.05)


@contextmanager
def served_host(folder: Path, config: str, letters: tuple[bytes, ...] = ()) -> Iterator[ServedHost]:
    """Run a host in `folder` with the account alice, who has `letters`; SIGTERM must end it in time."""
    folder.mkdir(exist_ok=True)
    (folder / "offhook.toml").write_text(config, encoding="utf-8")
    AccountFile(folder / "accounts").add(Account("alice", make_hash(PASSWORD), "Alice"))
    for name in ("cur", "new", "tmp"):
        (folder / "mail" / "alice" / name).mkdir(parents=True, exist_ok=True)
    for number, letter in enumerate(letters):
        (folder / "mail" / "alice" / "new" / f"170000000{number}.letter.here").write_bytes(letter)
    output, trace = folder / "serve.out", folder / "trace"
    trace.touch()
    command = [sys.executable, "-m", "offhook", "serve", "--config", str(folder / "offhook.toml")]
    with output.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--trace", str(trace)],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    host = ServedHost(folder, process, output, trace)
    with ended_in_time(process, "host", host.said):
        deadline = time.monotonic() + START_PATIENCE
        while b"Ready." not in output.read_bytes():
            assert process.poll() is None, f"the host ended with status {process.returncode}:\n{host.said()}"
            assert time.monotonic() < deadline, f"the host was not ready in time:\n{host.said()}"
            time.sleep(0.02)
        yield host
