import socket
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


def test_what_is_no_port_is_told() -> None:
    with pytest.raises(PortError, match="no ports of the kind"):
        asked("usb:1")


def test_a_name_cannot_drive_the_terminal() -> None:
    assert "\x1b" not in asked("./\x1b[2J")[1]
