"""Every terminal program people dial with calls a host elsewhere, over raw TCP and by Telnet, and comes back."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.far_host import PROMPT, far_host
from tests.support.line_client import LineClient
from tests.support.pool_host import PoolHost, pool_host
from tests.support.programs import path_of
from tests.support.terminal_programs import cu_command, until_the_modem_answers
from tests.support.tmux import Terminal

pytestmark = pytest.mark.needs("tmux", "telnetd")

NUMBER = "555"
WVDIAL = """\
[Dialer Defaults]
Modem = {tty}
Baud = 115200
Init1 = ATZ
Init2 = ATQ0 V1 E1 S0=0 &C1 &D2 +FCLASS=0
Phone = 555
Username = nobody
Password = none
Stupid Mode = yes
Carrier Check = no
Auto Reconnect = no
Dial Attempts = 1
PPPD Path = /bin/true
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A modem's tty, in whose phone book 555 is a host, and a home folder for its client."""

    tty: str
    home: Path
    pool: PoolHost


@pytest.fixture(params=["raw", "telnet"])
def line(request: pytest.FixtureRequest, home: Path) -> Iterator[Line]:
    far = home / "far"
    far.mkdir()
    with far_host(far, telnet=request.param == "telnet") as port:
        to = f"{request.param}:127.0.0.1:{port}"
        (home / "book.toml").write_text(f'[[entry]]\nnumber = "{NUMBER}"\nto = "{to}"\n')
        with pool_host(home, ["pty:modem0"], "--phonebook", "book.toml") as pool:
            yield Line(pool.facts["modem0"], home, pool)
            comes_back(pool.facts["modem0"])


def comes_back(tty: str) -> None:
    """The modem answers the next client, once the last one has gone: wvdial leaves a child behind for a moment."""
    for _ in range(60):
        with LineClient(tty) as client:
            client.type("AT\r")
            try:
                client.expect("AT\r\r\nOK\r\n", 1)
            except AssertionError:
                continue
            return
    pytest.fail("the modem does not answer the next client")


def talk(terminal: Terminal) -> None:
    """What a person does at the host: a line, and goodbye."""
    terminal.expect(PROMPT)
    terminal.type("hello\r")
    terminal.expect("You typed b'hello'")
    terminal.expect(PROMPT)
    terminal.type("bye\r")
    terminal.expect("Goodbye")
    terminal.type("\r")


def call_by_hand(terminal: Terminal) -> None:
    terminal.takes_keys()
    until_the_modem_answers(terminal)
    terminal.type(f"ATDT{NUMBER}\r")
    terminal.expect(r"CONNECT \d+")
    talk(terminal)
    terminal.expect("NO CARRIER")
    terminal.type("AT\r")
    terminal.expect(r"(?m)^OK")


@pytest.mark.needs("picocom")
def test_picocom(line: Line) -> None:
    with Terminal([path_of("picocom"), "--quiet", "--baud", "38400", line.tty], line.home) as terminal:
        call_by_hand(terminal)
        terminal.key("C-a")
        terminal.key("C-x")
        assert terminal.ended() == 0


@pytest.mark.needs("tio")
def test_tio(line: Line) -> None:
    with Terminal([path_of("tio"), "--baudrate", "9600", line.tty], line.home) as terminal:
        terminal.expect("Connected")
        call_by_hand(terminal)
        terminal.key("C-t")
        terminal.type("q")
        assert terminal.ended() == 0


@pytest.mark.needs("screen")
def test_screen(line: Line) -> None:
    (line.home / "screens").mkdir(mode=0o700)
    (line.home / ".screenrc").write_text("startup_message off\nvbell off\n")
    command = [path_of("screen"), "-c", str(line.home / ".screenrc"), "-T", "vt100", line.tty, "38400"]
    with Terminal(command, line.home, settings={"SCREENDIR": str(line.home / "screens")}) as terminal:
        call_by_hand(terminal)
        terminal.key("C-a")
        terminal.type("k")
        terminal.see("Really kill this window")
        terminal.type("y")
        assert terminal.ended() == 0


@pytest.mark.needs("minicom")
def test_minicom(line: Line) -> None:
    settings = f"pu minit ~^M~AT S7=45 S0=0 L1 V1 X4 &c1 E1 Q0^M\npu mdropdtr 0\npu lock {line.home}\n"
    (line.home / ".minirc.dfl").write_text(settings)
    with Terminal([path_of("minicom"), "-D", line.tty, "-b", "38400"], line.home) as terminal:
        terminal.expect(r"Q0\s+OK")
        call_by_hand(terminal)
        terminal.key("C-a")
        terminal.type("x")
        terminal.see("Leave Minicom")
        terminal.key("Enter")
        assert terminal.ended() == 0


@pytest.mark.needs("kermit")
def test_kermit(line: Line) -> None:
    with Terminal([path_of("kermit"), "-Y"], line.home) as terminal:
        for command in ("set modem type generic", f"set line {line.tty}", "set flow none", "set speed 9600"):
            terminal.expect("C-Kermit>")
            terminal.type(f"{command}\r")
        terminal.expect("C-Kermit>")
        terminal.type(f"dial {NUMBER}\r")
        terminal.expect("Call complete")
        terminal.expect("Connecting to")
        talk(terminal)
        terminal.key("C-\\")
        terminal.type("c")
        for command in ("hangup", "exit"):
            terminal.expect("C-Kermit>")
            terminal.type(f"{command}\r")
        assert terminal.ended() == 0


@pytest.mark.needs("cu")
def test_cu(line: Line) -> None:
    with cu_command(line.home, line.tty, NUMBER) as command, Terminal(command, line.home) as terminal:
        terminal.expect(r"Connected\.")
        talk(terminal)
        terminal.type("\r")
        terminal.type("~")
        terminal.type(".")
        terminal.expect(r"Disconnected\.")
        assert terminal.ended() == 0


@pytest.mark.needs("chat")
def test_chat(line: Line) -> None:
    script = ["ABORT", "BUSY", "ABORT", "ERROR", "TIMEOUT", "60", "", "ATZ", "OK", f"ATDT{NUMBER}", "CONNECT", "\\c"]
    script += [PROMPT.strip(), "hello", "typed", "\\c", PROMPT.strip(), "quit", "NO CARRIER", "\\c"]
    LineClient(line.tty).close()  # leaves the tty raw, as pppd does
    descriptor = os.open(line.tty, os.O_RDWR | os.O_NOCTTY)
    try:
        done = subprocess.run(
            [path_of("chat"), "-v", "-S", "-s", *script],
            stdin=descriptor,
            stdout=descriptor,
            stderr=subprocess.PIPE,
            timeout=250,
        )
    finally:
        os.close(descriptor)
    assert done.returncode == 0, done.stderr.decode(errors="replace")


@pytest.mark.needs("wvdial")
def test_wvdial(line: Line) -> None:
    (line.home / "wvdial.conf").write_text(WVDIAL.format(tty=line.tty))
    command = [path_of("wvdial"), "--config", str(line.home / "wvdial.conf")]
    try:
        done = subprocess.run(command, capture_output=True, timeout=120, text=True, errors="replace")
        said = done.stdout + done.stderr
    except subprocess.TimeoutExpired as late:
        said = ((late.stdout or b"") + (late.stderr or b"")).decode(errors="replace")
    assert "ATDT555" in said, said
    assert "CONNECT 115200" in said, said
    assert "Carrier detected" in said, said
