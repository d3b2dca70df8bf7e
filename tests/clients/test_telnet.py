"""telnet, of GNU inetutils: the same session without a modem."""

from pathlib import Path

import pytest

from tests.support.demo_host import DemoHost
from tests.support.mail_session import command, echoed_the_password, log_in, read_the_first_letter
from tests.support.programs import path_of
from tests.support.tmux import Terminal

pytestmark = pytest.mark.needs("telnet", "tmux")


def test_telnet_logs_in_reads_a_letter_and_is_hung_up_on(host: DemoHost, home: Path) -> None:
    address, port = host.telnet
    with Terminal([path_of("telnet"), address, str(port)], home) as terminal:
        log_in(terminal)
        assert not echoed_the_password(terminal.text())
        command(terminal, "h", "Welcome to offhook")
        read_the_first_letter(terminal)
        terminal.type("q\r")
        terminal.expect("(?i)goodbye")
        terminal.expect("Connection closed by foreign host")
        terminal.ended()
