import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from offhook.cli.doctor import doctor
from offhook.modem.ports import PortError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def asked(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(doctor, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_the_machine_is_looked_at_without_a_port() -> None:
    status, output = asked("--host", "localhost")
    assert status == 0
    assert "the name localhost can be looked up" in output


@pytest.mark.parametrize(
    ("port", "status", "said"),
    [
        ("pty:./modem0", 0, "is free"),
        ("pty:./deep/modem0", 0, "offhook will make it"),
        ("pty:./file", 1, "does not replace files"),
        ("serial:./none", 1, "is not there"),
        ("./file", 1, "is no device"),
        ("/dev/null", 1, "is no device"),
        ("tcp:127.0.0.1:0", 0, "is free"),
        ("rfc2217:203.0.113.7:0", 1, "an address of this machine"),
        ("ip232:127.0.0.1:0", 0, "is free"),
    ],
)
def test_each_kind_of_port_is_looked_at(port: str, status: int, said: str) -> None:
    Path("file").touch()
    found, output = asked(port)
    assert (found, said in output) == (status, True), output


def test_an_address_in_use_is_trouble() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        status, output = asked(f"tcp:127.0.0.1:{server.getsockname()[1]}")
    assert status == 1
    assert "another program listens there" in output


@contextmanager
def server_of_a_modem(*said: bytes, stays: bool = True) -> Iterator[str]:
    """A server that says this and stays, or ends the connection; its port as it is written."""

    def serve() -> None:
        with suppress(OSError):
            client, _ = server.accept()
            with client:
                for each in said:
                    client.sendall(each)
                if stays:
                    client.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    ("words", "stays", "status", "said"),
    [
        ([b"ser2net port 4001\r\n", b"\xff\xfb\x2c"], True, 0, "it speaks Telnet"),
        ([b"Busy.\r\n"], False, 1, "another program has the port"),
        ([b"hello\r\n" * 1000], True, 1, "the accepter is telnet(rfc2217)"),
    ],
)
def test_a_server_that_a_modem_is_behind_is_asked(words: list[bytes], stays: bool, status: int, said: str) -> None:
    with server_of_a_modem(*words, stays=stays) as port:
        found, output = asked("--real-modem", f"rfc2217:{port}?rate=9600")
    assert (found, said in output) == (status, True), output


@pytest.mark.parametrize(
    ("words", "stays", "status", "said"),
    [
        ([b"\xff\xfb\x2c"], True, 1, "write rfc2217: in place of tcp:"),
        ([b"Busy.\r\n"], False, 1, "another program has the port"),
        ([], True, 0, "it carries bytes, and no signals"),
    ],
)
@pytest.mark.parametrize("form", ["--real-modem tcp:{}?rate=9600", "tcp:{}?connect"])
def test_a_server_that_carries_bytes_only_is_asked(
    form: str, words: list[bytes], stays: bool, status: int, said: str
) -> None:
    with server_of_a_modem(*words, stays=stays) as port:
        found, output = asked(*form.format(port).split())
    assert (found, said in output) == (status, True), output


def test_one_that_is_not_there_is_trouble_and_what_leads_to_no_modem_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = f"rfc2217:127.0.0.1:{server.getsockname()[1]}"
    status, output = asked("--real-modem", port)
    assert (status, "start the server there" in output) == (1, True), output
    with pytest.raises(PortError, match="leads to no real modem"):
        asked("--real-modem", "ip232:127.0.0.1:4000")


def test_what_is_no_port_is_told() -> None:
    with pytest.raises(PortError, match="no ports of the kind"):
        asked("usb:1")


def test_a_name_cannot_drive_the_terminal() -> None:
    assert "\x1b" not in asked("./\x1b[2J")[1]
