"""Calls to the mail host over a modem: log in, read, write, be cut off, come back."""

import re
import time
from uuid import uuid4

import pytest

from tests.support.demo_host import DemoHost
from tests.support.line_client import LineClient
from tests.support.mail_session import (
    PROMPT,
    command,
    compose,
    echoed_the_password,
    leave,
    log_in,
    read_the_first_letter,
    until_listed,
)


@pytest.fixture
def subject() -> str:
    """A subject that no other test has."""
    return f"Number {uuid4().hex[:8]}"


def test_a_call_from_connect_to_no_carrier(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
        assert not echoed_the_password(caller.heard)
        command(caller, "h", "Welcome to offhook")
        read_the_first_letter(caller)
        leave(caller)
        caller.command("AT")


def test_every_sample_letter_can_be_read(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
        command(caller, "2", "acoustic")
        command(caller, "3", "hiss last night")
        command(caller, "4", r"(?s)as a file.*rates\.csv")
        command(caller, "5", r"(?s)Line Noise Gazette.*Null modems")
        command(caller, "6", r"(?s)Z.+rich.*Bob")
        caller.type("7\r")
        caller.expect("does not fit on a screen")
        caller.expect(r"More\? ")
        caller.type(" ")
        caller.expect(r"More\? ")
        caller.type("q")
        caller.expect(PROMPT)
        assert not re.search("[^\x20-\x7e\r\n\b]", caller.heard), "only ASCII goes to a terminal that said nothing"
        leave(caller)


def test_a_letter_to_bob_is_in_his_maildrop_and_he_can_answer_it(host: DemoHost, subject: str) -> None:
    with LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
        compose(caller, "bob", subject, "Shall we meet?", "Alice")
        leave(caller)
    with LineClient(host.modem1) as caller:
        caller.dial()
        log_in(caller, "bob")
        listed = command(caller, "h $", rf"(\d+)\S* .*{subject}")
        command(caller, listed[1], r"Shall we meet\?")
        caller.type("r\r")
        caller.expect(r"(?i)re: " + subject)
        caller.type("Yes, we shall.\r")
        caller.expect(r"Yes, we shall\.")
        caller.type(".\r")
        caller.expect(PROMPT)
        leave(caller)
    with LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
        listed = command(caller, "h $", rf"(\d+)\S* .*Re: {subject}")
        command(caller, listed[1], r"Yes, we shall\.")
        leave(caller)


def test_a_letter_that_comes_by_smtp_during_the_call_is_listed_at_once(host: DemoHost, subject: str) -> None:
    with LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
        host.post(f"From: stranger@example.org\r\nSubject: {subject}\r\n\r\nHello.\r\n".encode())
        until_listed(caller, subject)
        leave(caller)


def until_kept(host: DemoHost, account: str, words: bytes) -> None:
    """Wait until a draft with these words is on the disk, which may be a busy one."""
    deadline = time.monotonic() + 60
    draft = host.maildir(account) / "offhook-draft"
    while not (draft.exists() and words in draft.read_bytes()):
        assert time.monotonic() < deadline, "the draft is not kept"
        time.sleep(0.02)


def test_a_draft_survives_the_loss_of_carrier_and_is_offered_at_the_next_login(host: DemoHost, subject: str) -> None:
    with LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller, "bob")
        caller.type("m alice\r")
        caller.expect("(?i)subject: ")
        caller.type(f"{subject}\r")
        caller.type("A finished line,\r")
        caller.expect("A finished line,")
        caller.type("and half a li")
        caller.expect("and half a li")
    until_kept(host, "bob", b"and half a li")
    with LineClient(host.modem1) as caller:
        caller.dial()
        log_in(caller, "bob")
        assert "An unfinished letter is kept" in caller.heard
        caller.type("m\r")
        caller.type("~p\r")
        caller.expect(rf"Subject: {subject}")
        caller.expect("A finished line,")
        caller.expect("and half a li")
        caller.type(".\r")
        caller.expect("Sent")
        caller.expect(PROMPT)
        leave(caller)


def test_a_line_is_free_at_once_after_carrier_was_lost(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
    begun = time.monotonic()
    with LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
        assert time.monotonic() - begun < 30
        leave(caller)


def test_three_wrong_passwords_end_the_call(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.dial()
        for name in ("alice", "nobody-at-all", "alice"):
            caller.expect("login: ")
            caller.type(f"{name}\r")
            caller.expect("password: ")
            caller.type("not the password\r")
        caller.expect(r"\r\nNO CARRIER\r\n")
        assert "not the password" not in caller.heard
        assert not re.search(PROMPT, caller.heard)
        caller.command("AT")


def test_a_letter_is_moved_into_a_folder_and_read_there_in_a_later_call(host: DemoHost, subject: str) -> None:
    folder = f"Kept/{subject.replace(' ', '-')}"
    with LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller, "bob")
        compose(caller, "bob", subject, "To be kept.")
        number = until_listed(caller, rf"(\d+)\S* .*{subject}")[1]
        command(caller, f"move {number} {folder}", rf"1 letter moved into {folder}\.")
        leave(caller)
        caller.dial()
        log_in(caller, "bob")
        command(caller, f"folder {folder}", rf"{folder}: 1 letter, 1 new\.")
        command(caller, "1", r"To be kept\.")
        command(caller, "folders", rf"\* {folder}")
        leave(caller)
    (file,) = (host.maildir("bob") / f".{folder.replace('/', '.')}" / "cur").iterdir()
    assert file.name.endswith(":2,S")
    assert f"Subject: {subject}\n".encode() in file.read_bytes()
