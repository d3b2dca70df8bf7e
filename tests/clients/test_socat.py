"""socat and ser2net between programs and modems, as docs/socat.md has it."""

import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import pytest
import serial

from tests.support.line_client import LineClient
from tests.support.pool_host import pool_host
from tests.support.ports import free_port
from tests.support.programs import path_of
from tests.support.remote_url import remote_url
from tests.support.served_host import served_host
from tests.support.tmux import Terminal

SER2NET = """\
%YAML 1.1
---
connection: &remote
    accepter: {accepter},127.0.0.1,{port}
    connector: serialdev,{device},9600n81,local
"""


def until(happened: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


@contextmanager
def running(command: list[str], output: Path) -> Iterator[None]:
    """A program that goes on until it is told to end."""
    with (
        output.open("wb") as out,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def socat(home: Path, *addresses: str) -> Iterator[Path]:
    """socat between two addresses; what it says is in the file."""
    output = home / f"socat-{len(list(home.glob('socat-*')))}"
    with running([path_of("socat"), "-d", "-d", *addresses], output):
        until(lambda: "listening on" in output.read_text() or "starting data transfer" in output.read_text(), "socat")
        yield output


@contextmanager
def pair(home: Path, one: str, other: str) -> Iterator[None]:
    """Two ttys that socat joins."""
    with socat(home, *(f"pty,rawer,link={home / name}" for name in (one, other))):
        yield


@contextmanager
def ser2net(home: Path, device: Path, accepter: str) -> Iterator[int]:
    """ser2net with a device behind a TCP port; the port."""
    port = free_port()
    config = home / "ser2net.yaml"
    config.write_text(SER2NET.format(accepter=accepter, port=port, device=device))
    with running([path_of("ser2net"), "-n", "-u", "-c", str(config)], home / "ser2net.out"):
        until(lambda: listens(port), "ser2net")
        yield port


def listens(port: int) -> bool:
    return f":{port:04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text()


def answered(client: LineClient) -> None:
    """Type AT until the modem is there: it looks for its device once a second."""
    until(lambda: client.type("AT\r") or (not client.silent(0.3) and "OK" in client.heard), "OK")


def talk(one: LineClient, other: LineClient) -> None:
    for near, far in ((one, other), (other, one)):
        near.type("over the line\r")
        far.expect("over the line\r")


@pytest.mark.needs("socat", "minicom", "tmux")
def test_minicom_on_one_end_of_a_socat_pair_calls_by_the_modem_on_the_other(home: Path) -> None:
    (home / ".minirc.dfl").write_text(f"pu minit\npu mreset\npu mdropdtr 0\npu lock {home}\n")
    with (
        pair(home, "ours", "theirs"),
        pool_host(home, [f"serial:{home}/ours?rate=9600", "pty:./modem1"]),
        Terminal([path_of("minicom"), "-D", str(home / "theirs"), "-b", "9600"], home) as terminal,
        LineClient(str(home / "modem1")) as friend,
    ):
        terminal.takes_keys()
        for _ in range(200):
            terminal.type("AT\r")
            if "OK" in terminal.text():
                break
            time.sleep(0.3)
        friend.command("ATS0=1")
        terminal.type("ATDT2\r")
        terminal.expect("CONNECT 9600")
        friend.expect("CONNECT")
        friend.type("hello from here\r\n")
        terminal.expect("hello from here")
        terminal.type("and from there")
        friend.expect("and from there")


@pytest.mark.needs("socat")
def test_socat_puts_tcp_callers_on_the_tty_of_a_modem_one_after_the_other(home: Path) -> None:
    with (
        pool_host(home, ["pty:./modem0"]),
        socat(home, "TCP-LISTEN:0,bind=127.0.0.1,fork,max-children=1", f"OPEN:{home}/modem0,rawer") as said,
    ):
        found = re.search(r"listening on AF=2 127\.0\.0\.1:(\d+)", said.read_text())
        assert found
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", int(found[1])), timeout=60) as caller:
                heard = b""
                caller.settimeout(0.3)
                for _ in range(200):
                    caller.sendall(b"AT\r")
                    try:
                        heard += caller.recv(4096)
                    except TimeoutError:
                        continue
                    if b"OK" in heard:
                        break
                assert b"\r\nOK\r\n" in heard


@pytest.mark.needs("socat", "ser2net")
@pytest.mark.parametrize("by_socat", [True, False], ids=["by socat", "connected to by offhook"])
def test_a_modem_answers_on_a_serial_port_that_ser2net_has_far_away(home: Path, by_socat: bool) -> None:
    with (
        pair(home, "serial", "terminal"),
        ser2net(home, home / "serial", "tcp") as port,
        socat(home, f"pty,rawer,link={home}/remote", f"TCP:127.0.0.1:{port}") if by_socat else nullcontext(),
        pool_host(
            home,
            [f"serial:{home}/remote?rate=9600" if by_socat else f"tcp:127.0.0.1:{port}?connect", "pty:./modem1"],
        ),
        LineClient(str(home / "terminal")) as terminal,
        LineClient(str(home / "modem1")) as friend,
    ):
        answered(terminal)
        friend.command("ATS0=1")
        terminal.type("ATDT2\r")
        terminal.expect("CONNECT 9600" if by_socat else "CONNECT")
        friend.expect("CONNECT")
        time.sleep(0.5)
        talk(terminal, friend)


# pyserial 3.5 names its reader thread and makes it a daemon in the manner of Python 2.
@pytest.mark.filterwarnings(r"ignore:setDaemon\(\) is deprecated:DeprecationWarning:serial")
@pytest.mark.filterwarnings(r"ignore:setName\(\) is deprecated:DeprecationWarning:serial")
@pytest.mark.needs("ser2net")
def test_pyserial_reaches_a_modem_through_ser2net_and_rfc_2217(home: Path) -> None:
    with pool_host(home, ["pty:./modem0", "pty:./modem1"]), LineClient(str(home / "modem1")) as friend:
        friend.command("ATS0=1")
        with ser2net(home, home / "modem0", "telnet(rfc2217),tcp") as port:
            url = remote_url(f"127.0.0.1:{port}") + "&ign_set_control"
            with closing(serial.serial_for_url(url, baudrate=9600, timeout=0.5)) as line:
                heard = b""

                def says_ok() -> bool:
                    nonlocal heard
                    line.write(b"AT\r")
                    heard += line.read(100)
                    return b"\r\nOK\r\n" in heard

                until(says_ok, "OK")
                line.timeout = 60
                line.write(b"ATDT2\r")
                assert b"CONNECT" in line.read_until(b"CONNECT 9600\r\n")
                friend.expect("CONNECT")
                friend.type("hello")
                assert line.read(5) == b"hello"


@pytest.mark.needs("ser2net")
@pytest.mark.parametrize(("accepter", "kind"), [("telnet(rfc2217),tcp", "rfc2217"), ("tcp", "tcp")])
def test_a_host_answers_by_a_modem_that_ser2net_has_far_away(home: Path, accepter: str, kind: str) -> None:
    with (
        pool_host(home, ["pty:./modem0", "pty:./modem1"]),
        ser2net(home, home / "modem0", accepter) as port,
        LineClient(str(home / "modem1")) as caller,
    ):
        modem = f'[[line]]\nname = "far"\nkind = "real-modem"\nport = "{kind}:127.0.0.1:{port}?rate=9600"\nanswer = 1\n'
        with served_host(home / "host", modem) as host:
            for number in (1, 2):
                host.until_traced("< ShowReady(ready=True)", number)
                caller.command("AT")
                caller.type("ATDT1\r")
                caller.expect(r"CONNECT[^\r]*\r\n")
                caller.expect("login: ")
                caller.escape()
                caller.command("ATH")
            assert f"> DceCame(lines={kind == 'rfc2217'})" in host.trace.read_text()
