"""Terminal programs made ready for a modem's tty, for tests that call by them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.programs import path_of
from tests.support.tmux import Terminal

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


def until_the_modem_answers(terminal: Terminal) -> None:
    """Type AT again until OK comes: some programs throw away what was typed while they started."""
    for _ in range(60):
        terminal.type("AT\r")
        try:
            terminal.expect(r"(?m)^OK", 1)
        except AssertionError:
            continue
        return
    pytest.fail(f"no answer to AT:\n{terminal.text()}")


@contextmanager
def cu_command(home: Path, tty: str, number: str) -> Iterator[list[str]]:
    """The command that has cu dial `number` on `tty`.

    cu may be setuid uucp, and started by root it becomes uucp by itself; so a copy runs, by the name of the tty and
    not the link in a folder of root's, and what it needs is opened.
    """
    program = shutil.copy(path_of("cu"), home / "cu")
    os.chmod(program, 0o755)
    home.chmod(0o777)
    device = os.path.realpath(tty)
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
    yield [str(program), "-I", str(home / "config"), "-x", "chat", "-p", "modem", "-c", number]
    if os.path.exists(device):
        os.chmod(device, mode)
