"""The `Maildrop` promise: one suite for every store. A new store joins by a line in `stores.py`."""

import asyncio
from contextlib import suppress

import pytest

from offhook.mailbox.letters import (
    MAX_HEADER_BYTES,
    Flag,
    LetterGone,
    LetterKey,
    Maildrop,
    MaildropFailure,
)
from tests.support.letters_in_stores import LETTER, keys, letters, only, put
from tests.support.stores import Open, Store

LONG_AGO = 1_600_000_000.0
PATIENCE = 60.0
"""Seconds a test waits at most for what should come at once."""


async def test_a_maildrop_nobody_has_written_to_is_empty(open_maildrop: Open):
    assert list(await open_maildrop().scan()) == []


@pytest.mark.parametrize(
    "letter",
    [
        LETTER,
        b"Subject: long\n\n" + b"line\n" * 50_000,
        b"Subject: old\n\n>From here\nFrom there\n>>From x@y Mon Jan  1 00:00:00 2024\n\n.\n..\n",
        b"Subject: 8 bit\n\n\xff\xe4\x80\n",
        b"\nonly a body\n",
    ],
)
async def test_a_letter_comes_back_byte_for_byte(store: Store, open_maildrop: Open, letter: bytes):
    key = await put(open_maildrop(), letter)
    other = open_maildrop()
    assert await other.fetch(key) == letter
    assert [(entry.key, entry.size) for entry in await other.scan()] == [(key, store.counted(letter))]


@pytest.mark.parametrize(
    "letter", [b"", b"\n", b"no newline", b"a\r\n\r\nb\0\xff\x1b\n.\nFrom x\n", bytes(range(256)) * 999]
)
async def test_octets_that_are_no_letter_come_back_too(store: Store, open_maildrop: Open, letter: bytes):
    store.must_have("any octets")
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
    ],
)
async def test_the_head_is_what_stands_before_the_empty_line(open_maildrop: Open, letter: bytes, head: bytes):
    maildrop = open_maildrop()
    assert await maildrop.head(await put(maildrop, letter)) == head


async def test_the_head_of_nothing_is_nothing(store: Store, open_maildrop: Open):
    store.must_have("any octets")
    maildrop = open_maildrop()
    assert await maildrop.head(await put(maildrop, b"")) == b""


async def test_an_endless_head_is_cut(open_maildrop: Open):
    maildrop = open_maildrop()
    key = await put(maildrop, b"X: " + b"y" * (2 * MAX_HEADER_BYTES))
    assert len(await maildrop.head(key)) == MAX_HEADER_BYTES


async def test_keywords_are_set_and_taken_away_and_every_session_sees_it(open_maildrop: Open):
    one, two = open_maildrop(), open_maildrop()
    key = await put(one)
    await two.scan()
    await one.mark(key, add={Flag.SEEN}, add_keywords={"Work", "$MDNSent", "x.y-z_1!"})
    await two.mark(key, add_keywords=["later"], remove_keywords=["Work", "never there"])
    for session in (one, two):
        entry = await only(session)
        assert (entry.key, entry.flags) == (key, {Flag.SEEN})
        assert entry.keywords == {"$MDNSent", "x.y-z_1!", "later"}
    assert await one.fetch(key) == LETTER


async def test_a_letter_is_put_in_with_keywords(open_maildrop: Open):
    maildrop = open_maildrop()
    await put(maildrop, keywords={"Work", "urgent"})
    await put(maildrop, LETTER, Flag.SEEN, Flag.FLAGGED, keywords=["urgent"])
    first, second = await open_maildrop().scan()
    assert (first.flags, first.keywords) == (frozenset(), {"Work", "urgent"})
    assert (second.flags, second.keywords) == ({Flag.SEEN, Flag.FLAGGED}, {"urgent"})


async def test_twenty_keywords_are_told_apart(open_maildrop: Open):
    one, two = open_maildrop(), open_maildrop()
    for number in range(20):
        await put((one, two)[number % 2], keywords=[f"word{number}", f"word{(number + 1) % 20}"])
    for number, entry in enumerate(await open_maildrop().scan()):
        assert entry.keywords == {f"word{number}", f"word{(number + 1) % 20}"}


@pytest.mark.parametrize("bad", ["", "a b", "a\nb", "\\Seen", 'a"b', "(x)", "50%", "*", "ä", "x" * 65, "]"])
async def test_what_is_no_keyword_is_refused_and_changes_nothing(open_maildrop: Open, bad: str):
    maildrop = open_maildrop()
    key = await put(maildrop, keywords={"good"})
    with pytest.raises(MaildropFailure):
        await maildrop.mark(key, add={Flag.SEEN}, add_keywords={"fine", bad})
    with pytest.raises(MaildropFailure):
        await put(maildrop, keywords={bad})
    entry = await only(maildrop)
    assert (entry.flags, entry.keywords) == (frozenset(), {"good"})


