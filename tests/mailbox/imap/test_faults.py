"""What an IMAP server may do wrong, and what becomes of it: one sentence, no letter lost and none doubled."""

import asyncio
import time
import tracemalloc
from collections.abc import Awaitable
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.imap import ImapMaildrop, imap
from offhook.mailbox.imap import connection as imap_connection
from offhook.mailbox.imap import mailbox as imap_mailbox
from offhook.mailbox.imap import session as imap_session
from offhook.mailbox.imap import wire as imap_wire
from offhook.mailbox.letters import Flag, LetterGone, LetterKey, MaildropFailure
from tests.support.fake_imap import (
    FakeImap,
    Talk,
    breaks_off,
    fake_imap,
    is_one_sentence,
    maildrop_on,
    says,
    says_nothing,
)
from tests.support.letters_in_stores import LETTER, put

pytestmark = pytest.mark.torture

T = TypeVar("T")
ON_SERVER = LETTER.replace(b"\n", b"\r\n")


async def told(doing: Awaitable[T]) -> T | None:
    """What comes of it: a result, or one sentence."""
    try:
        return await doing
    except MaildropFailure as why:
        failure = why
    assert is_one_sentence(failure)
    return None


@pytest.mark.parametrize("command", ["SELECT", "NOOP", r"UID FETCH 1:\*", r"UID FETCH 1 .*BODY", "UID STORE"])
async def test_a_connection_that_is_lost_is_made_anew_and_the_thing_asked_again(
    fake: FakeImap, maildrop: ImapMaildrop, command: str
):
    fake.put(ON_SERVER)
    fake.faults.append((command, breaks_off))
    (entry,) = await maildrop.scan()
    assert await maildrop.fetch(entry.key) == LETTER
    await maildrop.mark(entry.key, add={Flag.FLAGGED})
    assert not fake.faults
    assert fake.letters[1].flags == {"\\Flagged"}
    assert maildrop.session.connections == 2


async def test_a_letter_cut_off_in_its_middle_is_fetched_whole_on_the_next_connection(
    fake: FakeImap, maildrop: ImapMaildrop
):
    async def cut(talk: Talk, _tag: str) -> None:
        talk.say("* 1 FETCH (UID 1 BODY[]<0> {40}", ON_SERVER[:20])
        await talk.writer.drain()
        talk.writer.close()

    fake.put(ON_SERVER)
    fake.faults.append((r"UID FETCH 1 .*BODY", cut))
    (entry,) = await maildrop.scan()
    assert await maildrop.fetch(entry.key) == LETTER


async def test_a_server_that_stays_away_costs_a_sentence_and_one_that_comes_back_is_used(
    fake: FakeImap, maildrop: ImapMaildrop
):
    fake.put(ON_SERVER)
    (entry,) = await maildrop.scan()
    fake.always.append(("", breaks_off))
    for doing in (
        maildrop.scan(),
        maildrop.fetch(entry.key),
        put(maildrop),
        maildrop.wait(60),
        maildrop.expunge([entry.key]),
    ):
        with pytest.raises(MaildropFailure) as caught:
            await doing
        assert is_one_sentence(caught.value)
    fake.always.clear()
    assert await maildrop.fetch(entry.key) == LETTER
    assert len(fake.letters) == 1


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 AUTH=PLAIN UIDPLUS", "IMAP4rev1 AUTH=PLAIN"])
@pytest.mark.parametrize("kept", [True, False])
async def test_a_letter_whose_fate_is_unknown_is_looked_for_before_it_is_put_in_again(capabilities: str, kept: bool):
    async with fake_imap(capabilities) as fake:
        maildrop = maildrop_on(fake)
        before = await put(maildrop, LETTER, Flag.SEEN)

        async def lose(talk: Talk, _tag: str) -> None:
            await fake.take(talk, fake.heard_commands[-1], keep=kept)
            talk.break_off()

        fake.faults.append(("APPEND", lose))
        key = await put(maildrop, LETTER, Flag.SEEN)
        assert not fake.faults
        assert [(each.octets, each.flags) for each in fake.letters.values()] == [(ON_SERVER, {"\\Seen"})] * 2
        assert (before, key) == ("7.1", "7.2")
        maildrop.session.abandon()


async def test_without_uidplus_a_new_letter_is_found_among_others_that_come_at_the_same_time():
    async with fake_imap("IMAP4rev1 AUTH=PLAIN") as fake:
        maildrop = maildrop_on(fake)

        async def crowd(talk: Talk, tag: str) -> None:
            fake.put(b"Subject: another\r\n\r\n")
            await fake.take(talk, fake.heard_commands[-1])
            fake.put(ON_SERVER[:-3] + b"!\r\n")
            talk.say(f"{tag} OK done")

        fake.faults.append(("APPEND", crowd))
        assert await put(maildrop, LETTER, Flag.SEEN) == "7.2"
        maildrop.session.abandon()


