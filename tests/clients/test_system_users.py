"""System users: one account file for Dovecot and us, letters in the users' homes and the mail spool, each their own."""

import imaplib
import os
import re
import smtplib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from offhook.config import parse
from offhook.mail_room import MailRoom
from offhook.mailbox.letters import Flag, LetterKey, Maildrop
from tests.support.dovecot import PASSWORD, Dovecot, dovecot
from tests.support.postfix import reachable_folder

pytestmark = pytest.mark.needs("dovecot", "doveadm", "lmtp")

ROOT = os.geteuid() == 0
USERS = {"alice": 20001, "bob": 20002}


@dataclass
class Place:
    """A host and a Dovecot that serve the same users."""

    folder: Path
    room: MailRoom
    server: Dovecot

    def home(self, user: str) -> Path:
        return self.folder / "home" / user

    def owner(self, user: str) -> tuple[int, int]:
        return (USERS[user], USERS[user]) if ROOT else (os.geteuid(), os.getegid())


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with reachable_folder() as folder:
        spool = folder / "spool"
        spool.mkdir()
        spool.chmod(0o1777)
        lines = []
        for user, mail in (("alice", "maildir:~/Maildir"), ("bob", f"mbox:~/mail:INBOX={spool}/%u")):
            uid, gid = (USERS[user], USERS[user]) if ROOT else (os.geteuid(), os.getegid())
            home = folder / "home" / user
            home.mkdir(parents=True)
            if ROOT:
                os.chown(home, uid, gid)
            lines.append(f"{user}:{{PLAIN}}{PASSWORD}:{uid}:{gid}:{user.title()}:{home}::userdb_mail={mail}\n")
        accounts = folder / "accounts"
        accounts.write_text("".join(lines))
        for each in (folder, folder / "home"):
            each.chmod(0o755)
        accounts.chmod(0o644)
        config = parse('[mail]\ndomains = ["here.org"]\nindex = ""\n', folder / "offhook.toml")
        with dovecot(accounts=accounts, users_file=accounts) as server:
            yield Place(folder, MailRoom(config, folder), server)


async def put(maildrop: Maildrop, subject: str, *flags: Flag, keywords: tuple[str, ...] = ()) -> LetterKey:
    append = await maildrop.begin(flags, keywords=keywords)
    await append.write(f"From: a@example.org\nSubject: {subject}\n\nbody\n".encode())
    return await append.commit()


def by_imap(place: Place, user: str) -> dict[str, set[str]]:
    with imaplib.IMAP4("127.0.0.1", place.server.imap, timeout=60) as client:
        client.login(user, PASSWORD)
        client.select()
        _, rows = client.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    found = {}
    for row in rows:
        if isinstance(row, tuple):
            flags = re.search(rb"FLAGS \(([^)]*)\)", row[0])
            assert flags is not None
            subject = row[1].decode().partition("Subject: ")[2].strip()
            found[subject] = set(flags[1].decode().split()) - {"\\Recent", "NonJunk"}
    return found


@pytest.mark.parametrize("user", USERS)
async def test_letters_of_a_user_are_the_same_for_both_and_belong_to_the_user(place: Place, user: str):
    maildrop = place.room.sorting.maildrop(user)
    await put(maildrop, "ours", Flag.SEEN, Flag.FLAGGED, keywords=("Work",))
    with smtplib.LMTP(str(place.server.lmtp)) as lmtp:
        lmtp.sendmail("x@example.org", [user], "From: x@example.org\r\nSubject: theirs\r\n\r\nbody\r\n")
    entries = {await subject(maildrop, entry.key): entry for entry in await maildrop.scan()}
    assert entries.keys() == {"ours", "theirs"}
    await maildrop.mark(entries["theirs"].key, add={Flag.REPLIED}, add_keywords={"later"})
    marked = {"ours": {"\\Seen", "\\Flagged", "Work"}, "theirs": {"\\Answered", "later"}}
    assert by_imap(place, user) == marked
    made = [file for file in (*place.home(user).rglob("*"), place.folder / "spool" / user) if file.exists()]
    assert {(file.stat().st_uid, file.stat().st_gid) for file in made} == {place.owner(user)}
    ours = [file for file in made if "dovecot" not in file.name and file.is_file()]
    assert not [file for file in ours if stat.S_IMODE(file.stat().st_mode) & 0o077]


async def subject(maildrop: Maildrop, key: LetterKey) -> str:
    return (await maildrop.head(key)).decode().partition("Subject: ")[2].partition("\n")[0]


@pytest.mark.parametrize("user", USERS)
async def test_folders_of_a_user_are_the_same_for_both(place: Place, user: str):
    account = place.room.accounts.find(user)
    assert account is not None
    folders = place.room.maildrops.open(account).folders
    await folders.create("Archive")
    await put(await folders.open("Archive"), "kept", Flag.SEEN)
    said = place.server.doveadm("fetch", "-u", user, "hdr.subject", "mailbox", "Archive", "ALL")
    assert "kept" in said
    place.server.doveadm("mailbox", "create", "-u", user, "Theirs")
    assert {"Archive", "Theirs"} <= set(await folders.names())


@pytest.mark.skipif(not ROOT, reason="only root can work for other users")
async def test_a_user_cannot_lead_root_out_of_the_home(place: Place):
    home = place.home("alice")
    secret = place.folder / "secret"
    for part in ("tmp", "new", "cur"):
        (secret / part).mkdir(parents=True)
    (home / "Maildir").rename(home / "Maildir.real")
    try:
        (home / "Maildir").symlink_to(secret)
        with pytest.raises(Exception, match="link"):
            await put(place.room.sorting.maildrop("alice"), "x")
    finally:
        (home / "Maildir").unlink()
        (home / "Maildir.real").rename(home / "Maildir")
    assert not [file for file in secret.rglob("*") if file.is_file()]


def test_dovecot_has_nothing_to_complain_about(place: Place):
    assert place.server.complaints() == []


async def test_users_that_only_dovecot_knows_get_letters_and_find_them_where_dovecot_does(place: Place, tmp_path: Path):
    tables = '[mail]\ndomains = ["here.org"]\nindex = ""\n[accounts]\nbackend = "dovecot"\n'
    run = place.server.folder / "run"
    tables += f'socket = "{run}/auth-client"\nuserdb = "{run}/auth-userdb"\n'
    room = MailRoom(parse(tables, tmp_path / "offhook.toml"), tmp_path)
    for user in USERS:
        assert await room.delivery.subscriber(f"{user}@here.org") == user
        copies = [(copy, "here") for copy in await room.delivery.look_up("s@x.org", f"{user}@here.org")]
        await room.delivery.hand_over(copies, f"Subject: known to Dovecot, {user}\r\n\r\nx\r\n".encode())
        assert f"known to Dovecot, {user}" in by_imap(place, user)
        account = await room.check.verify(user, PASSWORD, "line 1")
        assert account is not None
        assert (account.home, account.owner) == (str(place.home(user)), place.owner(user))
        maildrop = room.maildrops.open(account).maildrop
        assert f"known to Dovecot, {user}" in {await subject(maildrop, entry.key) for entry in await maildrop.scan()}
    assert await room.delivery.subscriber("stranger@here.org") is None
