"""`offhook modem` as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
START_PATIENCE = 30.0
END_LIMIT = 6.0


@dataclass(frozen=True, slots=True)
class PoolHost:
    """A running pool; `facts` are the lines it printed, by name."""

    process: subprocess.Popen[bytes]
    output: Path
    facts: dict[str, str]

    def said(self) -> str:
        """All that it has written."""
        return self.output.read_text(errors="replace")

    @property
    def listening(self) -> tuple[str, int]:
        """Where callers come in."""
        address = next(value for name, value in self.facts.items() if name.startswith("listening"))
        host, _, port = address.rpartition(":")
        return host, int(port)


@contextmanager
def pool_host(folder: Path, ports: Sequence[str], *options: str) -> Iterator[PoolHost]:
    """Run a pool in `folder`; at the end it must be running, and SIGTERM must end it in time."""
    output = folder / "pool.out"
    command = [sys.executable, "-m", "offhook", "modem", *ports, *options]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(folder)}
    with output.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        facts = _facts(process, output)
        yield PoolHost(process, output, facts)
        assert process.poll() is None, f"the pool ended by itself:\n{output.read_text()}"
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_LIMIT * 5) == 0, output.read_text()
        assert time.monotonic() - begun < END_LIMIT, output.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _facts(process: "subprocess.Popen[bytes]", output: Path) -> dict[str, str]:
    deadline = time.monotonic() + START_PATIENCE
    while "Ready." not in (said := output.read_text()):
        assert process.poll() is None, f"the pool ended with status {process.returncode}:\n{said}"
        assert time.monotonic() < deadline, f"the pool was not ready in time:\n{said}"
        time.sleep(0.02)
    return dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