@pytest.mark.parametrize("way", ["copy", "move"])
async def test_copying_is_not_said_twice(fake: FakeImap, maildrop: ImapMaildrop, way: str):
    fake.put(ON_SERVER)
    (entry,) = await maildrop.scan()
    fake.faults.append(("UID (COPY|MOVE)", breaks_off))
    target = ImapMaildrop(maildrop.session, "other")
    with pytest.raises(MaildropFailure, match="see which letters are there"):
        await getattr(maildrop, way)([entry.key], target)
    assert len([each for each in fake.heard_commands if each.startswith(("UID COPY", "UID MOVE"))]) == 1


@pytest.mark.parametrize("code", ["1:4294967295 1:4294967295", "1 1:99999", "x y", "1,2,3,4,5 6", "", "9 9"])
async def test_a_lie_about_what_was_copied_is_a_sentence_and_costs_no_memory(
    fake: FakeImap, maildrop: ImapMaildrop, code: str
):
    fake.put(ON_SERVER)
    fake.put(ON_SERVER)
    keys = [entry.key for entry in await maildrop.scan()]
    fake.faults.append(("UID COPY", lambda talk, tag: says(then=f"OK [COPYUID 9 {code}] done")(talk, tag)))
    made = await told(maildrop.copy(keys, ImapMaildrop(maildrop.session, "other")))
    assert made is None or len(made) == 2


async def test_a_silent_server_is_taken_for_dead_in_time(
    fake: FakeImap, maildrop: ImapMaildrop, monkeypatch: pytest.MonkeyPatch
):
    fake.put(ON_SERVER)
    await maildrop.scan()
    monkeypatch.setattr(imap_wire, "SILENCE", 0.1)
    fake.always.append(("UID FETCH", says_nothing))
    begun = time.monotonic()
    with pytest.raises(MaildropFailure) as caught:
        await maildrop.scan()
    assert is_one_sentence(caught.value)
    assert time.monotonic() - begun < 10


async def test_a_server_that_drips_is_not_waited_for_without_end(
    fake: FakeImap, maildrop: ImapMaildrop, monkeypatch: pytest.MonkeyPatch
):
    async def drip(talk: Talk, _tag: str) -> None:
        while not talk.writer.is_closing():
            talk.say("* OK still here")
            await talk.writer.drain()
            await asyncio.sleep(0)

    fake.put(ON_SERVER)
    (entry,) = await maildrop.scan()
    monkeypatch.setattr(imap_connection, "SILENCE", 0.2)
    fake.always.append((r"UID FETCH 1 ", drip))
    with pytest.raises(MaildropFailure) as caught:
        await maildrop.fetch(entry.key)
    assert is_one_sentence(caught.value)


BOMBS = [
    b"* 1 FETCH (UID 1 BODY[]<0> {99999999999}",
    b"* 1 FETCH (UID 1 BODY[]<0> {4000000000}",
    b"* 1 FETCH (UID 1 BODY[]<0> {" + b"9" * 5000 + b"}",
    b"* 1 FETCH (" + b"(" * 500_000,
    b"* " + b"x" * 2_000_000,
    b"* 4294967295 EXISTS",
    b"* 99999999999999999999 EXISTS",
    b"* 1 FETCH (UID 99999999999 FLAGS (\\Seen) RFC822.SIZE 1)",
    b'* 1 FETCH (UID 1 BODY[]<0> "UID 2 FLAGS (")',
    b"* 1 FETCH (UID 1 BODY[]<0> NIL)",
    b"* 1 FETCH (UID 1)",
    b"* 1 FETCH",
    b"* 1 FETCH ()",
    b"* BYE \x1b[2Jgo away",
    b"+ what?",
    b"a b c",
    b"\xff\xfe\x00",
    b"",
    b"* NO [ALERT] \x1b]0;title\x07",
]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: repr(bomb[:30]))
@pytest.mark.parametrize("then", ["OK done", "", "NO \x1b[2Jno"])
async def test_garbage_is_a_sentence_or_a_letter_and_never_more_memory_than_a_bound(
    fake: FakeImap, maildrop: ImapMaildrop, monkeypatch: pytest.MonkeyPatch, bomb: bytes, then: str
):
    monkeypatch.setattr(imap_wire, "SILENCE", 0.05)
    fake.put(ON_SERVER)
    key = LetterKey("7.1")
    fake.always.append((r"UID FETCH", says(bomb, then=then)))
    tracemalloc.start()
    try:
        for doing in (maildrop.scan, lambda: maildrop.head(key), lambda: maildrop.fetch(key)):
            await told(doing())
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
    monkeypatch.undo()
    fake.always.clear()
    assert await maildrop.fetch(key) == LETTER, "and afterwards all is well"


