"""cu (Taylor UUCP): dials by its chat script, so a wrong answer to ATZ or to the init string fails the call."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.demo_host import DemoHost
from tests.support.mail_session import leave, log_in, read_the_first_letter
from tests.support.programs import path_of
from tests.support.tmux import Terminal

pytestmark = pytest.mark.needs("cu", "tmux")

# The dialer that Debian's package uucp ships as /etc/uucp/dial.
HAYES_DIALER = r"""
dialer hayes
chat "" ATZ\r\d\c OK\r \dATM0L0E1Q0\r\d\c OK\r ATDT\D CONNECT
chat-fail RING
chat-fail NO\sCARRIER
chat-fail ERROR
chat-fail NO\sDIALTONE
chat-fail BUSY
chat-fail NO\sANSWER
chat-fail VOICE
complete \d\d+++\d\dATM0H\r\c
abort \d\d+++\d\dATM0H\r\c
"""


@pytest.fixture
def cu(host: DemoHost, home: Path) -> Iterator[list[str]]:
    """The command that starts cu on the host's first modem."""
    # cu may be setuid uucp, and started by root it becomes uucp by itself; so a copy
    # runs, by the name of the tty and not the link in a folder of root's, and what it needs is opened.
    program = shutil.copy(path_of("cu"), home / "cu")
    os.chmod(program, 0o755)
    home.chmod(0o777)
    device = os.path.realpath(host.modem0)
    configuration = {
        "port": f"port modem\ntype modem\ndevice {device}\nspeed 38400\ndialer hayes\n",
        "sys": "",
        "dial": HAYES_DIALER,
        "config": f"portfile {home}/port\nsysfile {home}/sys\ndialfile {home}/dial\nlockdir {home}\nspool {home}\n"
        f"logfile {home}/log\ndebugfile {home}/debug\n",
    }
    for name, text in configuration.items():
        (home / name).write_text(text)
        (home / name).chmod(0o644)
    mode = os.stat(device).st_mode & 0o777
    if os.geteuid() == 0:
        os.chmod(device, 0o666)
    yield [str(program), "-I", str(home / "config"), "-x", "chat", "-p", "modem", "-c", DemoHost.MAIL_HOST]
    os.chmod(device, mode)


def test_cu_dials_by_the_hayes_dialer_and_reads_a_letter(cu: list[str], home: Path) -> None:
    with Terminal(cu, home) as terminal:
        terminal.expect(r"Connected\.", 40)
        log_in(terminal)
        read_the_first_letter(terminal)
        leave(terminal)
        terminal.type("\r")
        terminal.type("~")
        terminal.type(".")
        terminal.expect(r"Disconnected\.")
        assert terminal.ended() == 0
