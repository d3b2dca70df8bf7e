"""Terminals on cables, with no modem: a tty, and a port with its signals."""

import socket
import subprocess
import time
from pathlib import Path

import pytest
import serial

from offhook.modem.rs232 import Parity, with_parity
from tests.support.line_client import LineClient
from tests.support.mail_session import PROMPT, log_in
from tests.support.programs import path_of
from tests.support.remote_url import remote_url
from tests.support.served_host import served_host

LETTER = b"From: bob@example.org\nTo: alice@localhost\nSubject: By a cable\n\nIt is short.\n"


def config(port: str, more: str = "") -> str:
    return f'[[line]]\nname = "desk"\nkind = "direct"\nport = "{port}"\n{more}\n'


def test_a_program_on_the_tty_is_greeted_reads_mail_is_greeted_again_and_hangs_up_by_leaving(tmp_path: Path) -> None:
    with served_host(tmp_path / "host", config("pty:terminal"), (LETTER,)) as host:
        tty = str(host.folder / "terminal")
        for number in (1, 2):
            with LineClient(tty) as terminal:
                log_in(terminal)
                terminal.type("1\r")
                terminal.expect("It is short")
                terminal.expect(PROMPT)
                terminal.type("q\r")
                terminal.expect("(?i)goodbye")
                terminal.expect("login: ")
            host.until_traced("> TerminalSignals(present=False)", number + 1)
        assert '"normal"' in (host.folder / "calls.jsonl").read_text()


def test_a_key_begins_the_call_and_another_ends_it_and_the_parity_is_the_terminals(tmp_path: Path) -> None:
    more = 'start = "key"\nhang_up = "^]"'
    with (
        served_host(tmp_path / "host", f'[[direct]]\nname = "desk"\nport = "pty:terminal"\n{more}\n') as host,
        LineClient(str(tmp_path / "host" / "terminal")) as terminal,
    ):
        host.until_traced("> TerminalSignals(present=True)")
        assert terminal.silent(1.0)
        for text, wanted in (("\r", "login: "), ("alice\r", "password: ")):
            terminal.type(with_parity(text.encode(), Parity.EVEN).decode("latin-1"))
            terminal.expect(with_parity(wanted.encode(), Parity.EVEN).decode("latin-1"))
        terminal.type(with_parity(b"\x1d", Parity.EVEN).decode("latin-1"))
        host.until_traced("< HangUp()")


@pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning", "ignore:setName:DeprecationWarning")
def test_over_a_port_with_signals_dtr_brings_the_greeting_and_its_fall_ends_the_call(tmp_path: Path) -> None:
    with served_host(tmp_path / "host", config("rfc2217:127.0.0.1:0")) as host:
        address = host.output.read_text().partition("desk: ")[2].partition("\n")[0].removeprefix("rfc2217:")
        with serial.serial_for_url(remote_url(address), timeout=0.2) as terminal:
            until(terminal, b"login: ")
            assert terminal.cd
            terminal.dtr = False
            host.until_traced("< HangUp()")
            terminal.reset_input_buffer()
            terminal.dtr = True
            until(terminal, b"login: ")


def until(port: serial.Serial, wanted: bytes) -> None:
    """Read until `wanted` has come."""
    got, deadline = b"", time.monotonic() + 60
    while wanted not in got:
        assert time.monotonic() < deadline, got
        got += port.read(100)


def test_a_terminal_on_a_server_that_the_host_connects_to_is_greeted_by_a_key_and_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        port = f"tcp:127.0.0.1:{server.getsockname()[1]}?connect"
        with served_host(tmp_path / "host", config(port, 'start = "key"\nhang_up = "^]"')) as host:
            assert f"desk: {port}" in host.output.read_text()
            for number in (1, 2):
                terminal, _ = server.accept()
                with terminal:
                    terminal.settimeout(60)
                    host.until_traced("> TerminalSignals(present=True)", number)
                    terminal.sendall(b" ")
                    heard = b""
                    while b"login: " not in heard:
                        data = terminal.recv(4096)
                        assert data, heard
                        heard += data
                    if number == 1:
                        terminal.sendall(b"\x1d")
                        host.until_traced("< HangUp()")
                host.until_traced("> TerminalSignals(present=False)", number + 1)


@pytest.mark.needs("socat")
def test_the_same_over_a_cable_that_socat_plays(tmp_path: Path) -> None:
    ends = [f"pty,raw,echo=0,link={tmp_path / name}" for name in ("ours", "theirs")]
    with subprocess.Popen([path_of("socat"), *ends]) as socat:
        try:
            deadline = time.monotonic() + 60
            while not (tmp_path / "theirs").exists():
                assert time.monotonic() < deadline
                time.sleep(0.02)
            port = f"serial:{tmp_path}/ours?rate=9600"
            with (
                served_host(tmp_path / "host", config(port, 'start = "key"')) as host,
                LineClient(str(tmp_path / "theirs")) as terminal,
            ):
                terminal.type("\r")
                log_in(terminal)
                terminal.type("q\r")
                terminal.expect("(?i)goodbye")
                host.until_traced("< ShowCarrier(on=True)")
                terminal.type("\r")
                terminal.expect("login: ")
        finally:
            socat.terminate()
