"""minicom: its stock init string, dialing directory, hang-up and reset strings."""

from pathlib import Path

import pytest

from tests.support.demo_host import DemoHost
from tests.support.mail_session import command, leave, log_in, read_the_first_letter
from tests.support.programs import path_of
from tests.support.tmux import Terminal

pytestmark = pytest.mark.needs("minicom", "tmux")

# minicom 2.8 has these strings built in, as the defaults of its menu "Modem and dialing", but not switched on.
# DTR cannot be dropped on a pty (TIOCMBIC fails), so the hang-up is by string.
SETTINGS = """\
pu minit            ~^M~AT S7=45 S0=0 L1 V1 X4 &c1 E1 Q0^M
pu mreset           ^M~ATZ^M~
pu mdropdtr         0
pu lock             {home}
"""


def minicom(host: DemoHost, home: Path, *options: str) -> Terminal:
    """minicom on the host's first modem, after its init string."""
    (home / ".minirc.dfl").write_text(SETTINGS.format(home=home))
    return Terminal([path_of("minicom"), "-D", host.modem0, "-b", "38400", *options], home)


def make_an_entry(terminal: Terminal, name: str, number: str) -> None:
    """Put `number` into the dialing directory, whose first entry is empty."""
    terminal.key("C-a")
    terminal.type("d")
    terminal.see("Dialing Directory")
    terminal.type("e")
    terminal.see("Change which setting")
    terminal.type("a")
    terminal.type(f"{name}\r")
    terminal.type("b")
    terminal.type(f"{number}\r")
    terminal.key("Escape")
    terminal.gone("Change which setting")
    terminal.see(f"{name} .*{number}")


def connected(terminal: Terminal) -> None:
    """minicom's pop-up after CONNECT; it keeps what came with CONNECT in the same read from the caller."""
    terminal.see("Connected. Press any key")
    terminal.key("Space")
    terminal.gone("Connected. Press any key")


def quit_minicom(terminal: Terminal) -> None:
    """Leave with reset."""
    terminal.key("C-a")
    terminal.type("x")
    terminal.see("Leave Minicom")
    terminal.key("Enter")
    assert terminal.ended() == 0


def test_minicom_dials_from_its_directory_hangs_up_by_string_and_dials_again_at_start(
    host: DemoHost, home: Path
) -> None:
    with minicom(host, home) as terminal:
        terminal.expect(r"Q0\s+OK")
        make_an_entry(terminal, "Mailhost", DemoHost.MAIL_HOST)
        terminal.type("d")
        connected(terminal)
        log_in(terminal)
        terminal.key("C-a")
        terminal.type("h")
        terminal.see("Hang-up line")
        terminal.key("Enter")
        terminal.expect(r"OK\s+ATH\s+(OK|NO CARRIER)")
        quit_minicom(terminal)
    with minicom(host, home, "-d", "Mailhost") as terminal:
        connected(terminal)
        log_in(terminal)
        read_the_first_letter(terminal)
        leave(terminal)
        quit_minicom(terminal)


def test_minicom_calls_by_hand(host: DemoHost, home: Path) -> None:
    with minicom(host, home) as terminal:
        terminal.expect(r"Q0\s+OK")
        terminal.type(f"ATDT{DemoHost.MAIL_HOST}\r")
        terminal.expect(r"CONNECT \d+")
        log_in(terminal)
        command(terminal, "h", "Welcome to offhook")
        read_the_first_letter(terminal)
        leave(terminal)
        terminal.key("C-a")
        terminal.type("q")
        terminal.see("Leave without reset")
        terminal.key("Enter")
        assert terminal.ended() == 0