async def test_a_letter_is_put_in_with_its_old_time_of_arrival(open_maildrop: Open):
    key = await put(open_maildrop(), arrived=LONG_AGO)
    entry = await only(open_maildrop())
    assert (entry.key, entry.arrived) == (key, LONG_AGO)


async def test_waiting_ends_in_vain_when_nothing_changes(open_maildrop: Open):
    maildrop = open_maildrop()
    await put(maildrop)
    await maildrop.scan()
    assert await maildrop.wait(0) is False
    assert await maildrop.wait(0.05) is False
    assert len(await maildrop.scan()) == 1


@pytest.mark.parametrize("change", ["put", "mark", "keyword", "expunge"])
@pytest.mark.parametrize("already", [True, False])
async def test_waiting_ends_when_another_session_changes_something(open_maildrop: Open, change: str, already: bool):
    waiter, other = open_maildrop(), open_maildrop()
    key = await put(other)
    assert len(await waiter.scan()) == 1

    async def act() -> None:
        match change:
            case "put":
                await put(other)
            case "mark":
                await other.mark(key, add={Flag.SEEN})
            case "keyword":
                await other.mark(key, add_keywords={"Work"})
            case _:
                await other.expunge([key])

    async with asyncio.timeout(PATIENCE):
        if already:
            await act()
            assert await waiter.wait(PATIENCE)
        else:
            waiting = asyncio.ensure_future(waiter.wait(PATIENCE))
            await asyncio.sleep(0)
            await act()
            assert await waiting
    await waiter.scan()
    assert await waiter.wait(0) is False


async def test_a_wait_can_be_given_up(open_maildrop: Open):
    maildrop = open_maildrop()
    await put(maildrop)
    await maildrop.scan()
    waiting = asyncio.ensure_future(maildrop.wait(PATIENCE))
    await asyncio.sleep(0)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    assert waiting.cancelled()
    assert len(await maildrop.scan()) == 1


async def test_closing_is_done_once_or_twice_and_leaves_the_other_sessions_alone(open_maildrop: Open):
    one, two = open_maildrop(), open_maildrop()
    key = await put(one)
    await two.scan()
    await one.close()
    await one.close()
    assert await two.fetch(key) == LETTER
    await two.mark(key, add={Flag.SEEN})
    assert (await only(open_maildrop())).flags == {Flag.SEEN}


async def test_two_sessions_put_in_letters_at_once_and_none_is_lost(open_maildrop: Open):
    sessions = open_maildrop(), open_maildrop()

    async def several(session: Maildrop, name: bytes) -> None:
        for number in range(15):
            await put(session, LETTER + b"%s %d\n" % (name, number))

    await asyncio.gather(several(sessions[0], b"one"), several(sessions[1], b"two"))
    wanted = {LETTER + b"%s %d\n" % (name, number) for name in (b"one", b"two") for number in range(15)}
    for session in sessions:
        there = await letters(session)
        assert (len(there), set(there)) == (30, wanted)


async def test_two_sessions_mark_the_same_letters_at_once_and_no_mark_is_lost(open_maildrop: Open):
    one, two = open_maildrop(), open_maildrop()
    there = [await put(one) for _ in range(10)]
    await asyncio.gather(one.scan(), two.scan())

    async def marks(session: Maildrop, flag: Flag, word: str) -> None:
        for key in there:
            await session.mark(key, add={flag}, add_keywords={word})

    await asyncio.gather(marks(one, Flag.FLAGGED, "one"), marks(two, Flag.REPLIED, "two"))
    for entry in await open_maildrop().scan():
        assert (entry.flags, entry.keywords) == ({Flag.FLAGGED, Flag.REPLIED}, {"one", "two"})


async def test_one_session_removes_and_moves_while_another_puts_in_and_reads(open_maildrop: Open):
    one, two = open_maildrop(), open_maildrop()
    old = [await put(one, LETTER + b"old %d\n" % number) for number in range(12)]
    await two.scan()

    async def tidy() -> None:
        for key in old[:6]:
            await one.expunge([key])
        await one.move(old[6:], open_maildrop("other"))

    async def work() -> None:
        for number in range(12):
            await put(two, LETTER + b"new %d\n" % number)
            with suppress(LetterGone):
                assert await two.fetch(old[number]) == LETTER + b"old %d\n" % number

    await asyncio.gather(tidy(), work())
    assert set(await letters(one)) == {LETTER + b"new %d\n" % number for number in range(12)}
    assert await letters(open_maildrop("other")) == [LETTER + b"old %d\n" % number for number in range(6, 12)]
    assert len(await two.scan()) == 12
