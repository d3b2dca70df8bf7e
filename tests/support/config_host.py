"""`offhook serve` with a configuration of the test's own, as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
START_PATIENCE = 30.0
END_LIMIT = 8.0


@dataclass(frozen=True, slots=True)
class ConfigHost:
    """A running host; `facts` are what it printed, by name."""

    process: subprocess.Popen[bytes]
    folder: Path
    facts: dict[str, str]

    def said(self) -> str:
        """All that it has written."""
        return (self.folder / "host.out").read_text(errors="replace")

    def tty(self, line: str) -> str:
        """The tty of a line."""
        return str(self.folder / line)


def environment(folder: Path) -> dict[str, str]:
    """For commands of this checkout that keep what they store in `folder`."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(folder)}


@contextmanager
def config_host(folder: Path, text: str, *options: str) -> Iterator[ConfigHost]:
    """Run a host in `folder`; at the end it must be running, and SIGTERM must end it in time."""
    file, output = folder / "offhook.toml", folder / "host.out"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "offhook", "serve", "--config", str(file), *options]
    with output.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        host = ConfigHost(process, folder, _facts(process, output))
        yield host
        assert process.poll() is None, f"the host ended by itself:\n{host.said()}"
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_LIMIT * 5) == 0, host.said()
        assert time.monotonic() - begun < END_LIMIT, host.said()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _facts(process: "subprocess.Popen[bytes]", output: Path) -> dict[str, str]:
    deadline = time.monotonic() + START_PATIENCE
    while "Ready." not in (said := output.read_text()):
        assert process.poll() is None, f"the host ended with status {process.returncode}:\n{said}"
        assert time.monotonic() < deadline, f"the host was not ready in time:\n{said}"
        time.sleep(0.02)
    return dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
