"""Programs on the ports that a network carries, as docs/network-ports.md has them."""

import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import serial

from tests.support.pool_host import pool_host
from tests.support.programs import path_of
from tests.support.remote_url import remote_url
from tests.support.terminal_programs import until_the_modem_answers
from tests.support.tmux import Terminal

TCP, RFC2217 = "1", "2"
"""The numbers of the two lines."""


@pytest.fixture
def ports(home: Path) -> Iterator[tuple[str, str]]:
    """The addresses of a line on a TCP port and of one on an RFC 2217 port, HOST:PORT."""
    with pool_host(home, ["tcp:127.0.0.1:0", "rfc2217:127.0.0.1:0"]) as pool:
        named = dict(value.split(":", 1) for value in pool.facts.values())
        yield named["tcp"], named["rfc2217"]


@pytest.mark.needs("socat", "minicom", "tmux")
def test_minicom_types_through_a_tty_that_socat_makes_of_a_tcp_port(ports: tuple[str, str], home: Path) -> None:
    tty = home / "modem"
    (home / ".minirc.dfl").write_text(f"pu minit\npu mreset\npu mdropdtr 0\npu lock {home}\n")
    socat = subprocess.Popen([path_of("socat"), f"PTY,link={tty},rawer", f"TCP:{ports[0]}"])
    try:
        _until(tty.is_symlink)
        with Terminal([path_of("minicom"), "-o", "-D", str(tty)], home) as terminal:
            terminal.takes_keys()
            until_the_modem_answers(terminal)
            terminal.type(f"ATDT{TCP}\r")
            terminal.expect("BUSY")
    finally:
        socat.terminate()
        socat.wait()


@pytest.mark.needs("socat")
def test_socat_pipes_a_command_in_and_the_answer_out(ports: tuple[str, str]) -> None:
    for address in ports:
        command = [path_of("socat"), "-t", "1", "-", f"TCP:{address}"]
        said = subprocess.run(command, input=b"AT\r", capture_output=True, check=True, timeout=60).stdout
        assert b"OK" in said


@pytest.mark.needs("telnet", "tmux")
def test_telnet_leaves_the_echo_to_the_modem_of_an_rfc_2217_port(ports: tuple[str, str], home: Path) -> None:
    host, port = ports[1].split(":")
    with Terminal([path_of("telnet"), host, port], home) as terminal:
        terminal.expect("Escape character")
        terminal.takes_keys()  # from when it has heard of the echo
        terminal.type("AT&F\r")
        terminal.expect("OK")
        terminal.type(f"ATDT{RFC2217}\r")
        terminal.expect("BUSY")
        assert len(re.findall("AT&F", terminal.text())) == 1


# pyserial 3.5 names its reader thread and makes it a daemon in the manner of Python 2.
@pytest.mark.filterwarnings(r"ignore:setDaemon\(\) is deprecated:DeprecationWarning:serial")
@pytest.mark.filterwarnings(r"ignore:setName\(\) is deprecated:DeprecationWarning:serial")
def test_pyserial_waits_for_ri_and_answers(ports: tuple[str, str]) -> None:
    host, port = ports[0].split(":")
    with (
        closing(serial.serial_for_url(remote_url(ports[1]), baudrate=9600, timeout=60)) as line,
        socket.create_connection((host, int(port)), timeout=60) as caller,
    ):
        caller.sendall(f"ATDT{RFC2217}\r".encode())
        _until(lambda: line.ri)
        line.write(b"ATA\r")
        assert line.read_until(b"CONNECT 9600\r\n").endswith(b"CONNECT 9600\r\n")
        assert line.cd
        line.dtr = False
        _until(lambda: not line.cd)


def _until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
