"""chat, of ppp: dials and logs in by an expect-send script, one byte each 10 ms, and matches exact words."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.demo_host import PASSWORD, DemoHost
from tests.support.line_client import LineClient
from tests.support.programs import path_of

pytestmark = pytest.mark.needs("chat")

ABORTS = ["ABORT", "BUSY", "ABORT", "NO CARRIER", "ABORT", "ERROR", "ABORT", "NO DIALTONE", "TIMEOUT", "60"]
RESET = ["", "ATZ", "OK", "ATQ0V1E1S0=0&C1&D2", "OK"]


def chat(tty: str, home: Path, *script: str) -> "subprocess.CompletedProcess[bytes]":
    """Run `script` on `tty`, which is raw as pppd leaves it."""
    LineClient(tty).close()
    descriptor = os.open(tty, os.O_RDWR | os.O_NOCTTY)
    try:
        return subprocess.run(
            [path_of("chat"), "-v", "-S", "-s", *script],
            stdin=descriptor,
            stdout=descriptor,
            stderr=subprocess.PIPE,
            cwd=home,
            timeout=250,
        )
    finally:
        os.close(descriptor)


def test_chat_dials_logs_in_and_hears_the_host_hang_up(host: DemoHost, home: Path) -> None:
    log_in = ["ogin:", "alice", "assword:", f"\\q{PASSWORD}", "? ", "\\qq", "CLR_ABORT", "NO CARRIER"]
    done = chat(host.modem0, home, *ABORTS, *RESET, f"ATDT{DemoHost.MAIL_HOST}", "CONNECT", "\\c", *log_in)
    assert done.returncode == 0, done.stderr.decode(errors="replace")


def test_chat_aborts_on_the_words_of_a_failed_call(host: DemoHost, home: Path) -> None:
    done = chat(host.modem0, home, *ABORTS, *RESET, "ATDT999", "CONNECT", "\\c")
    # chat tells by its status which ABORT it was: 4 is the first, so 5 is NO CARRIER.
    assert done.returncode == 5, done.stderr.decode(errors="replace")
