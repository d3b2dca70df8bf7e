"""The `Maildrop` promise: one suite for every store. A new store joins by adding its factory to `STORES`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from offhook.mailbox.letters import MAX_HEADER_BYTES, Flag, LetterGone, LetterKey, Maildrop, MaildropFailure
from offhook.mailbox.store import Maildir
from tests.support.memory_maildrop import MemoryLetters, MemoryMaildrop

Open = Callable[[], Maildrop]
LETTER = b"From: a@example.org\nSubject: one\n\nbody\n"


def maildir_sessions(folder: Path) -> Open:
    return lambda: Maildir(folder / "mail" / "alice")


def memory_sessions(folder: Path) -> Open:
    letters = MemoryLetters()
    return lambda: MemoryMaildrop(letters)


STORES = {"maildir": maildir_sessions, "memory": memory_sessions}


@pytest.fixture(params=STORES)
def open_maildrop(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Each call opens one more session on the same maildrop."""
    return STORES[request.param](tmp_path)


async def put(maildrop: Maildrop, letter: bytes = LETTER, *flags: Flag) -> LetterKey:
    append = await maildrop.begin(flags)
    await append.write(letter)
    return await append.commit()


async def keys(maildrop: Maildrop) -> list[LetterKey]:
    return [entry.key for entry in await maildrop.scan()]


async def test_a_maildrop_nobody_has_written_to_is_empty(open_maildrop: Open):
    assert list(await open_maildrop().scan()) == []


@pytest.mark.parametrize(
    "letter", [LETTER, b"", b"\n", b"no newline", b"a\r\n\r\nb\0\xff\x1b\n.\nFrom x\n", bytes(range(256)) * 999]
)
async def test_a_letter_comes_back_byte_for_byte(open_maildrop: Open, letter: bytes):
    key = await put(open_maildrop(), letter)
    other = open_maildrop()
    assert await other.fetch(key) == letter
    assert [(entry.key, entry.size) for entry in await other.scan()] == [(key, len(letter))]


async def test_a_letter_written_in_pieces_is_one_letter(open_maildrop: Open):
    maildrop = open_maildrop()
    append = await maildrop.begin()
    for piece in (b"Subject: x\n", b"", b"\n", b"y" * 100_000):
        await append.write(piece)
    assert await maildrop.fetch(await append.commit()) == b"Subject: x\n\n" + b"y" * 100_000


async def test_a_letter_is_nowhere_before_commit(open_maildrop: Open):
    maildrop = open_maildrop()
    append = await maildrop.begin()
    await append.write(LETTER)
    assert await keys(maildrop) == []
    assert await keys(open_maildrop()) == []
    await append.abort()


async def test_an_aborted_letter_leaves_no_trace_and_cannot_be_committed(open_maildrop: Open):
    maildrop = open_maildrop()
    append = await maildrop.begin()
    await append.write(LETTER)
    await append.abort()
    await append.abort()
    with pytest.raises(MaildropFailure):
        await append.commit()
    assert await keys(maildrop) == []


async def test_abort_after_commit_is_harmless(open_maildrop: Open):
    maildrop = open_maildrop()
    append = await maildrop.begin()
    await append.write(LETTER)
    key = await append.commit()
    await append.abort()
    assert await keys(maildrop) == [key]


async def test_letters_are_listed_in_order_of_arrival(open_maildrop: Open):
    maildrop = open_maildrop()
    arrived = [await put(maildrop) for _ in range(20)]
    assert await keys(maildrop) == arrived


async def test_a_letter_put_in_by_another_session_is_in_the_next_listing(open_maildrop: Open):
    reader, writer = open_maildrop(), open_maildrop()
    for count in range(1, 6):
        await put(writer)
        assert len(await reader.scan()) == count