@given(st.lists(st.binary(max_size=60), max_size=5), st.sampled_from(["UID FETCH", "SELECT", "CAPABILITY", "NOOP"]))
@settings(max_examples=30, deadline=None)
def test_whatever_a_server_says_the_caller_gets_letters_or_one_sentence(lines: list[bytes], command: str):
    async def call() -> None:
        async with fake_imap() as fake:
            fake.put(ON_SERVER)
            maildrop = maildrop_on(fake)
            fake.faults += [(command, says(*lines))] * 2
            for doing in (maildrop.scan, lambda: maildrop.fetch(LetterKey("7.1"))):
                await told(doing())
            maildrop.session.abandon()

    asyncio.run(call())


async def test_an_endless_answer_is_ended(fake: FakeImap, maildrop: ImapMaildrop):
    async def pour(talk: Talk, _tag: str) -> None:
        while not talk.writer.is_closing():
            talk.say(*[b"* 1 FETCH (UID 1 FLAGS (" + b"x" * 60_000 + b"))"] * 50)
            await talk.writer.drain()

    fake.put(ON_SERVER)
    await maildrop.scan()
    fake.always.append((r"UID FETCH 1 ", pour))
    with pytest.raises(MaildropFailure) as caught:
        await maildrop.fetch(LetterKey("7.1"))
    assert is_one_sentence(caught.value)


async def test_keys_of_a_mailbox_that_was_made_anew_are_gone(fake: FakeImap, maildrop: ImapMaildrop):
    fake.put(ON_SERVER)
    (entry,) = await maildrop.scan()
    fake.validity = 8
    fake.faults.append(("NOOP", breaks_off))
    (again,) = await maildrop.scan()
    assert (entry.key, again.key) == ("7.1", "8.1")
    for doing in (maildrop.fetch(entry.key), maildrop.head(entry.key), maildrop.mark(entry.key, add={Flag.SEEN})):
        with pytest.raises(LetterGone):
            await doing
    await maildrop.expunge([entry.key])
    assert list(fake.letters) == [1]


async def test_only_our_own_letters_are_expunged_and_without_uidplus_none(fake: FakeImap, maildrop: ImapMaildrop):
    fake.put(ON_SERVER, "\\Deleted")
    fake.put(ON_SERVER)
    fake.put(ON_SERVER)
    await maildrop.expunge([LetterKey("7.2")])
    assert list(fake.letters) == [1, 3]
    fake.capabilities = "IMAP4rev1 AUTH=PLAIN"
    maildrop.session.abandon()
    with pytest.raises(MaildropFailure, match="UIDPLUS"):
        await maildrop.expunge([LetterKey("7.3")])
    assert list(fake.letters) == [1, 3]
    assert fake.letters[3].flags == set()
    assert "EXPUNGE" not in fake.heard_commands


async def test_closing_does_not_wait_for_a_server_that_says_nothing(
    fake: FakeImap, maildrop: ImapMaildrop, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(imap_session, "FAREWELL", 0.05)
    fake.put(ON_SERVER)
    await maildrop.scan()
    fake.always.append(("LOGOUT", says_nothing))
    async with asyncio.timeout(60):
        await maildrop.close()
        await maildrop.close()


async def test_a_letter_larger_than_the_bound_is_neither_read_nor_put_in(
    fake: FakeImap, maildrop: ImapMaildrop, monkeypatch: pytest.MonkeyPatch
):
    for module in (imap_mailbox, imap):
        monkeypatch.setattr(module, "LARGEST_LETTER", 1000)
    fake.put(b"Subject: large\r\n\r\n" + b"x" * 2000)
    (entry,) = await maildrop.scan()
    with pytest.raises(MaildropFailure, match="too large to be read"):
        await maildrop.fetch(entry.key)
    assert await maildrop.head(entry.key) == b"Subject: large\n"
    append = await maildrop.begin()
    await append.write(b"x" * 900)
    with pytest.raises(MaildropFailure, match="too large for the mail server"):
        await append.write(b"x" * 200)
    with pytest.raises(MaildropFailure):
        await append.commit()
    assert len(fake.letters) == 1


async def test_short_lines_count_for_what_they_take_and_not_for_their_bytes(fake: FakeImap, maildrop: ImapMaildrop):
    key = await put(maildrop, LETTER, Flag.SEEN)
    lines = 2 * imap_wire.ANSWER // imap_wire.LEAST_LINE
    assert lines * len("* 1 EXISTS\r\n") < imap_wire.ANSWER, "their bytes alone would be allowed"
    fake.always.append((r"SELECT", says(*["* 1 EXISTS"] * lines, "* OK [UIDVALIDITY 7] is")))
    again = maildrop_on(fake)
    with pytest.raises(MaildropFailure, match="cannot be reached"):
        await again.fetch(key)
    fake.always.clear()
    assert await again.fetch(key) == LETTER
    await again.close()
