"""An mbox beside Dovecot, mutt, s-nail, procmail and maildrop: they read what we wrote, and we read what they wrote."""

import fcntl
import imaplib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from offhook.mailbox.letters import Entry, Flag, LetterKey
from offhook.mailbox.mbox import Mbox
from tests.support.dovecot import PASSWORD, dovecot
from tests.support.letters_in_stores import put
from tests.support.mbox_programs import Programs
from tests.support.programs import path_of
from tests.support.tmux import Terminal

PLAIN = b"From: a@example.org\nSubject: plain\nDate: Sat, 28 Nov 2026 12:00:00 +0000\n\nbody\n"
QUOTED = (
    b"From: b@example.org\nSubject: quoted\n\nx\n\nFrom here on\n\nFrom me@x Sat Nov 28 12:00:00 2026\n>From there\n"
)
NO_END = b"From: c@example.org\nSubject: no end\n\nno line feed"
FORGED = b"From: d@example.org\nSubject: forged\nStatus: RO\nX-Status: D\nContent-Length: 3\nLines: 9\n\nfour\n"
LETTERS = [PLAIN, QUOTED, NO_END, FORGED]


@pytest.fixture(scope="module")
def server() -> Iterator[object]:
    with dovecot("alice", location="mbox:{folder}/home/%u/mail:INBOX={folder}/mail/%u") as running:
        yield running


@pytest.fixture
def programs(server, home: Path) -> Iterator[Programs]:  # type: ignore[no-untyped-def]
    ready = Programs(server, home)
    ready.put_there()
    before = len(server.complaints())
    yield ready
    assert server.complaints()[before:] == []
    server.doveadm("expunge", "-u", "alice", "mailbox", "INBOX", "all", check=False)


async def filled(box: Path) -> list[Entry]:
    maildrop = Mbox(box)
    await put(maildrop, PLAIN)
    await put(maildrop, QUOTED, Flag.SEEN, Flag.FLAGGED, keywords=["Work", "$Forwarded"])
    await put(maildrop, NO_END, Flag.SEEN, Flag.REPLIED, Flag.DRAFT)
    await put(maildrop, FORGED, Flag.TRASHED)
    return list(await maildrop.scan())


async def letters(box: Path) -> list[bytes]:
    maildrop = Mbox(box)
    return [await maildrop.fetch(entry.key) for entry in await maildrop.scan()]


def seen_of(entries: list[Entry]) -> list[tuple[LetterKey, frozenset[Flag], frozenset[str]]]:
    return [(entry.key, entry.flags, entry.keywords) for entry in entries]


@pytest.mark.needs("dovecot", "doveadm")
async def test_dovecot_reads_our_letters_and_flags_and_we_still_read_them_after_it_wrote_its_own(programs: Programs):
    before = await filled(programs.box)
    assert programs.flags() == ["", "$Forwarded Work \\Flagged \\Seen", "\\Answered \\Draft \\Seen", "\\Deleted"]
    assert [b"Subject: plain" in text for text in programs.texts()] == [True, False, False, False]
    assert b"\n>From me@x Sat" in programs.texts()[1]
    programs.server.doveadm("flags", "add", "-u", "alice", "\\Seen Home", "mailbox", "INBOX", "1")
    after = list(await Mbox(programs.box).scan())
    assert [entry.key for entry in after] == [entry.key for entry in before]
    assert (after[0].flags, after[0].keywords) == ({Flag.SEEN}, {"Home"})
    assert seen_of(after[1:]) == seen_of(before[1:])
    assert await letters(programs.box) == LETTERS


@pytest.mark.needs("dovecot", "doveadm")
async def test_flags_we_change_are_seen_by_dovecot_and_expunging_leaves_its_numbers_valid(programs: Programs):
    entries = await filled(programs.box)
    validity = programs.server.doveadm("mailbox", "status", "-u", "alice", "uidvalidity messages", "INBOX")
    maildrop = Mbox(programs.box)
    await maildrop.mark(entries[0].key, add={Flag.SEEN, Flag.REPLIED}, add_keywords=["Home"])
    await maildrop.mark(entries[1].key, remove={Flag.SEEN}, remove_keywords=["Work"])
    assert programs.flags()[:2] == ["Home \\Answered \\Seen", "$Forwarded \\Flagged"]
    await maildrop.expunge([entries[0].key])
    assert programs.flags() == ["$Forwarded \\Flagged", "\\Answered \\Draft \\Seen", "\\Deleted"]
    after = programs.server.doveadm("mailbox", "status", "-u", "alice", "uidvalidity messages", "INBOX")
    assert after == validity.replace("messages=4", "messages=3")
    assert await letters(programs.box) == LETTERS[1:]


