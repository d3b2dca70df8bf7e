"""`offhook demo` as a process of its own, for the tests that come to it as its users do."""

import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

START_PATIENCE = 120.0
"""Seconds that the host may take until it is ready; it takes one when the machine is quiet."""

END_LIMIT = 60.0
"""Seconds in which SIGTERM ends the host. The promise is six, on a machine that has nothing else to do."""

PASSWORD = "letmein"


@dataclass(frozen=True, slots=True)
class DemoHost:
    """A running demo host and where it is reached."""

    directory: Path
    process: subprocess.Popen[bytes]
    modem0: str
    modem1: str
    telnet: tuple[str, int]
    smtp: tuple[str, int]
    lmtp: str

    MAIL_HOST = "100"
    NUMBER0 = "201"
    NUMBER1 = "202"

    def maildir(self, account: str) -> Path:
        """The Maildir of `account`."""
        return self.directory / "mail" / account

    def post(self, letter: bytes, to: str = "alice", sender: str = "stranger@example.org") -> None:
        """Send `letter`, header and body, by SMTP; it has been accepted when this returns."""
        with smtplib.SMTP(*self.smtp, timeout=20) as server:
            server.sendmail(sender, [f"{to}@localhost"], letter)

    def said(self) -> str:
        """All that the host has written to its standard output and error."""
        return (self.directory.parent / f"{self.directory.name}.out").read_text(errors="replace")

    def end(self) -> float:
        """Send SIGTERM and wait; the seconds it took. The exit status must be 0."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(END_LIMIT * 5)
        took = time.monotonic() - begun
        assert status == 0, f"the host ended with status {status}:\n{self.said()}"
        return took


@contextmanager
def demo_host(directory: Path, *options: str) -> Iterator[DemoHost]:
    """Run a demo host in `directory` on free ports; at the end SIGTERM must end it in time."""
    host = _start(directory, options)
    try:
        yield host
        if host.process.poll() is None:
            took = host.end()
            assert took < END_LIMIT, f"the host took {took:.1f} s to end:\n{host.said()}"
    finally:
        if host.process.poll() is None:
            host.process.kill()
            host.process.wait()


def _start(directory: Path, options: Sequence[str]) -> DemoHost:
    command = [sys.executable, "-m", "offhook", "demo", "--directory", str(directory)]
    command += ["--telnet-port", "0", "--smtp-port", "0", *options]
    ready = directory / "ready"
    output = directory.parent / f"{directory.name}.out"
    with output.open("ab") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_PATIENCE
    try:
        while not ready.exists():
            assert process.poll() is None, f"the host ended with status {process.returncode}:\n{output.read_text()}"
            assert time.monotonic() < deadline, f"the host was not ready in time:\n{output.read_text()}"
            time.sleep(0.02)
        values = dict(line.split("=", 1) for line in ready.read_text().splitlines())
        return DemoHost(
            directory=directory,
            process=process,
            modem0=values["modem0"],
            modem1=values["modem1"],
            telnet=_address(values["telnet"]),
            smtp=_address(values["smtp"]),
            lmtp=values["lmtp"],
        )
    except BaseException:
        process.kill()
        process.wait()
        raise


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)
