"""mutt and we on the same Maildir: each reads the flags the other set, and what it does not know survives."""

from pathlib import Path

import pytest

from offhook.mailbox.letters import Flag, LetterKey
from offhook.mailbox.maildir import Maildir
from tests.support.programs import path_of
from tests.support.tmux import Terminal

pytestmark = pytest.mark.needs("mutt", "tmux")

MUTTRC = """\
set folder={home}
set sort=date-received
set index_format="%Z <%s>"
set mark_old=no
set confirmappend=no
set move=no
set resolve=no
set delete=yes
"""


async def put(maildrop: Maildir, subject: str, *flags: Flag, keywords: tuple[str, ...] = ()) -> LetterKey:
    append = await maildrop.begin(flags, keywords=keywords)
    await append.write(
        f"From: a@example.org\nSubject: {subject}\nDate: Sat, 28 Nov 2026 12:00:00 +0000\n\nbody\n".encode()
    )
    return await append.commit()


async def test_flags_go_both_ways_and_keywords_survive(home: Path) -> None:
    box = home / "box"
    maildrop = Maildir(box)
    keys = {
        "fresh": await put(maildrop, "fresh"),
        "answered": await put(maildrop, "answered", Flag.SEEN, Flag.REPLIED),
        "flagged": await put(maildrop, "flagged", Flag.SEEN, Flag.FLAGGED, keywords=("Work", "later")),
        "doomed": await put(maildrop, "doomed", Flag.SEEN, Flag.TRASHED),
    }
    (home / ".muttrc").write_text(MUTTRC.format(home=home))
    with Terminal([path_of("mutt"), "-f", str(box)], home) as terminal:
        terminal.see(r"N *<fresh>")
        terminal.see(r"r *<answered>")
        terminal.see(r"! *<flagged>")
        terminal.see(r"D *<doomed>")
        terminal.type("/~s fresh\r")
        terminal.type("F")
        terminal.see(r"! *<fresh>")
        terminal.type("/~s flagged\r")
        terminal.type("F")
        terminal.type("N")
        terminal.see(r"N *<flagged>")
        terminal.type("q")
        assert terminal.ended() == 0
    entries = {entry.key: entry for entry in await maildrop.scan()}
    assert keys["doomed"] not in entries
    assert Flag.FLAGGED in entries[keys["fresh"]].flags
    assert entries[keys["answered"]].flags == {Flag.SEEN, Flag.REPLIED}
    flagged = entries[keys["flagged"]]
    assert (flagged.flags, flagged.keywords) == (frozenset(), {"Work", "later"})


async def test_a_letter_mutt_saves_into_a_folder_is_read_there(home: Path) -> None:
    box = home / "box"
    await put(Maildir(box), "kept", Flag.SEEN)
    await Maildir(home / "work").scan()
    (home / ".muttrc").write_text(MUTTRC.format(home=home) + "set mbox_type=Maildir\n")
    with Terminal([path_of("mutt"), "-f", str(box)], home) as terminal:
        terminal.see(r"<kept>")
        terminal.type("C")
        terminal.see("Copy to mailbox")
        terminal.type("\x15=work\r")
        terminal.see("Copying|Appending|<kept>")
        terminal.type("q")
        assert terminal.ended() == 0
    (entry,) = await Maildir(home / "work").scan()
    assert b"Subject: kept\n" in await Maildir(home / "work").head(entry.key)
    assert Flag.SEEN in entry.flags