@pytest.mark.needs("dovecot", "dovecot-lda", "procmail", "maildrop")
async def test_we_read_and_change_what_dovecot_procmail_and_maildrop_delivered(programs: Programs):
    for deliver in programs.deliveries:
        deliver(QUOTED)
    await put(Mbox(programs.box), QUOTED)
    maildrop = Mbox(programs.box)
    entries = list(await maildrop.scan())
    by_dovecot, by_procmail, by_maildrop, ours = await letters(programs.box)
    quoted = QUOTED.replace(b"\nFrom ", b"\n>From ")
    assert by_dovecot.endswith(QUOTED.partition(b"\n")[2])  # Dovecot adds fields of its own, and quotes nothing
    assert by_procmail == quoted
    assert by_maildrop.endswith(quoted.replace(b"\n>From there", b"\n>>From there"))  # maildrop writes mboxrd
    assert ours == QUOTED
    for number, entry in enumerate(entries):
        await maildrop.mark(entry.key, add={Flag.SEEN}, add_keywords=[f"word{number}"])
    assert programs.flags() == [f"\\Seen word{number}" for number in range(4)]
    assert [entry.key for entry in await Mbox(programs.box).scan()] == [entry.key for entry in entries]
    assert await letters(programs.box) == [by_dovecot, by_procmail, by_maildrop, ours]
    await maildrop.expunge([entries[1].key, entries[2].key])
    assert await letters(programs.box) == [by_dovecot, ours]
    assert programs.flags() == ["\\Seen word0", "\\Seen word3"]


@pytest.mark.needs("s-nail")
async def test_s_nail_reads_our_letters_and_flags_and_we_still_read_them_after_it_wrote_its_own(programs: Programs):
    before = await filled(programs.box)
    listed = programs.s_nail("from *")
    assert [subject in listed for subject in ("plain", "quoted", "no end", "forged")] == [True] * 4
    programs.s_nail("delete 1", "flag 3", "print 4")
    after = list(await Mbox(programs.box).scan())
    assert [entry.key for entry in after] == [entry.key for entry in before[1:]]
    assert [entry.flags & {Flag.FLAGGED, Flag.REPLIED, Flag.SEEN} for entry in after] == [
        {Flag.FLAGGED, Flag.SEEN},
        {Flag.FLAGGED, Flag.REPLIED, Flag.SEEN},
        {Flag.SEEN},
    ]
    assert await letters(programs.box) == LETTERS[1:]


@pytest.mark.needs("mutt", "tmux")
async def test_mutt_reads_our_letters_and_flags_and_we_still_read_them_after_it_wrote_its_own(
    programs: Programs, home: Path
):
    before = await filled(programs.box)
    (home / ".muttrc").write_text(f"set folder={home}\nset delete=yes\nset quit=yes\nset mark_old=no\n")
    with Terminal([path_of("mutt"), "-f", str(programs.box)], home) as terminal:
        terminal.see(r"2 +!.* quoted")
        terminal.see(r"3 +r.* no end")
        terminal.type("1\r")
        terminal.type("F")
        terminal.see(r"1 +N? *!.* plain")
        terminal.type("4\r")
        terminal.type("\r")
        terminal.see("four")
        terminal.type("i2\r")
        terminal.type("d")
        terminal.type("q")
        assert terminal.ended() == 0
    after = list(await Mbox(programs.box).scan())
    assert [entry.key for entry in after][:2] == [before[0].key, before[2].key]
    assert Flag.FLAGGED in after[0].flags
    assert {Flag.SEEN, Flag.REPLIED} <= after[1].flags
    assert await letters(programs.box) in ([PLAIN, NO_END, FORGED], [PLAIN, NO_END])


@pytest.mark.needs("dovecot", "dovecot-lda")
async def test_dovecot_lda_with_debians_settings_puts_off_no_dated_letter_when_we_have_made_the_box_shorter(
    home: Path,
):
    names: list[str] = []
    with dovecot("alice", location="mbox:{folder}/home/%u/mail:INBOX={folder}/mail/%u") as server:
        ready = Programs(server, home)
        maildrop = Mbox(ready.put_there())
        for turn in range(5):
            for number in range(3):
                names.append(f"{turn}-{number}")
                head = f"Date: Sat, 28 Nov 2026 12:00:00 +0000\nSubject: {names[-1]}\n\n"
                ready.by_dovecot_lda(head.encode() + b"0123456789\n" * 40 * (3 - number))
            entries = await maildrop.scan()
            await maildrop.expunge([entry.key for entry in entries[turn % 2 : -1]])
            names = [*names[: turn % 2], names[-1]]
        assert ready.put_off == 0
        heads = [(await maildrop.head(entry.key)).decode() for entry in await maildrop.scan()]
        assert [head.partition("Subject: ")[2].splitlines()[0] for head in heads] == names


