"""cu (Taylor UUCP): dials by its chat script, so a wrong answer to ATZ or to the init string fails the call."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.demo_host import DemoHost
from tests.support.mail_session import leave, log_in, read_the_first_letter
from tests.support.terminal_programs import cu_command
from tests.support.tmux import Terminal

pytestmark = pytest.mark.needs("cu", "tmux")


@pytest.fixture
def cu(host: DemoHost, home: Path) -> Iterator[list[str]]:
    """The command that starts cu on the host's first modem."""
    with cu_command(home, host.modem0, DemoHost.MAIL_HOST) as command:
        yield command


def test_cu_dials_by_the_hayes_dialer_and_reads_a_letter(cu: list[str], home: Path) -> None:
    with Terminal(cu, home) as terminal:
        terminal.expect(r"Connected\.")
        log_in(terminal)
        read_the_first_letter(terminal)
        leave(terminal)
        terminal.type("\r")
        terminal.type("~")
        terminal.type(".")
        terminal.expect(r"Disconnected\.")
        assert terminal.ended() == 0
