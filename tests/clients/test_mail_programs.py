"""Other mail programs beside the session: letters come from them and are read by them."""

import subprocess
from pathlib import Path

import pytest

from tests.support.demo_host import DemoHost
from tests.support.line_client import LineClient
from tests.support.mail_session import command, compose, leave, log_in, until_listed
from tests.support.programs import path_of
from tests.support.tmux import Terminal


def swaks(home: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Send a letter from a stranger by swaks."""
    command = [path_of("swaks"), "--from", "stranger@example.org", *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=home, timeout=120)


@pytest.mark.needs("swaks")
def test_a_letter_sent_by_swaks_is_listed_at_once_in_an_open_session(host: DemoHost, home: Path) -> None:
    with LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
        subject = f"from outside {home.name}"
        address, port = host.smtp
        body = ["--h-Subject", subject, "--body", "Hello from swaks"]
        sent = swaks(home, "--server", f"{address}:{port}", "--to", "alice@localhost", *body)
        assert sent.returncode == 0, sent.stdout + sent.stderr
        listed = until_listed(caller, rf"(\d+)\S* .*{subject[:15]}")
        command(caller, listed[1], "Hello from swaks")
        leave(caller)


@pytest.mark.needs("swaks")
def test_swaks_is_told_at_rcpt_that_a_user_is_unknown(host: DemoHost, home: Path) -> None:
    address, port = host.smtp
    sent = swaks(home, "--server", f"{address}:{port}", "--to", "nobody-here@localhost")
    # 24: no recipient was accepted.
    assert sent.returncode == 24, sent.stdout + sent.stderr
    assert "550" in sent.stdout + sent.stderr


@pytest.mark.needs("swaks")
def test_swaks_delivers_by_lmtp(host: DemoHost, home: Path) -> None:
    where = ["--protocol", "LMTP", "--socket", host.lmtp]
    sent = swaks(home, *where, "--to", "bob@localhost", "--h-Subject", f"by LMTP {home.name}")
    assert sent.returncode == 0, sent.stdout + sent.stderr
    letters = [entry.read_bytes() for entry in (host.maildir("bob") / "new").iterdir()]
    assert any(f"by LMTP {home.name}".encode() in letter for letter in letters)


@pytest.mark.needs("mutt", "tmux")
def test_a_letter_composed_over_the_modem_is_read_by_mutt(host: DemoHost, home: Path) -> None:
    subject = f"over the wire {home.name}"
    with LineClient(host.modem1) as caller:
        caller.dial()
        log_in(caller)
        compose(caller, "bob", subject, "Written on a modem line,", "and read by mutt.")
        leave(caller)
    (home / ".muttrc").write_text(f"set folder={home}\nset sort=date-received\n")
    with Terminal([path_of("mutt"), "-R", "-f", str(host.maildir("bob"))], home) as terminal:
        terminal.see(subject[:20])
        terminal.type(f"/{subject}\r")
        terminal.type("\r")
        terminal.see(rf"Subject: {subject}")
        terminal.see("From: .*alice@localhost")
        terminal.see("Written on a modem line,")
        terminal.type("qx")
        assert terminal.ended() == 0
