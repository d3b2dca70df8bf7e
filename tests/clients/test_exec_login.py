"""The system's own login as a program behind a number: what mgetty starts on a line, a call starts here."""

import os
import time
from pathlib import Path

import pytest

from tests.support.config_host import config_host
from tests.support.line_client import LineClient
from tests.support.programs import path_of

CONFIG = """\
[[line]]
name = "a"
port = "pty:a"
number = "201"

[[number]]
number = "500"
to = "exec:login"

[[number]]
number = "501"
to = "exec:shell"

[[program]]
name = "login"
command = ["LOGIN"]
user = "root"
as_root = true

[[program]]
name = "shell"
command = ["LOGIN", "-f", "root"]
user = "root"
as_root = true
"""


def on_terminal(tty: str) -> list[str]:
    """The processes that have a terminal open as their input."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/0"):
        try:
            if os.readlink(link) == tty:
                found.append(link.parent.parent.name)
        except OSError:
            continue
    return found


@pytest.mark.needs("login")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a login")
def test_a_caller_logs_in_to_the_machine_and_the_line_falls_when_the_shell_ends(tmp_path: Path) -> None:
    with config_host(tmp_path, CONFIG.replace("LOGIN", path_of("login"))), LineClient(str(tmp_path / "a")) as a:
        a.command("AT")
        a.type("ATDT500\r")
        a.expect(r"login: ")
        a.type("nobody-there\r")
        a.expect(r"Password: ")
        a.escape()
        a.command("ATH")
        a.type("ATDT501\r")
        a.expect(r"CONNECT \d+\r\n")
        a.type("echo tty $(tty)\r")
        terminal = a.expect(r"[\r\n]tty (/dev/pts/\d+)\r\n")[1]
        assert on_terminal(terminal)
        a.type("exit\r")
        a.expect(r"\r\nNO CARRIER\r\n")
        deadline = time.monotonic() + 60
        while on_terminal(terminal):
            assert time.monotonic() < deadline, "something was left behind"
            time.sleep(0.05)
