"""The `Recognizing` promise: a letter that was put in by its ident is known by that, wherever it has been cut short."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from offhook.mailbox.imap import ImapMaildrop, OneLetter
from offhook.mailbox.letters import Append, Flag, LetterKey, Maildrop, Recognizing
from offhook.mailbox.maildir import Maildir
from offhook.mailbox.mbox import Mbox
from tests.support.fake_imap import fake_imap, maildrop_on, says
from tests.support.faulty_files import FaultyFiles, PowerCut
from tests.support.stores import STORES, Open

IDENT, ANOTHER = "0123456789abcdef" * 2, "0123456789abcdee" * 2
MOST_OPERATIONS = 200
LETTER = f"Received: from x\n\tby here (offhook) with spool\n\tid {IDENT};\n\ttoday\nSubject: x\n\nbody\n".encode()


@pytest.fixture(params=["imap", "maildir", "mbox", "memory"])
async def sessions(request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    open_one: Open = request.getfixturevalue(STORES[request.param].sessions)
    opened: list[Maildrop] = []

    def open_one_more() -> Maildrop:
        opened.append(open_one())
        return opened[-1]

    yield open_one_more  # type: ignore[misc]
    for maildrop in opened:
        await maildrop.close()


async def begun(maildrop: Maildrop) -> Append:
    assert isinstance(maildrop, Recognizing)
    append = await maildrop.begin_as(IDENT)
    await append.write(LETTER)
    return append


async def put(maildrop: Maildrop) -> LetterKey:
    return await (await begun(maildrop)).commit()


async def has(maildrop: Maildrop, ident: str = IDENT) -> bool:
    assert isinstance(maildrop, Recognizing)
    return await maildrop.has(ident)


async def test_a_letter_is_known_by_its_ident_in_every_session_while_it_is_there(sessions: Open):
    maildrop = sessions()
    assert not await has(maildrop)
    append = await begun(maildrop)
    assert not await has(sessions())
    key = await append.commit()
    assert await maildrop.fetch(key) == LETTER
    assert [entry.new for entry in await maildrop.scan()] == [True]
    assert await has(maildrop)
    assert await has(sessions())
    assert not await has(maildrop, ANOTHER)
    await maildrop.expunge([key])
    assert not await has(maildrop)
    assert not await has(sessions())


async def test_it_is_known_whatever_is_marked_on_it_and_among_others(sessions: Open):
    maildrop = sessions()
    for _ in range(3):
        other = await maildrop.begin({Flag.SEEN})
        await other.write(b"Subject: another\n\n" + b"x\n" * 300_000)
        await other.commit()
    key = await put(maildrop)
    await maildrop.mark(key, add={Flag.SEEN, Flag.FLAGGED, Flag.REPLIED}, add_keywords={"work"})
    assert await has(sessions())
    assert not await has(sessions(), ANOTHER)


async def test_who_puts_one_letter_on_a_mail_server_knows_it_there(imap_sessions: Open):
    first, second = (OneLetter(each) for each in (imap_sessions(), imap_sessions()) if isinstance(each, ImapMaildrop))
    assert not await has(second)
    await put(first)
    assert await has(second)
    for each in (first, second):
        await each.close()


@pytest.mark.parametrize("refusal", ["NO not here", "BAD what is that"])
async def test_a_mail_server_that_does_not_search_is_given_the_letter(refusal: str):
    async with fake_imap() as fake:
        maildrop = maildrop_on(fake)
        fake.always.append(("UID SEARCH", says(then=refusal)))
        assert not await has(maildrop)
        assert any(IDENT in command for command in fake.heard_commands)
        maildrop.session.abandon()


async def test_an_ident_across_two_pieces_of_what_is_read_of_an_mbox_is_found(tmp_path: Path):
    for before in range(0, 40, 3):
        box = tmp_path / str(before)
        start = b"From x@y Mon Jan  1 00:00:00 2024\nSubject: "
        box.write_bytes(start + b"x" * (1024 * 1024 - len(start) - before) + IDENT.encode() + b"\n\nbody\n")
        assert await has(Mbox(box)), before


@pytest.mark.torture
async def test_wherever_the_power_goes_who_looks_first_puts_a_letter_into_a_maildir_once(tmp_path: Path):
    outcomes: list[bool] = []
    for number in range(1, MOST_OPERATIONS):
        files = FaultyFiles(number)
        with suppress(PowerCut):
            await put(Maildir(tmp_path / str(number), files=files))
        if len(files.done) < number:
            assert outcomes[-1]
            assert not outcomes[0]
            return
        later = Maildir(tmp_path / str(number))
        outcomes.append(await has(later))
        if not outcomes[-1]:
            await put(later)
        assert [await later.fetch(entry.key) for entry in await later.scan()] == [LETTER], files.done
    raise AssertionError("it never ends")


async def test_a_letter_that_is_found_in_a_maildir_has_its_folder_synced_before_that_is_said(tmp_path: Path):
    await Maildir(tmp_path).scan()
    with suppress(PowerCut):
        await put(Maildir(tmp_path, files=FaultyFiles(2, only="sync")))
    files = FaultyFiles(only="sync")
    assert await has(Maildir(tmp_path, files=files))
    assert files.done == ["sync"]
