"""Whole calls to a host whose letters stay on a mail server: dial, log in, read, answer, delete, quit."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.dovecot import MASTER, MASTER_PASSWORD, PASSWORD, Dovecot, dovecot
from tests.support.line_client import LineClient
from tests.support.mail_session import PROMPT, command, leave, until_listed

pytestmark = pytest.mark.needs("dovecot", "doveadm")
PATIENCE = 60.0
CONFIG = """
[host]
name = "host.example"
[mail]
domains = ["host.example"]
store = "imap"
[accounts]
backend = "{backend}"
socket = "{socket}"
[imap]
host = "127.0.0.1"
port = {port}
security = "none"
{more}
[[line]]
name = "modem0"
port = "pty:modem0"
number = "201"
"""
SENTENCE = r"The mail server cannot be reached at present; try again later\."
LETTER = b"From: Bob <bob@host.example>\r\nTo: alice@host.example\r\nSubject: %s\r\nMessage-ID: <%s@x>\r\n\r\n%s\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot("alice", "bob") as running:
        yield running


@contextmanager
def host(folder: Path, server: Dovecot, backend: str, more: str = "") -> Iterator[str]:
    """A host of its own; where its modem is."""
    (folder / "accounts").write_text("alice:x:::Alice Ash:::\nbob:x:::Bob Beech:::\n")
    text = CONFIG.format(backend=backend, socket=server.auth_socket, port=server.imap, more=more)
    (folder / "offhook.toml").write_text(text)
    command = [sys.executable, "-m", "offhook", "serve", "--config", str(folder / "offhook.toml")]
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE
        while "Ready." not in (said := (folder / "out").read_text(errors="replace")):
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.02)
        yield str(folder / "modem0")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, (folder / "out").read_text(errors="replace")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def log_in(caller: LineClient, name: str, password: str = PASSWORD) -> None:
    caller.expect(r"login: ")
    caller.type(f"{name}\r")
    caller.expect(r"password: ")
    caller.type(f"{password}\r")


def put(server: Dovecot, user: str, *subjects: str) -> None:
    for subject in subjects:
        word = subject.replace(" ", "-").encode()
        server.doveadm("save", "-u", user, data=LETTER % (subject.encode(), word, b"text of " + subject.encode()))


def subjects(server: Dovecot, user: str, *query: str) -> list[str]:
    said = server.doveadm("-f", "flow", "fetch", "-u", user, "hdr.subject", "mailbox", "INBOX", *query)
    return [line.removeprefix("hdr.subject=").strip() for line in said.splitlines() if line]


def test_a_call_to_a_host_whose_letters_are_on_a_mail_server(tmp_path: Path, server: Dovecot) -> None:
    put(server, "alice", "first", "second", "third")
    (tmp_path / "secret").write_text(f"{MASTER_PASSWORD}\n")
    (tmp_path / "secret").chmod(0o600)
    more = f'master_user = "{MASTER}"\npassword_file = "secret"'
    with host(tmp_path, server, "dovecot", more) as modem, LineClient(modem) as caller:
        caller.dial()
        log_in(caller, "alice")
        caller.expect("3 letters, 3 new")
        caller.expect(PROMPT)
        command(caller, "1", "text of first")
        caller.type("r\r")
        caller.expect(r"(?i)re: first")
        caller.type("An answer.\r")
        caller.expect(r"An answer\.")
        caller.type(".\r")
        caller.expect("Sent")
        caller.expect(PROMPT)
        command(caller, "d 2", "")
        command(caller, "s 3 Work/2026", "1 letter copied")
        put(server, "alice", "while the caller is there")
        until_listed(caller, "while the caller is there")
        leave(caller)
    assert subjects(server, "alice") == ["first", "third", "while the caller is there"]
    assert subjects(server, "alice", "seen") == ["first"]
    assert subjects(server, "alice", "answered") == ["first"]
    assert "Work/2026" in server.doveadm("mailbox", "list", "-u", "alice").split()
    assert subjects(server, "bob") == ["Re: first"], "the host has delivered the answer as the master user"


def test_without_a_master_user_the_callers_password_opens_the_mailbox(tmp_path: Path, server: Dovecot) -> None:
    put(server, "bob", "for bob")
    with host(tmp_path, server, "imap") as modem, LineClient(modem) as caller:
        caller.dial()
        log_in(caller, "bob", "not it")
        caller.expect("Login incorrect")
        log_in(caller, "bob")
        caller.expect(PROMPT)
        command(caller, "h $", "for bob")
        leave(caller)
    said = (tmp_path / "out").read_text(errors="replace")
    assert PASSWORD not in said
    assert "not it" not in said


def test_a_mail_server_that_is_away_is_told_in_a_sentence(tmp_path: Path) -> None:
    with dovecot("alice") as server:
        put(server, "alice", "first")
        with host(tmp_path, server, "imap") as modem, LineClient(modem) as caller:
            caller.dial()
            log_in(caller, "alice")
            caller.expect(PROMPT)
            server.kick("alice")
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(PATIENCE)
            deadline = time.monotonic() + PATIENCE
            while "cannot be reached" not in command(caller, "1", SENTENCE + "|text of first")[0]:
                assert time.monotonic() < deadline, "its last process goes a little later"
            leave(caller)
            caller.dial()
            log_in(caller, "alice")
            caller.expect(r"Nobody can log in at present; try again later\.")