async def test_a_letter_arrives_as_new_and_listing_it_does_not_change_that(open_maildrop: Open):
    maildrop = open_maildrop()
    key = await put(maildrop)
    await maildrop.scan()
    await maildrop.head(key)
    await maildrop.fetch(key)
    await maildrop.mark(key)
    (entry,) = await open_maildrop().scan()
    assert (entry.new, entry.flags) == (True, frozenset())


async def test_a_letter_put_in_as_seen_is_not_new(open_maildrop: Open):
    maildrop = open_maildrop()
    await put(maildrop, LETTER, Flag.SEEN, Flag.DRAFT)
    (entry,) = await maildrop.scan()
    assert (entry.new, entry.flags) == (False, {Flag.SEEN, Flag.DRAFT})


async def test_a_letter_put_in_with_other_flags_is_new_and_has_them(open_maildrop: Open):
    maildrop = open_maildrop()
    await put(maildrop, LETTER, Flag.FLAGGED)
    (entry,) = await maildrop.scan()
    assert (entry.new, entry.flags) == (True, {Flag.FLAGGED})


async def test_flags_are_set_and_taken_away_and_every_session_sees_it(open_maildrop: Open):
    one, two = open_maildrop(), open_maildrop()
    key = await put(one)
    await two.scan()
    await one.mark(key, add={Flag.SEEN, Flag.FLAGGED})
    await two.mark(key, add={Flag.REPLIED}, remove={Flag.FLAGGED})
    for session in (one, two):
        (entry,) = await session.scan()
        assert (entry.key, entry.new, entry.flags) == (key, False, {Flag.SEEN, Flag.REPLIED})
    assert await one.fetch(key) == LETTER


async def test_a_marked_letter_keeps_its_size_and_time_of_arrival(open_maildrop: Open):
    maildrop = open_maildrop()
    key = await put(maildrop)
    (before,) = await maildrop.scan()
    await maildrop.mark(key, add={Flag.SEEN})
    (after,) = await maildrop.scan()
    assert (after.size, after.arrived) == (before.size, before.arrived)


async def test_an_expunged_letter_is_gone_for_everyone(open_maildrop: Open):
    one, two = open_maildrop(), open_maildrop()
    gone, kept = await put(one), await put(one)
    await two.scan()
    await one.expunge([gone])
    assert await keys(one) == await keys(two) == [kept]
    for call in (two.fetch, two.head, two.mark):
        with pytest.raises(LetterGone):
            await (call(gone, add={Flag.SEEN}) if call == two.mark else call(gone))


async def test_expunging_what_is_gone_or_never_was_is_no_error(open_maildrop: Open):
    one, two = open_maildrop(), open_maildrop()
    gone, kept = await put(one), await put(one)
    await two.expunge([gone])
    await one.expunge([gone, LetterKey("never"), LetterKey("../../etc/passwd")])
    await one.expunge([])
    assert await keys(one) == [kept]


@pytest.mark.parametrize("key", ["", "x", ".", "..", "../new/x", "/etc/passwd", "a\0b", ":2,S", "x" * 5000])
async def test_a_key_nobody_gave_out_opens_nothing(open_maildrop: Open, key: str):
    with pytest.raises(LetterGone):
        await open_maildrop().fetch(LetterKey(key))


@pytest.mark.parametrize(
    ("letter", "head"),
    [
        (LETTER, b"From: a@example.org\nSubject: one\n"),
        (b"Subject: no body\n", b"Subject: no body\n"),
        (b"Subject: no end", b"Subject: no end"),
        (b"\nonly a body\n", b""),
        (b"", b""),
    ],
)
async def test_the_head_is_what_stands_before_the_empty_line(open_maildrop: Open, letter: bytes, head: bytes):
    maildrop = open_maildrop()
    assert await maildrop.head(await put(maildrop, letter)) == head


async def test_an_endless_head_is_cut(open_maildrop: Open):
    maildrop = open_maildrop()
    key = await put(maildrop, b"X: " + b"y" * (2 * MAX_HEADER_BYTES))
    assert len(await maildrop.head(key)) == MAX_HEADER_BYTES
