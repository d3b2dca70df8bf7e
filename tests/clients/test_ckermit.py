"""C-Kermit: SET MODEM TYPE, SET LINE, DIAL, CONNECT, HANGUP."""

from pathlib import Path

import pytest

from tests.support.demo_host import DemoHost
from tests.support.mail_session import leave, log_in, read_the_first_letter
from tests.support.programs import path_of
from tests.support.tmux import Terminal

pytestmark = pytest.mark.needs("kermit", "tmux")


def tell(terminal: Terminal, line: str) -> None:
    """Give a command at C-Kermit's prompt."""
    terminal.expect(r"C-Kermit>")
    terminal.type(f"{line}\r")


def succeeded(terminal: Terminal) -> None:
    """The last command has to have ended well."""
    tell(terminal, "if success echo WELL-\\v(status)-DONE")
    terminal.expect(r"WELL-0-DONE")


def dial(terminal: Terminal, tty: str, modem: str) -> None:
    """Dial with a modem of the type `modem`; DIAL goes on with CONNECT by itself."""
    # hayes-2400 sets its own speed to the number after CONNECT, so the speed here is what the modem must tell.
    for line in (f"set modem type {modem}", f"set line {tty}", "set flow none", "set speed 2400"):
        tell(terminal, line)
    tell(terminal, f"dial {DemoHost.MAIL_HOST}")
    terminal.expect(r"Call complete")
    terminal.expect(r"Connecting to")


def back_to_the_prompt(terminal: Terminal) -> None:
    """Leave the connected state; the call stays."""
    terminal.key("C-\\")
    terminal.type("c")


def test_kermit_as_hayes_2400_calls_and_hears_the_host_hang_up(host: DemoHost, home: Path) -> None:
    with Terminal([path_of("kermit"), "-Y"], home) as terminal:
        dial(terminal, host.modem0, "hayes-2400")
        log_in(terminal)
        read_the_first_letter(terminal)
        leave(terminal)
        back_to_the_prompt(terminal)
        tell(terminal, "close")
        succeeded(terminal)
        tell(terminal, "exit")
        assert terminal.ended() == 0


def test_kermit_with_a_generic_modem_calls_and_hangs_up(host: DemoHost, home: Path) -> None:
    with Terminal([path_of("kermit"), "-Y"], home) as terminal:
        dial(terminal, host.modem1, "generic")
        log_in(terminal)
        read_the_first_letter(terminal)
        back_to_the_prompt(terminal)
        tell(terminal, "hangup")
        succeeded(terminal)
        dial(terminal, host.modem1, "generic")
        terminal.expect("login: ")
        back_to_the_prompt(terminal)
        tell(terminal, "hangup")
        succeeded(terminal)
        tell(terminal, "exit")
        assert terminal.ended() == 0
