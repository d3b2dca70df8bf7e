import os
import pwd
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from offhook.mailbox.accounts import Account, AccountError, AccountFile, DovecotUsers, Residents, SystemUsers

PAT = pwd.struct_passwd(("pat", "x", 20_001, 20_001, "Pat Ash,Room 1", "/home/pat", "/bin/sh"))
NOBODY = pwd.struct_passwd(("nobody", "x", 65_534, 65_534, "", "/nonexistent", "/bin/false"))
DAEMON = pwd.struct_passwd(("daemon", "x", 1, 1, "", "/usr/sbin", "/bin/false"))


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system with three users."""
    users = {user.pw_name: user for user in (PAT, NOBODY, DAEMON)}
    monkeypatch.setattr("pwd.getpwnam", users.__getitem__)


@pytest.mark.usefixtures("system")
def test_users_of_the_system_are_residents_but_for_programs_and_nobody():
    known = SystemUsers(1_000)
    assert known("pat") == Account("pat", "", "Pat Ash")
    assert [known(name) for name in ("daemon", "nobody", "stranger")] == [None, None, None]
    assert SystemUsers(1)("daemon") == Account("daemon", "")


def test_the_file_has_the_first_word_and_others_are_asked_for_the_rest_once_in_a_while(tmp_path: Path):
    file = AccountFile(tmp_path / "accounts")
    file.add(Account("alice", "x", "Alice Ash"))
    asked: list[str] = []

    def elsewhere(name: str) -> Account | None:
        asked.append(name)
        return Account(name, "") if name in ("alice", "pat") else None

    residents = Residents(file, elsewhere)
    assert [residents.find(name) for name in ("Alice", "PAT", "pat", "stranger", "../x", "a b")] == [
        Account("alice", "x", "Alice Ash"),
        *[Account("pat", "")] * 2,
        *[None] * 3,
    ]
    assert asked == ["pat", "stranger"]
    assert residents.all() == [Account("alice", "x", "Alice Ash")]
    assert Residents(file).find("pat") is None


Answering = Callable[[bytes], DovecotUsers]


@pytest.fixture
def dovecot(tmp_path: Path) -> Iterator[Answering]:
    """A socket that gives one answer whatever it is asked."""
    listening = socket.socket(socket.AF_UNIX)
    path = tmp_path / "auth-userdb"
    listening.bind(str(path))
    listening.listen()
    threads: list[threading.Thread] = []

    def answering(answer: bytes) -> DovecotUsers:
        def serve() -> None:
            wire, _ = listening.accept()
            with wire, suppress(ConnectionError):  # one who has heard enough hangs up
                wire.recv(4096)
                wire.sendall(answer)
                wire.shutdown(socket.SHUT_WR)
                while wire.recv(4096):
                    pass

        threads.append(threading.Thread(target=serve, daemon=True))
        threads[-1].start()
        return DovecotUsers(path, "{user}@example.org")

    yield answering
    for thread in threads:
        thread.join(10)
    listening.close()


def test_what_dovecot_says_of_a_user_is_an_account(dovecot: Answering):
    said = b"uid=20001\tgid=20002\thome=/home/a\x01tb\tmail=mbox:~/mail:INBOX=/var/mail/%u"
    assert dovecot(b"VERSION\t1\t1\nSPID\t7\nUSER\t1\talice@example.org\t" + said + b"\n")("alice") == Account(
        "alice", "", home="/home/a\tb", mail="mbox:~/mail:INBOX=/var/mail/%u", owner=(20_001, 20_002)
    )
    assert dovecot(b"USER\t1\talice\n")("alice") == Account("alice", "")
    assert dovecot(b"VERSION\t1\t1\nNOTFOUND\t1\n")("alice") is None


@pytest.mark.parametrize(
    "answer", [b"", b"VERSION\t2\t0\nNOTFOUND\t1\n", b"FAIL\t1\tx\n", b"\xff\n\n", b"USER\t2\tx\n", b"x" * 70_000]
)
def test_what_dovecot_cannot_tell_is_no_reason_to_send_letters_back(dovecot: Answering, answer: bytes):
    with pytest.raises(AccountError, match=r"^Dovecot cannot be asked at .*\.$"):
        dovecot(answer)("alice")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (b"uid=0\tgid=1000\thome=/root", "is root"),
        (b"uid=1000\tgid=0\thome=/home/alice", "is root"),
        (b"uid=1000\tgid=1000\tmail_driver=mdbox\tmail_path=~/mdbox", "not known here"),
        (b"mail_location=sdbox:~/mail", "not known here"),
    ],
)
def test_what_dovecot_says_and_nobody_here_can_follow_makes_letters_wait(dovecot: Answering, fields: bytes, why: str):
    with pytest.raises(AccountError, match=why):
        dovecot(b"VERSION\t1\t1\nUSER\t1\talice\t" + fields + b"\n")("alice")


def test_a_socket_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(AccountError, match="No such file"):
        DovecotUsers(tmp_path / "nothing")("alice")
    assert os.listdir(tmp_path) == []
