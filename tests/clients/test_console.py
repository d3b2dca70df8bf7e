"""`offhook mail`: the session on the terminal one sits at."""

import sys
from pathlib import Path

import pytest

from tests.support.demo_host import DemoHost
from tests.support.mail_session import PROMPT, command, compose, read_the_first_letter, until_listed
from tests.support.tmux import Terminal

pytestmark = pytest.mark.needs("tmux")


def test_mail_is_read_and_written_on_the_local_terminal_beside_a_running_host(host: DemoHost, home: Path) -> None:
    mail = [sys.executable, "-m", "offhook", "mail", "--account", "alice"]
    with Terminal([*mail, "--config", str(host.directory / "offhook.toml")], home) as terminal:
        terminal.expect(PROMPT)
        command(terminal, "h", "Welcome to offhook")
        read_the_first_letter(terminal)
        compose(terminal, "alice", f"a note {home.name}", "to myself")
        until_listed(terminal, f"a note {home.name[:8]}")
        terminal.type("q\r")
        terminal.expect("Goodbye")
        assert terminal.ended() == 0
