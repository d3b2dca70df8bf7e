"""mgetty answers the telephone on a modem line of ours, and a caller reaches its login."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.line_client import LineClient
from tests.support.pool_host import pool_host
from tests.support.programs import path_of

pytestmark = [
    pytest.mark.needs("mgetty"),
    pytest.mark.skipif(os.geteuid() != 0, reason="mgetty is root's: it gives the tty to who logs in"),
]
_LOGS = Path("/var/log/mgetty")


@contextmanager
def mgetty(tty: Path) -> Iterator[Path]:
    """mgetty for data calls at the first ring, as init starts it; its log."""
    device = os.path.realpath(tty).removeprefix("/dev/")
    log = _LOGS / f"mg_{device.replace('/', '-')}.log"
    log.unlink(missing_ok=True)
    with subprocess.Popen(
        [path_of("mgetty"), "-D", "-n", "1", "-x", "5", device],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            until(log, "waiting...", 60)
            yield log
        finally:
            process.kill()  # mgetty, or the login that it has become
            process.wait()
            log.unlink(missing_ok=True)


def until(log: Path, text: str, patience: float) -> None:
    """Wait until `text` stands in mgetty's log."""
    deadline = time.monotonic() + patience
    while not log.exists() or text not in log.read_text(errors="replace"):
        said = log.read_text(errors="replace") if log.exists() else "nothing"
        assert time.monotonic() < deadline, f"mgetty has not said {text!r}:\n{said[-3000:]}"
        time.sleep(0.05)


def test_mgetty_counts_the_ring_answers_and_asks_who_calls(tmp_path: Path) -> None:
    ports = [f"pty:{tmp_path / name}" for name in ("modem", "caller")]
    with (
        pool_host(tmp_path, ports, "--rate", "9600"),
        LineClient(str(tmp_path / "caller")) as caller,
        mgetty(tmp_path / "modem") as log,
    ):
        caller.command("AT")
        caller.type("ATDT1\r")
        caller.expect(r"CONNECT[^\r]*\r\n", 60)
        caller.expect("login:", 60)
        caller.type("nobody\r")
        caller.expect("(?i)password:", 60)
        for said in ("RING", "ATA", "CONNECT"):
            until(log, said, 60)
