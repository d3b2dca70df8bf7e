"""A modem on one end of a serial cable, which socat plays, and a real program on the other."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.far_host import PROMPT, far_host
from tests.support.pool_host import pool_host
from tests.support.programs import path_of
from tests.support.tmux import Terminal

pytestmark = pytest.mark.needs("socat", "picocom", "tmux")


@contextmanager
def cable(folder: Path) -> Iterator[None]:
    """Two ttys, `ours` and `theirs`, joined; gone again at the end."""
    ends = [f"pty,raw,echo=0,link={folder / name}" for name in ("ours", "theirs")]
    with subprocess.Popen([path_of("socat"), *ends]) as socat:
        try:
            deadline = time.monotonic() + 60
            while not all((folder / name).exists() for name in ("ours", "theirs")):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield
        finally:
            socat.terminate()


def test_a_program_at_the_other_end_of_a_cable_calls_a_host_also_after_the_cable_was_out(home: Path) -> None:
    far = home / "far"
    far.mkdir()
    with far_host(far, telnet=False) as port, pool_host(home, [f"serial:{home}/ours?rate=9600"]) as pool:
        for _ in range(2):
            with cable(home), Terminal([path_of("picocom"), "-b", "9600", str(home / "theirs")], home) as terminal:
                terminal.expect("Terminal ready")
                answered(terminal)
                terminal.type(f"ATDTraw:127.0.0.1:{port}\r")
                terminal.expect("CONNECT 9600")
                terminal.expect(PROMPT)
                terminal.type("quit\r")
                terminal.expect("NO CARRIER")
        assert pool.process.poll() is None


def answered(terminal: Terminal) -> None:
    """Type AT until the modem is there: it looks for its device once a second."""
    for _ in range(120):
        terminal.type("AT\r")
        try:
            terminal.expect("OK", 0.5)
        except AssertionError:
            continue
        return
    pytest.fail(f"no answer to AT:\n{terminal.text()}")
