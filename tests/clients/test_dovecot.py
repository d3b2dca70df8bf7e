"""Dovecot and we on the same Maildir: each reads what the other wrote, flags, keywords, folders and quota included."""

import asyncio
import imaplib
import re
import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from offhook.mailbox.files import DiskFiles
from offhook.mailbox.letters import Entry, Flag, LetterGone, LetterKey
from offhook.mailbox.maildir import Maildir, MaildirFolders
from tests.support.dovecot import PASSWORD, Dovecot, dovecot
from tests.support.letters_in_stores import put

T = TypeVar("T")

pytestmark = pytest.mark.needs("dovecot", "doveadm", "lmtp")

USERS = ("reads", "lmtp", "writes", "keywords", "folders", "quota", "race", "copies", "locks")
QUOTA = """\
mail_plugins = quota
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=1M
}
namespace inbox {
  separator = /
}
protocol imap {
  mail_plugins = quota
}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot(*USERS) as running:
        yield running


@contextmanager
def logged_in(server: Dovecot, user: str, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
    client = imaplib.IMAP4("127.0.0.1", server.imap)
    client.login(user, PASSWORD)
    assert client.select(folder)[0] == "OK", server.log()
    yield client
    client.logout()


def files(server: Dovecot, user: str) -> DiskFiles:
    return DiskFiles(str(server.maildir(user)), server.owner)


def ours(server: Dovecot, user: str) -> Maildir:
    return Maildir(server.maildir(user), files=files(server, user))


def our_folders(server: Dovecot, user: str) -> MaildirFolders:
    return MaildirFolders(server.maildir(user), files=files(server, user))


def listed(client: imaplib.IMAP4) -> dict[str, set[str]]:
    """The flags and keywords of every letter by its subject, as IMAP tells them; \\Recent is for the session alone."""
    client.noop()
    _, rows = client.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    found = {}
    for row in rows:
        if isinstance(row, tuple):
            flags = re.search(rb"FLAGS \(([^)]*)\)", row[0])
            subject = re.search(rb"Subject: ([^\r\n]*)", row[1])
            assert flags is not None
            assert subject is not None
            found[subject[1].decode()] = set(flags[1].decode().split()) - {"\\Recent"}
    return found


async def test_we_read_what_dovecot_wrote_flags_and_keywords_included(server: Dovecot):
    with logged_in(server, "reads") as client:
        client.append("INBOX", r"(\Seen \Answered Work $Forwarded)", "", b"Subject: one\r\n\r\nbody\r\n")
        client.append("INBOX", "(later)", "", b"Subject: two\r\n\r\nbody\r\n")
        maildrop = ours(server, "reads")
        first, second = await maildrop.scan()
        assert first.flags == {Flag.SEEN, Flag.REPLIED}
        assert first.keywords == {"Work", "$Forwarded"}
        assert (second.flags, second.keywords) == (frozenset(), {"later"})
        assert await maildrop.fetch(first.key) == b"Subject: one\n\nbody\n"
        client.store("1", "-FLAGS", r"(Work)")
        client.store("1", "+FLAGS", r"(\Flagged urgent)")
        entry = {each.key: each for each in await maildrop.scan()}[first.key]
        assert (entry.flags, entry.keywords) == (first.flags | {Flag.FLAGGED}, {"$Forwarded", "urgent"})


async def test_we_read_what_lmtp_delivers_and_are_woken_by_it(server: Dovecot):
    maildrop = ours(server, "lmtp")
    await maildrop.scan()
    waiting = asyncio.ensure_future(maildrop.wait(60))
    await asyncio.sleep(0)
    with smtplib.LMTP(str(server.lmtp)) as lmtp:
        await asyncio.to_thread(lmtp.sendmail, "x@example.org", ["lmtp"], "Subject: hello\r\n\r\nbody\r\n")
    assert await waiting
    (entry,) = await maildrop.scan()
    assert entry.new
    assert b"Subject: hello\n\nbody\n" in await maildrop.fetch(entry.key)


async def test_dovecot_reads_what_we_wrote_flags_and_keywords_included(server: Dovecot):
    maildrop = ours(server, "writes")
    await put(maildrop, b"Subject: plain\n\nbody\n")
    marked = await put(maildrop, b"Subject: marked\n\nbody\n")
    await put(maildrop, b"Subject: put\n\nbody\n", Flag.SEEN, Flag.DRAFT, keywords=("Work", "$Phishing"))
    await put(maildrop, b"Subject: new\n\nbody\n", Flag.FLAGGED, keywords=("later",))
    await maildrop.mark(marked, add={Flag.SEEN, Flag.REPLIED, Flag.TRASHED}, add_keywords={"Work"})
    with logged_in(server, "writes") as client:
        assert listed(client) == {
            "plain": set(),
            "marked": {"\\Seen", "\\Answered", "\\Deleted", "Work"},
            "put": {"\\Seen", "\\Draft", "Work", "$Phishing"},
            "new": {"\\Flagged", "later"},
        }
        await maildrop.mark(marked, remove={Flag.TRASHED}, add_keywords={"quite-new"}, remove_keywords={"Work"})
        assert listed(client)["marked"] == {"\\Seen", "\\Answered", "quite-new"}
        _, rows = client.fetch("1", "(BODY.PEEK[] RFC822.SIZE)")
        assert isinstance(rows[0], tuple)
        assert rows[0][1] == b"Subject: plain\r\n\r\nbody\r\n"
        assert b"RFC822.SIZE 24" in rows[0][0] + bytes(rows[1])  # type: ignore[arg-type]


async def test_both_add_keywords_in_turn_and_neither_takes_the_others_letter(server: Dovecot):
    maildrop = ours(server, "keywords")
    key = await put(maildrop, b"Subject: one\n\n", keywords=("ours0",))
    with logged_in(server, "keywords") as client:
        for number in range(1, 8):
            client.store("1", "+FLAGS", f"(theirs{number})")
            await maildrop.mark(key, add_keywords={f"ours{number}"})
            both = {f"{who}{each}" for who in ("ours", "theirs") for each in range(number + 1)} - {"theirs0"}
            assert listed(client)["one"] == both
            (entry,) = await maildrop.scan()
            assert entry.keywords == both
    assert not [name for name in server.maildir("keywords").iterdir() if name.name.endswith(".lock")]


async def test_keywords_wait_for_dovecots_lock_and_hold_it_themselves(server: Dovecot):
    maildrop = ours(server, "locks")
    key = await put(maildrop, b"Subject: one\n\n")
    with logged_in(server, "locks") as client:
        client.store("1", "+FLAGS", "(theirs)")
    lock = server.maildir("locks") / "dovecot-uidlist.lock"
    lock.touch()
    server.give(lock)
    asking = asyncio.ensure_future(maildrop.mark(key, add_keywords={"ours"}))
    await asyncio.sleep(0.2)
    assert not asking.done()
    lock.unlink()
    await asking
    (entry,) = await maildrop.scan()
    assert entry.keywords == {"theirs", "ours"}
    assert not lock.exists()


async def test_folders_have_the_same_names_on_both_sides(server: Dovecot):
    folders = our_folders(server, "folders")
    names = ["Sent", "Sent/2026", "Entwürfe", "受信箱/R&D", "with blank"]
    for name in names:
        await folders.create(name)
    await put(await folders.open("Entwürfe"), b"Subject: draft\n\n", Flag.DRAFT, keywords=("Work",))
    with logged_in(server, "folders") as client:
        client.create('"Dovecot/&AMQ-rger"')
        _, rows = client.list()
        theirs = {bytes(row).rpartition(b' "/" ')[2].decode().strip('"') for row in rows if row is not None}  # type: ignore[arg-type]
    assert {"INBOX", "Sent", "Sent/2026", "Entw&APw-rfe", "&U9dP4Xux-/R&-D", "with blank"} <= theirs
    with logged_in(server, "folders", "Entw&APw-rfe") as client:
        assert listed(client) == {"draft": {"\\Draft", "Work"}}
    assert set(await folders.names()) == {"INBOX", *names, "Dovecot/Ärger"}
    await put(await folders.open("Dovecot/Ärger"), b"Subject: x\n\n")
    await folders.remove("Sent/2026")
    assert "Sent/2026" not in server.doveadm("mailbox", "list", "-u", "folders").splitlines()
    server.doveadm("mailbox", "delete", "-u", "folders", "Sent")
    assert "Sent" not in await folders.names()


async def test_copied_and_moved_letters_are_there_for_dovecot_too(server: Dovecot):
    folders = our_folders(server, "copies")
    await folders.create("work")
    inbox, work = ours(server, "copies"), await folders.open("work")
    copied = await put(inbox, b"Subject: copied\n\n", Flag.SEEN, keywords=("Work",))
    moved = await put(inbox, b"Subject: moved\n\n", Flag.FLAGGED)
    with logged_in(server, "copies") as client:
        assert set(listed(client)) == {"copied", "moved"}
        await inbox.copy([copied], work)
        await inbox.move([moved], work)
        assert set(listed(client)) == {"copied"}
    with logged_in(server, "copies", "work") as client:
        assert listed(client) == {"copied": {"\\Seen", "Work"}, "moved": {"\\Flagged"}}
        client.copy("1", "INBOX")
    assert len(await inbox.scan()) == 2


async def test_dovecots_quota_file_is_kept_up_and_obeyed():
    with dovecot("quota", more=QUOTA) as server:
        maildrop = ours(server, "quota")
        with logged_in(server, "quota") as client:
            client.append("INBOX", "", "", b"Subject: one\r\n\r\n" + b"x" * 70 + b"\r\n")
        sized = server.maildir("quota") / "maildirsize"
        assert sized.read_text().splitlines()[0].startswith("1048576S")
        key = await put(maildrop, b"Subject: two\n\n" + b"y" * 500_000)
        used = [row.split() for row in server.doveadm("quota", "get", "-u", "quota").splitlines()]
        (storage,) = [row for row in used if "STORAGE" in row]
        assert int(storage[storage.index("STORAGE") + 1]) in (488, 489)  # kilobytes
        with pytest.raises(Exception, match="space allowed"):
            await put(maildrop, b"Subject: three\n\n" + b"z" * 600_000)
        await maildrop.expunge([key])
        await put(maildrop, b"Subject: three\n\n" + b"z" * 600_000)
        lines = [tuple(map(int, line.split())) for line in sized.read_text().splitlines()[1:]]
        assert sum(count for _, count in lines) == 2
        assert server.complaints() == []


def concurrently(work: Callable[[], None]) -> tuple[threading.Thread, list[BaseException]]:
    faults: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the test's own thread raises it
            faults.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    return thread, faults


async def test_nothing_is_lost_doubled_or_taken_for_gone_while_lmtp_delivers_and_imap_changes_flags(server: Dovecot):
    count = 60
    maildrop = ours(server, "race")
    await maildrop.scan()

    def deliver() -> None:
        with smtplib.LMTP(str(server.lmtp)) as lmtp:
            for number in range(count):
                lmtp.sendmail("x@example.org", ["race"], f"Subject: letter {number}\r\n\r\nbody\r\n")

    def change() -> None:
        with logged_in(server, "race") as client:
            for turn in range(40):
                there = client.search(None, "ALL")[1][0].replace(b" ", b",").decode()
                if there:
                    client.store(there, "-+"[turn % 2] + "FLAGS.SILENT", r"(\Flagged busy)")

    workers = [concurrently(deliver), concurrently(change)]
    seen: dict[LetterKey, Entry] = {}
    while any(thread.is_alive() for thread, _ in workers):
        entries = {entry.key: entry for entry in await maildrop.scan()}
        assert seen.keys() <= entries.keys()
        seen |= entries
        for number, key in enumerate(list(entries)[-5:]):
            try:
                await maildrop.mark(key, add={Flag.REPLIED}, add_keywords={f"ours{number % 3}"})
            except LetterGone as gone:
                raise AssertionError("a letter that nobody removed was said to be gone") from gone
    for thread, faults in workers:
        thread.join()
        assert not faults
    entries = {entry.key: entry for entry in await maildrop.scan()}
    assert len(entries) == count
    subjects = {re.findall(rb"Subject: (letter \d+)", await maildrop.head(key))[0].decode() for key in entries}
    assert subjects == {f"letter {number}" for number in range(count)}
    with logged_in(server, "race") as client:
        assert listed(client).keys() == subjects
    assert not [line for line in server.complaints() if "race" in line]


def test_a_server_that_is_left_alone_has_nothing_to_complain_about():
    with dovecot("alice") as alone:
        assert alone.complaints() == []
        assert "auth succeeded" in alone.doveadm("auth", "test", "alice", PASSWORD)
