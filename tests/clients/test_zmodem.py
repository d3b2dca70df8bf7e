"""ZMODEM by lrzsz through minicom, over a call to a host: what arrives is what was sent, byte for byte."""

import random
import time
from pathlib import Path

import pytest

from tests.support.far_host import PROMPT, RECEIVED, far_host
from tests.support.pool_host import pool_host
from tests.support.programs import path_of
from tests.support.terminal_programs import until_the_modem_answers
from tests.support.tmux import Terminal

pytestmark = pytest.mark.needs("minicom", "tmux", "sz", "rz", "telnetd")

SIZE = 1_000_000
TRANSFER = 300
SETTINGS = """\
pu minit
pu mreset
pu mdropdtr         0
pu zauto            No
pu lock             {home}
pu downdir          {home}
"""


def awkward(seed: int) -> bytes:
    """Bytes of every value, with runs of those that lines and modems give a meaning."""
    chance = random.Random(seed)
    runs = (b"+++", b"+++ATH0\r", b"\xff\xff\xff", b"\xff\xf4", b"\r\n\r\0\r", b"\x11\x13\x03\x04\x18")
    pieces = [chance.choice(runs) if chance.random() < 0.05 else chance.randbytes(64) for _ in range(SIZE // 60)]
    return b"".join(pieces)[:SIZE]


def until_whole(path: Path, content: bytes) -> None:
    deadline = time.monotonic() + TRANSFER
    while not (path.exists() and path.stat().st_size == len(content)):
        assert time.monotonic() < deadline, f"{path} has {path.stat().st_size if path.exists() else 'not come'}"
        time.sleep(0.05)
    assert path.read_bytes() == content


@pytest.mark.timeout(900)
@pytest.mark.parametrize("telnet", [False, True], ids=["raw", "telnet"])
def test_a_megabyte_each_way_arrives_as_it_was_sent(telnet: bool, home: Path) -> None:
    down, up = awkward(1), awkward(2)
    far = home / "far"
    far.mkdir()
    (far / "to-caller").write_bytes(down)
    (home / "to-host").write_bytes(up)
    (home / ".minirc.dfl").write_text(SETTINGS.format(home=home))
    with far_host(far, telnet=telnet) as port:
        transport = "telnet" if telnet else "raw"
        (home / "book.toml").write_text(f'[[entry]]\nnumber = "555"\nto = "{transport}:127.0.0.1:{port}"\n')
        with (
            pool_host(home, ["pty:modem0"], "--phonebook", "book.toml") as pool,
            Terminal([path_of("minicom"), "-o", "-D", pool.facts["modem0"], "-b", "115200"], home) as terminal,
        ):
            terminal.takes_keys()
            until_the_modem_answers(terminal)
            terminal.type("ATS7=45 S0=0 L1 V1 X4 &c1 E1 Q0\r")
            terminal.expect("OK")
            terminal.type("ATDT555\r")
            terminal.expect(PROMPT)
            receive(terminal)
            until_whole(home / "to-caller", down)
            back(terminal)
            send(terminal, home / "to-host")
            until_whole(far / "from-caller" / "to-host", up)
            back(terminal, far / RECEIVED)
            terminal.type("quit\r")
            terminal.expect("NO CARRIER")


def receive(terminal: Terminal) -> None:
    """Have the host send, and minicom receive."""
    terminal.type("send\r")
    terminal.key("C-a")
    terminal.type("r")
    terminal.see("zmodem")
    terminal.key("Enter")


def send(terminal: Terminal, file: Path) -> None:
    """Have the host receive, and minicom send."""
    terminal.type("receive\r")
    terminal.key("C-a")
    terminal.type("s")
    terminal.see("zmodem")
    terminal.key("Enter")
    terminal.see("Okay")
    terminal.key("Enter")
    terminal.see("enter filename")
    terminal.type(f"{file}\r")


def back(terminal: Terminal, ended: Path | None = None) -> None:
    """From the transfer's window to the call; the host leaves the file `ended` when it is back there too.

    sz flushes the tty behind its last two bytes, and on a pty they may be lost by it: then one types them.
    """
    terminal.see("(?i)READY: press any key|complete", TRANSFER)
    terminal.key("Enter")
    terminal.gone("press any key")
    if ended and not appears(ended, 5):
        terminal.type("OO")
        assert appears(ended, TRANSFER)
    terminal.type("\r")
    terminal.expect(PROMPT)


def appears(path: Path, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not path.exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
