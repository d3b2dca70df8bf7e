"""Mail programs that send through the host: what they wrote arrives once, as they wrote it."""

import subprocess
from pathlib import Path

import pytest

from tests.support.demo_host import DemoHost
from tests.support.programs import path_of

BODY = "Dear Alice,\n.\n..\n.x\nFrom here on: Gr\u00fc\u00dfe\n\nend\n"


def arrived(host: DemoHost, subject: str) -> list[bytes]:
    letters = [file.read_bytes() for name in ("new", "cur") for file in (host.maildir("alice") / name).iterdir()]
    return [letter for letter in letters if f"\nSubject: {subject}\n".encode() in letter]


def check(host: DemoHost, subject: str) -> None:
    [letter] = arrived(host, subject)
    assert letter.partition(b"\n\n")[2].decode() == BODY
    assert letter.startswith(b"Return-Path: <stranger@example.org>\nDelivered-To: alice@localhost\n")


@pytest.mark.needs("s-nail")
def test_a_letter_sent_by_s_nail_arrives(host: DemoHost, home: Path):
    address, port = host.smtp
    subject = f"by s-nail {home.name}"
    options = [
        "v15-compat=yes", f"mta=smtp://{address}:{port}", "smtp-auth=none", f"DEAD={home}/dead", "ttycharset=utf-8",
        "sendcharsets=utf-8", "mime-encoding=8bit", "from=stranger@example.org", "hostname=example.org", "sendwait",
    ]  # fmt: skip
    command = [path_of("s-nail"), "-:/", *(word for option in options for word in ("-S", option))]
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    sent = subprocess.run(
        [*command, "-s", subject, "alice@localhost"],
        input=BODY.encode(), capture_output=True, env=environment, timeout=60, check=False,
    )  # fmt: skip
    assert sent.returncode == 0, sent.stdout + sent.stderr
    check(host, subject)


@pytest.mark.needs("mutt")
def test_a_letter_sent_by_mutt_arrives(host: DemoHost, home: Path):
    address, port = host.smtp
    subject = f"by mutt {home.name}"
    (home / ".muttrc").write_text(
        f'set smtp_url="smtp://{address}:{port}"\nset from="stranger@example.org" use_envelope_from allow_8bit\n'
        "set ssl_starttls=no ssl_force_tls=no charset=utf-8 send_charset=utf-8 hostname=example.org copy=no\n"
    )
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    command = [path_of("mutt"), "-F", str(home / ".muttrc"), "-s", subject, "alice@localhost"]
    sent = subprocess.run(command, input=BODY.encode(), capture_output=True, env=environment, timeout=60, check=False)
    assert sent.returncode == 0, sent.stdout + sent.stderr
    check(host, subject)


@pytest.mark.needs("swaks")
def test_a_letter_sent_by_swaks_in_pipelines_arrives(host: DemoHost, home: Path):
    address, port = host.smtp
    subject = f"by swaks {home.name}"
    where = ["--server", f"{address}:{port}", "--pipeline", "--from", "stranger@example.org"]
    to = ["--to", "alice@localhost,alice@localhost"]
    body = home / "body"
    body.write_text(BODY)
    sent = subprocess.run(
        [path_of("swaks"), *where, *to, "--h-Subject", subject, "--body", f"@{body}"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert sent.returncode == 0, sent.stdout + sent.stderr
    [letter] = arrived(host, subject)
    assert BODY.strip() in letter.decode()
