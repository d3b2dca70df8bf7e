"""Terminal programs that send nothing of their own: the caller types the AT commands."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo_host import DemoHost
from tests.support.line_client import LineClient
from tests.support.mail_session import leave, log_in, read_the_first_letter
from tests.support.programs import path_of
from tests.support.terminal_programs import until_the_modem_answers
from tests.support.tmux import Terminal


def call_by_hand(terminal: Terminal) -> None:
    """What a person does at a bare terminal: AT, dial, log in, read, leave, AT again."""
    terminal.takes_keys()
    until_the_modem_answers(terminal)
    terminal.type(f"ATDT{DemoHost.MAIL_HOST}\r")
    terminal.expect(r"CONNECT \d+")
    log_in(terminal)
    read_the_first_letter(terminal)
    leave(terminal)
    terminal.type("AT\r")
    terminal.expect(r"(?m)^OK")


def screens(home: Path) -> list[int]:
    """The process numbers of the screens whose sockets lie in `home`; the window runs on without its terminal."""
    return [int(entry.name.partition(".")[0]) for entry in (home / "screens").iterdir()]


@contextmanager
def screen(tty: str, home: Path) -> Iterator[Terminal]:
    """GNU screen on `tty`; no window is left at the end."""
    (home / "screens").mkdir(mode=0o700)
    (home / ".screenrc").write_text("startup_message off\nvbell off\n")
    command = [path_of("screen"), "-c", str(home / ".screenrc"), "-T", "vt100", tty, "38400"]
    with Terminal(command, home, settings={"SCREENDIR": str(home / "screens")}) as terminal:
        try:
            yield terminal
        finally:
            for backend in screens(home):
                with suppress(ProcessLookupError):
                    os.kill(backend, signal.SIGTERM)


def open_as_an_ordinary_user(tty: str) -> None:
    """Open and close `tty` without the rights of the superuser, whom TIOCEXCL does not stop."""
    device = os.path.realpath(tty)
    mode = os.stat(device).st_mode & 0o777
    ordinary: dict[str, Any] = {}
    if os.geteuid() == 0:
        ordinary = {"user": 65534, "group": 65534, "extra_groups": []}
        os.chmod(device, 0o666)
    try:
        done = subprocess.run(["stty", "-F", device], capture_output=True, text=True, cwd="/", **ordinary)
        assert done.returncode == 0, done.stderr
    finally:
        os.chmod(device, mode)


@pytest.mark.needs("picocom", "tmux")
def test_picocom_calls_and_reads_a_letter(host: DemoHost, home: Path) -> None:
    with Terminal([path_of("picocom"), "--quiet", "--baud", "38400", host.modem0], home) as terminal:
        call_by_hand(terminal)
        terminal.key("C-a")
        terminal.key("C-x")
        assert terminal.ended() == 0


@pytest.mark.needs("tio", "tmux")
def test_tio_calls_and_reads_a_letter(host: DemoHost, home: Path) -> None:
    with Terminal([path_of("tio"), "--baudrate", "9600", host.modem0], home) as terminal:
        terminal.expect("Connected")
        call_by_hand(terminal)
        terminal.key("C-t")
        terminal.type("q")
        terminal.expect("Disconnected")
        assert terminal.ended() == 0


@pytest.mark.needs("screen", "tmux")
def test_screen_calls_and_the_next_client_can_open_the_tty(host: DemoHost, home: Path) -> None:
    with screen(host.modem1, home) as terminal:
        call_by_hand(terminal)
        terminal.key("C-a")
        terminal.type("k")
        terminal.see("Really kill this window")
        terminal.type("y")
        assert terminal.ended() == 0
    # screen sets TIOCEXCL and leaves it set; the superuser would not notice.
    open_as_an_ordinary_user(host.modem1)
    with LineClient(host.modem1) as client:
        client.dial()
        log_in(client)
        leave(client)


@pytest.mark.needs("screen", "tmux")
def test_a_screen_that_is_killed_leaves_the_line_free(host: DemoHost, home: Path) -> None:
    with screen(host.modem1, home) as terminal:
        terminal.takes_keys()
        until_the_modem_answers(terminal)
        terminal.type(f"ATDT{DemoHost.MAIL_HOST}\r")
        log_in(terminal)
        for backend in screens(home):
            os.kill(backend, signal.SIGKILL)
    open_as_an_ordinary_user(host.modem1)
    with LineClient(host.modem1) as client:
        client.dial()
        client.expect("login: ")