@pytest.mark.needs("dovecot", "doveadm")
async def test_dovecot_goes_on_with_its_numbers_in_a_box_that_we_emptied_and_filled_again(programs: Programs):
    later = Mbox(programs.box, now=lambda: time.time() + 1000)

    def numbers() -> tuple[int, int]:
        said = programs.server.doveadm("mailbox", "status", "-u", "alice", "uidvalidity uidnext", "INBOX")
        uidnext, validity = map(int, re.findall(r"\d+", said))
        return validity, uidnext

    await put(Mbox(programs.box), numbered(1, dated=True))
    assert programs.flags() == [""]
    validity, uidnext = numbers()
    await later.expunge([entry.key for entry in await later.scan()])
    await put(later, numbered(2, dated=True))
    assert programs.flags() == [""]
    assert numbers() == (validity, uidnext + 1)


@pytest.fixture
def beside(home: Path) -> Iterator[Programs]:
    """A Dovecot that believes no remembered place, and writes numbers into letters when it closes a box."""
    more = "mbox_write_locks = dotlock fcntl\nmbox_dirty_syncs = no\nmbox_lazy_writes = yes\n"
    with dovecot("alice", location="mbox:{folder}/home/%u/mail:INBOX={folder}/mail/%u", more=more) as server:
        ready = Programs(server, home)
        ready.put_there()
        yield ready


def by_uid(client: imaplib.IMAP4) -> dict[bytes, bytes]:
    """The subject of each letter that a client fetches whole, with its size, by its number."""
    client.noop()
    found: dict[bytes, bytes] = {}
    for uid in client.uid("search", "ALL")[1][0].split():
        for part in client.uid("fetch", uid.decode(), "(RFC822.SIZE BODY.PEEK[])")[1]:
            if isinstance(part, tuple):
                assert b"RFC822.SIZE %d " % len(part[1]) in part[0]
                subject = re.search(rb"^Subject: (\S+)", part[1], re.MULTILINE)
                assert subject
                found[uid] = subject[1]
    return found


def numbered(number: int, dated: bool) -> bytes:
    date = "Date: Sat, 28 Nov 2026 12:00:00 +0000\n" if dated else ""
    text = f"From: a@example.org\nSubject: letter-{number}\n{date}Message-ID: <{number}@example.org>\n\n"
    return (text if dated else text.replace("Message-ID", "X-Number")).encode() + b"line\n" * (20 + 7 * (number % 5))


LONG_WORDS = [f"a-keyword-so-long-that-there-is-no-room-for-it-{number}" for number in range(6)]


@pytest.mark.needs("dovecot")
async def test_what_dovecot_remembers_of_dated_letters_stays_true_whatever_we_change(beside: Programs):
    maildrop = Mbox(beside.box)
    for number in range(4):
        await put(maildrop, numbered(number, dated=True))
    with imaplib.IMAP4("127.0.0.1", beside.server.imap, timeout=60) as client:
        client.login("alice", PASSWORD)
        client.select()
        by_uid(client)
        for number in range(4, 10):
            await put(maildrop, numbered(number, dated=True))
        known = by_uid(client)
        assert len(known) == 10
        keys = [entry.key for entry in await maildrop.scan()]
        await maildrop.expunge([keys[5]])
        assert by_uid(client).items() <= known.items()
        await maildrop.mark(keys[6], add={Flag.SEEN, Flag.FLAGGED}, add_keywords=LONG_WORDS)
        assert by_uid(client).items() <= known.items()
        await maildrop.mark(keys[1], add_keywords=LONG_WORDS)
        await maildrop.expunge([keys[0], keys[4], keys[9]])
        await put(maildrop, numbered(10, dated=True))
        after = by_uid(client)
        assert [after.pop(max(after, key=int)), len(after)] == [b"letter-10", 6]
        assert after.items() <= known.items()
    assert beside.server.complaints() == []


def take_out_plainly(box: Path, number: int) -> None:
    """What any program does that expunges: under a lock, in place, the rest of the box moved up."""
    with box.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        letters = re.split(rb"(?<=\n\n)(?=From )", file.read())
        kept = b"".join([*letters[:number], *letters[number + 1 :]])
        os.pwrite(file.fileno(), kept, 0)
        file.truncate(len(kept))


@pytest.mark.needs("dovecot")
def test_dovecot_takes_undated_letters_for_each_other_when_any_program_expunges_one(beside: Programs):
    from_line = b"From a@example.org Sat Nov 28 12:00:00 2026\n"
    beside.put_there(b"".join(from_line + numbered(number, dated=False) + b"\n" for number in range(3)))
    client = imaplib.IMAP4("127.0.0.1", beside.server.imap, timeout=60)
    try:
        client.login("alice", PASSWORD)
        client.select()
        by_uid(client)
        with beside.box.open("ab") as file:
            file.write(b"".join(from_line + numbered(number, dated=False) + b"\n" for number in range(3, 7)))
        assert len(by_uid(client)) == 7
        take_out_plainly(beside.box, 4)
        with pytest.raises(imaplib.IMAP4.abort):
            by_uid(client)
    finally:
        client.shutdown()
    beside.server.until_complained("Broken virtual size")
