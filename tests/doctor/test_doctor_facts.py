import os
import pty
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from offhook.doctor import address_facts, device_facts, machine_facts
from tests.support.ports import free_port


def test_a_pty_is_known_with_its_settings_and_who_has_it_open(tmp_path: Path):
    master, terminal = pty.openpty()
    path = os.ttyname(terminal)
    link = tmp_path / "modem0"
    link.symlink_to(path)
    with open(path, "rb") as tty:
        program = subprocess.Popen([sys.executable, "-c", "input()"], stdin=tty, stdout=subprocess.DEVNULL)
    try:
        facts = device_facts(str(link), tmp_path)
        assert (facts.exists, facts.character_device, facts.pty, facts.may_use) == (True, True, True, True)
        assert facts.link == path
        assert facts.settings == {"echo", "line editing"}
        assert facts.modem_lines is False
        assert program.pid in [user.process for user in facts.users]
    finally:
        program.kill()
        program.wait()
        os.close(master)
        os.close(terminal)


def test_locks_are_read(tmp_path: Path):
    master, terminal = pty.openpty()
    path = os.ttyname(terminal)
    lock = tmp_path / f"LCK..{os.path.basename(path)}"
    lock.write_text(f"{os.getpid():10d}\n")
    facts = device_facts(path, tmp_path)
    assert facts.lock_holder == os.getpid()
    assert facts.lock_holder_lives
    lock.write_text("4194304999\n")
    assert not device_facts(path, tmp_path).lock_holder_lives
    os.close(master)
    os.close(terminal)


def test_what_is_not_there_or_no_device_is_told(tmp_path: Path):
    assert not device_facts(str(tmp_path / "none")).exists
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "gone")
    assert device_facts(str(dangling)).link == str(tmp_path / "gone")
    assert not device_facts(str(tmp_path)).character_device
    assert not device_facts("/dev/null").character_device


def test_an_address_in_use_is_found_and_one_that_is_free_is_left_free():
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert address_facts("x", "127.0.0.1", port).in_use
    assert not address_facts("x", "127.0.0.1", port).error
    assert address_facts("x", "127.0.0.1", port).addresses == ("127.0.0.1",)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.7", "x" * 300])
def test_an_address_of_nobody_here_is_an_error(host: str):
    facts = address_facts("x", host, 0)
    assert facts.error
    assert not facts.in_use


def test_the_machine_can_make_ptys_and_look_localhost_up():
    facts = machine_facts("localhost")
    assert facts.ptys
    assert facts.resolved
    assert facts.resolved[0] == "localhost"
    assert facts.resolved[2] == ""
    assert machine_facts(None).resolved is None
