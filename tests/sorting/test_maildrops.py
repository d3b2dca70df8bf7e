import os
import pwd
from pathlib import Path

import pytest

from offhook.mail_tables import Mail
from offhook.mailbox.accounts import Account, AccountFile
from offhook.mailbox.letters import MaildropFailure
from offhook.sorting import Maildrops

ME = pwd.getpwuid(os.geteuid())


def maildrops(folder: Path, **mail: str) -> Maildrops:
    return Maildrops(Mail.model_validate(mail), folder)


def test_the_usual_place_is_a_maildir_in_the_folder_of_the_host(tmp_path: Path):
    location = maildrops(tmp_path).location(Account("alice", ""))
    assert (location.kind, location.path) == ("maildir", tmp_path / "mail" / "alice")
    assert (location.anchor, location.owner) == (None, None)


def test_home_is_what_the_account_file_says_or_that_of_the_system_user(tmp_path: Path):
    place = maildrops(tmp_path, maildrops="{home}/Maildir")
    location = place.location(Account("alice", "", home="/srv/alice", owner=(1234, 1235)))
    assert (location.path, location.anchor) == (Path("/srv/alice/Maildir"), Path("/srv/alice"))
    assert location.owner == (1234, 1235)
    location = place.location(Account(ME.pw_name, ""))
    assert location.path == Path(ME.pw_dir) / "Maildir"
    assert location.owner == (ME.pw_uid, ME.pw_gid)


@pytest.mark.parametrize("account", [Account("nobody-of-that-name", ""), Account("alice", "", home="relative")])
def test_an_account_without_a_home_is_told_one_sentence(tmp_path: Path, account: Account):
    with pytest.raises(MaildropFailure, match=r"^[A-Z][^.]*\.$"):
        maildrops(tmp_path, maildrops="{home}/Maildir").location(account)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("maildir:~/Maildir", "/home/alice/Maildir"),
        ("maildir:~/Maildir:LAYOUT=maildir++:INDEX=/var/x", "/home/alice/Maildir"),
        ("maildir:/var/vmail/%n/Maildir", "/var/vmail/alice/Maildir"),
        ("maildir:%h/%u", "/home/alice/alice"),
        ("maildir:/srv/100%%/x", "/srv/100%/x"),
    ],
)
def test_the_account_file_may_say_another_place_as_dovecot_does(tmp_path: Path, said: str, path: str):
    (tmp_path / "accounts").write_text(f"alice:x:1001:1001:Alice:/home/alice::userdb_quota=x userdb_mail={said} y=1\n")
    account = AccountFile(tmp_path / "accounts").find("alice")
    assert account is not None
    assert (account.home, account.owner, account.mail) == ("/home/alice", (1001, 1001), said)
    location = maildrops(tmp_path).location(account)
    assert location.path == Path(path)
    assert location.owner == (1001, 1001)
    assert location.anchor == (Path("/home/alice") if "~" in said or "%h" in said else None)


@pytest.mark.parametrize(
    "said",
    [
        "nonsense:/x",
        "maildir",
        "maildir:",
        "maildir:/x:LAYOUT=fs",
        "maildir:/x:CONTROL=/y",
        "maildir:/x:INBOX=/y",
        "maildir:/x/%d",
        "/no/kind",
    ],
)
def test_a_place_nobody_can_open_is_logged_and_told_in_one_sentence(
    tmp_path: Path, said: str, caplog: pytest.LogCaptureFixture
):
    account = Account("alice", "", home="/home/alice", mail=said)
    with pytest.raises(MaildropFailure, match=r"^[A-Z][^.]*\.$"):
        maildrops(tmp_path).open(account)
    assert said in caplog.text


def test_a_change_of_the_account_keeps_home_owner_and_place(tmp_path: Path):
    line = "alice:{ARGON2ID}$argon2id$x:1001:1001:Alice:/home/alice:/bin/sh:userdb_mail=maildir:~/Maildir a=b\n"
    (tmp_path / "accounts").write_text(line)
    accounts = AccountFile(tmp_path / "accounts")
    accounts.update("alice", lambda account: Account("alice", account.hash, "Alice Ash"))
    assert (tmp_path / "accounts").read_text() == line.replace(":Alice:", ":Alice Ash:")


async def test_an_opened_mailbox_takes_letters_and_has_folders(tmp_path: Path):
    opened = maildrops(tmp_path).open(Account("alice", ""))
    append = await opened.maildrop.begin()
    await append.write(b"Subject: x\n\n")
    key = await append.commit()
    assert await opened.maildrop.fetch(key) == b"Subject: x\n\n"
    await opened.folders.create("work")
    assert list(await opened.folders.names()) == ["INBOX", "work"]
    assert (tmp_path / "mail/alice/.work/cur").is_dir()


async def test_mbox_files_are_a_folder_of_them_and_an_inbox_there_or_elsewhere(tmp_path: Path):
    place = maildrops(tmp_path, store="mbox", inbox="spool/{user}")
    opened = place.open(Account("alice", ""))
    append = await opened.maildrop.begin()
    await append.write(b"Subject: x\n\nx\n")
    await append.commit()
    await opened.folders.create("Sent")
    assert (tmp_path / "spool" / "alice").read_bytes().startswith(b"From ")
    assert (tmp_path / "mail" / "alice" / "Sent").is_file()
    assert list(await opened.folders.names()) == ["INBOX", "Sent"]
    beside = maildrops(tmp_path, store="mbox").open(Account("alice", ""))
    await beside.folders.create("Sent")
    assert list(await beside.maildrop.scan()) == []


@pytest.mark.parametrize("layout", ["", ":LAYOUT=fs"])
def test_the_account_file_may_say_mbox_as_dovecot_does(tmp_path: Path, layout: str):
    account = Account("alice", "", home="/home/alice", mail=f"mbox:~/mail:INBOX=/var/mail/%u{layout}")
    location = maildrops(tmp_path).location(account)
    assert (location.kind, location.path, location.inbox) == (
        "mbox",
        Path("/home/alice/mail"),
        Path("/var/mail/alice"),
    )
