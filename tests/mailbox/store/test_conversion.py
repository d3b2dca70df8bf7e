"""Letters taken from one form into the other and back are the same letters."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.imap import ImapMaildrop, ImapServer, ImapSession
from offhook.mailbox.letters import Converted, Entry, Flag, Maildrop, convert
from offhook.mailbox.maildir import Maildir
from offhook.mailbox.mbox import Mbox
from tests.support.fake_imap import fake_imap
from tests.support.stores import Open, Store

PIECES = st.sampled_from(
    [
        *(b"Subject: x\n", b"Status: RO\n", b"X-Keywords: forged\n", b"\n", b"\r\n", b"From a@b.org x\n", b">From \n"),
        *(b"body", b"\xff\0", b"\r", b"Content-Length: 1\n", b"X-Offhook: 1\n", b"From MAILER-DAEMON Sat Nov 28\n"),
    ]
)
LETTERS = st.lists(
    st.tuples(
        st.lists(PIECES, max_size=6).map(b"".join),
        st.frozensets(st.sampled_from(Flag)),
        st.frozensets(st.sampled_from(["Work", "$Label1", "later"])),
        st.integers(0, 2_000_000_000).map(float),
        st.booleans(),
    ),
    max_size=4,
)


async def put(maildrop: Maildrop, letter: bytes, flags: frozenset[Flag], words: frozenset[str], arrived: float) -> None:
    append = await maildrop.begin(flags, keywords=words, arrived=arrived)
    await append.write(letter)
    await append.commit()


async def contents(maildrop: Maildrop) -> list[tuple[object, ...]]:
    def facts(entry: Entry) -> tuple[object, ...]:
        return sorted(flag.value for flag in entry.flags), entry.new, entry.size, entry.arrived, sorted(entry.keywords)

    return sorted([(await maildrop.fetch(entry.key), *facts(entry)) for entry in await maildrop.scan()], key=repr)


@settings(deadline=None, max_examples=40)
@given(LETTERS, st.booleans())
def test_letters_go_into_the_other_form_and_back_with_all_that_belongs_to_them(
    letters: list[tuple[bytes, frozenset[Flag], frozenset[str], float, bool]], from_mbox: bool
):
    async def there_and_back(folder: Path) -> None:
        kinds = (Mbox, Maildir, Mbox) if from_mbox else (Maildir, Mbox, Maildir)
        first, other, last = (kind(folder / str(number)) for number, kind in enumerate(kinds))
        for letter, flags, words, arrived, listed in letters:
            await put(first, letter, flags, words, arrived)
            if listed and Flag.SEEN not in flags:
                for entry in await first.scan():
                    if entry.new:
                        await first.mark(entry.key, remove={Flag.SEEN})
        wanted = await contents(first)
        assert await convert(first, other) == Converted(len(letters), 0)
        assert await contents(other) == wanted
        assert await convert(other, last) == Converted(len(letters), 0)
        assert await contents(last) == wanted
        assert await convert(last, other) == Converted(0, len(letters))

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(there_and_back(Path(folder)))


async def test_a_letter_that_was_listed_and_not_read_does_not_become_new(tmp_path: Path):
    box = tmp_path / "box"
    box.write_bytes(b"From a@b.org Sat Nov 28 12:00:00 2026\nStatus: O\nSubject: x\n\nbody\n\n")
    box.chmod(0o600)
    await convert(Mbox(box), Maildir(tmp_path / "dir"))
    [letter] = await Maildir(tmp_path / "dir").scan()
    assert (letter.new, letter.flags) == (False, frozenset())
    assert [file.name.endswith(":2,") for file in (tmp_path / "dir" / "cur").iterdir()] == [True]
    copied = await Maildir(tmp_path / "dir").copy([letter.key], Mbox(tmp_path / "third"))
    [again] = await Mbox(tmp_path / "third").scan()
    assert (again.key, again.new) == (copied[0], False)


TEXT = b"From: a@example.org\nSubject: %b\n\none\ntwo\n"
FIVE = [
    TEXT % b"1",
    TEXT % b"2",
    TEXT % b"2",
    TEXT.replace(b"\n", b"\r\n") % b"3",
    TEXT.replace(b"\no", b"\r\no") % b"4",
]


async def filled_maildir(folder: Path) -> Maildir:
    """Letters with the line ends of files and of the wire, one with both, one that is there twice."""
    maildir = Maildir(folder)
    for letter in FIVE:
        await put(maildir, letter, frozenset(), frozenset(), 1_600_000_000.0)
    return maildir


async def test_what_was_taken_into_a_store_once_is_not_taken_again_however_it_ends_lines_and_counts_them(
    tmp_path: Path, store: Store, open_maildrop: Open
):
    source, target = await filled_maildir(tmp_path / "source"), open_maildrop()
    assert await convert(source, target) == Converted(5, 0)
    assert await convert(source, target) == Converted(0, 5)
    await put(source, FIVE[0], frozenset(), frozenset(), 0.0)
    assert await convert(source, target) == Converted(1, 5), "there are two of it now"
    assert await convert(target, Mbox(tmp_path / "third")) == Converted(6, 0)
    assert await convert(target, Mbox(tmp_path / "third")) == Converted(0, 6)


async def test_a_mail_server_that_counts_line_ends_is_asked_for_no_letter_of_another_size(tmp_path: Path):
    source = await filled_maildir(tmp_path / "source")
    async with fake_imap() as server:
        server.put(b"Subject: something else\r\n\r\n" + b"far longer\r\n" * 50)
        target = ImapMaildrop(ImapSession(ImapServer("127.0.0.1", server.port, "none"), "alice", "letmein"))
        assert await convert(source, target) == Converted(5, 0)
        assert not [command for command in server.heard_commands if "BODY" in command]
        assert await convert(source, target) == Converted(0, 5)
        fetched = [command for command in server.heard_commands if "BODY" in command]
        assert len(fetched) == len(set(fetched)) == 5, "each of the same size once"
        assert len(server.letters) == 6
        target.session.abandon()


KEPT = [
    (FIVE[0], frozenset({Flag.SEEN, Flag.REPLIED}), frozenset({"Work"}), 1_500_000_000.0),
    (FIVE[1], frozenset(), frozenset(), 1_500_000_001.0),
    (FIVE[1], frozenset({Flag.FLAGGED}), frozenset({"later", "$Label1"}), 1_500_000_002.0),
    (
        b"Subject: x\n\nFrom here on\n>From there\n\n.\n",
        frozenset({Flag.SEEN, Flag.PASSED, Flag.DRAFT}),
        frozenset(),
        1e9,
    ),
]


async def test_flags_keywords_and_times_of_arrival_go_into_every_store_and_out_of_it_into_every_other(
    tmp_path: Path, store: Store, open_maildrop: Open
):
    source, there, again = Maildir(tmp_path / "source"), open_maildrop(), open_maildrop("other")
    for each in KEPT:
        await put(source, *each)
    wanted = await contents(source)
    assert await convert(source, there) == Converted(len(KEPT), 0)
    assert await convert(there, again) == Converted(len(KEPT), 0)
    for number, (kind, taken_from) in enumerate(((Maildir, there), (Mbox, there), (Maildir, again), (Mbox, again))):
        last = kind(tmp_path / f"last-{number}")
        assert await convert(taken_from, last) == Converted(len(KEPT), 0)
        assert await contents(last) == wanted
    assert await convert(Mbox(tmp_path / "last-1"), there) == Converted(0, len(KEPT))
