"""Beside a real Dovecot that has the local.conf of examples/: one set of accounts and Maildirs, two programs."""

import imaplib
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from offhook.mailbox.accounts import Account, AccountFile, make_hash
from tests.support.ports import free_port
from tests.support.postfix import EXAMPLES, placed, reachable_folder
from tests.support.programs import path_of
from tests.support.served_host import PASSWORD, served_host

AROUND = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""
USER = "games"
"""A user every Debian has."""
CONFIG = """
[mail]
domains = ["here.org"]
[lmtp]
"""


@contextmanager
def local_dovecot(folder: Path, example: str, port: int) -> Iterator[None]:
    folder.mkdir()
    conf = folder / "dovecot.conf"
    conf.write_text(AROUND.format(folder=folder, port=port) + example)
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen([path_of("dovecot"), "-F", "-c", str(conf)], stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 120
        while not answers(port):
            said = (folder / "out").read_text()
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as probe:
        probe.settimeout(5)
        return probe.recv(4) == b"* OK"
    return False


@pytest.mark.needs("dovecot", "swaks")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a Dovecot that acts as another user")
def test_a_letter_delivered_by_the_host_is_read_and_flagged_by_imap_with_the_same_account():
    with reachable_folder() as folder:
        house = folder / "house"
        # The host is root's here, and Dovecot reads no mail as root: what it delivers is given to a user.
        moved = {"/var/lib/offhook": str(house), "uid=offhook gid=offhook": f"uid={USER} gid={USER}"}
        moved |= {"user = offhook": "user = root", "first_valid_uid = 100": "first_valid_uid = 1"}
        example = placed("beside_dovecot/local.conf", moved)
        port = free_port()
        with served_host(house, CONFIG), local_dovecot(folder / "dovecot", example, port):
            AccountFile(house / "accounts").add(Account("bob", make_hash("other")))
            where = ["--protocol", "LMTP", "--socket", str(house / "lmtp.sock"), "--from", "s@x.org"]
            for number in range(3):
                words = ["--to", "alice@here.org", "--h-Subject", f"letter {number}"]
                sent = subprocess.run([path_of("swaks"), *where, *words], capture_output=True, timeout=60, check=False)
                assert sent.returncode == 0, sent.stdout
            user = pwd.getpwnam(USER)
            for path in [house, house / "mail", *(house / "mail").rglob("*")]:
                os.chown(path, user.pw_uid, user.pw_gid)
            with imaplib.IMAP4("127.0.0.1", port, timeout=30) as imap:
                assert imap.login("alice", PASSWORD)[0] == "OK"
                assert imap.select()[1] == [b"3"]
                assert imap.store("2", "+FLAGS", "(\\Seen \\Flagged)")[0] == "OK"
                [(_, header)] = [part for part in imap.fetch("2", "(BODY.PEEK[HEADER])")[1] if isinstance(part, tuple)]
                assert b"Subject: letter 1" in header
                imap.append("INBOX", None, None, b"Subject: by IMAP\r\n\r\nx\r\n")
            files = [file for name in ("new", "cur") for file in (house / "mail" / "alice" / name).iterdir()]
            assert len(files) == 4
            flagged = [file for file in files if b"Subject: letter 1" in file.read_bytes()]
            assert [file.name.rpartition(",")[2] for file in flagged] == ["FS"]
            with imaplib.IMAP4("127.0.0.1", port, timeout=30) as imap:
                assert imap.login("bob", "other")[0] == "OK"
            log = (folder / "dovecot" / "log").read_text()
            assert "Error" not in log, log


@pytest.mark.needs("systemd-analyze")
def test_the_unit_is_one_that_systemd_takes(tmp_path: Path):
    program = tmp_path / "offhook"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = (EXAMPLES / "systemd" / "offhook.service").read_text().replace("/usr/bin/offhook", str(program))
    (tmp_path / "offhook.service").write_text(unit)
    command = [path_of("systemd-analyze"), "verify", "--man=no", str(tmp_path / "offhook.service")]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    ours = [line for line in (checked.stdout + checked.stderr).splitlines() if "offhook.service" in line]
    assert ours == []
