"""The catalog of an index against the one that asks the letters, over changes by us and by others."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from offhook.mailbox.index import IndexClerk, IndexedMaildrop, asking_here, catalog
from offhook.mailbox.index.tasks import IndexWork
from offhook.mailbox.letters import Entry, Flag, Heading, LetterKey, Listing, Maildrop, PlainCatalog, flags_in, ref_of
from offhook.mailbox.maildir import Maildir, MaildirSurvey
from offhook.terminal.session.mailbag import Mailbag
from tests.support.index_house import letter
from tests.support.letters_in_stores import put, told

LONG_AGO = 1_600_000_000.0


class House:
    """A Maildir with an index, and other sessions and programs on it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mail"
        self.file = folder / "cache" / "alice.index"
        self.work = IndexWork(in_child=False)
        self.clerk = IndexClerk(asking_here(self.work))
        self.plain = Maildir(self.path)

    def session(self) -> IndexedMaildrop:
        return IndexedMaildrop(Maildir(self.path), MaildirSurvey(str(self.path)), str(self.file), self.clerk)

    async def put(self, content: bytes, *flags: Flag, arrived: float | None = None) -> LetterKey:
        return await put(self.plain, content, *flags, arrived=arrived)

    async def settle(self, session: IndexedMaildrop) -> None:
        """Have the index say what is in the folders, and all of it read."""
        await session.catalog.listing()
        while (await self.clerk.look(str(self.file), MaildirSurvey(str(self.path)))).done:
            answer = await self.clerk.build_some(str(self.file), MaildirSurvey(str(self.path)))
            if not answer.more:
                return


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    found = House(tmp_path)
    yield found
    await found.clerk.close()
    found.work.close()


async def expected(maildrop: Maildrop) -> list[tuple[Entry, Heading]]:
    catalog = PlainCatalog(maildrop)
    listing = await catalog.listing()
    pairs = zip(await catalog.entries(listing.refs), await catalog.headings(listing.refs), strict=True)
    return [(entry, heading) for entry, heading in pairs if entry and heading]


async def test_an_index_tells_what_the_letters_tell(house: House):
    for number in range(30):
        await house.put(letter(number), *([Flag.SEEN] if number % 3 else []))
    session = house.session()
    assert await told(session) == await expected(house.plain)
    await house.settle(session)
    assert await told(session) == await expected(house.plain)
    await session.close()


async def test_a_listing_is_the_same_object_until_something_changes(house: House):
    await house.put(letter(1))
    session = house.session()
    first = await session.catalog.listing()
    assert await session.catalog.listing() is first
    await house.put(letter(2))
    second = await session.catalog.listing()
    assert len(second.refs) == 2
    await session.close()


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_others_do_is_told_at_the_next_listing(house: House, seed: int):
    chance = random.Random(seed)
    session, other = house.session(), house.session()
    keys: list[LetterKey] = []
    for turn in range(25):
        match chance.choice("aadfffme"):
            case "a":
                keys.append(await house.put(letter(turn)))
            case "m":
                keys.append(await house.put(letter(turn), arrived=LONG_AGO + chance.random()))
            case "d" if keys:
                await house.plain.expunge([keys.pop(chance.randrange(len(keys)))])
            case "f" if keys:
                flag = chance.choice(list(Flag))
                await house.plain.mark(chance.choice(keys), add={flag}, remove={chance.choice(list(Flag))} - {flag})
            case "e" if keys:
                await other.mark(chance.choice(keys), add={Flag.FLAGGED})
        if chance.random() < 0.5:
            await settled_look(house, session)
            assert await told(session) == await expected(Maildir(house.path))
    await settled_look(house, session)
    assert await told(session) == await expected(Maildir(house.path))
    await session.close()
    await other.close()


async def settled_look(house: House, session: IndexedMaildrop) -> None:
    """A listing that does not give up waiting, however loaded the machine is."""
    await session.catalog.listing()
    await house.clerk.look(str(house.file), MaildirSurvey(str(house.path)))


async def test_what_a_session_marks_and_removes_is_in_its_listings_at_once(house: House):
    keys = [await house.put(letter(number)) for number in range(4)]
    session = house.session()
    await session.catalog.listing()
    await session.mark(keys[0], add={Flag.SEEN})
    await session.mark(keys[1], add={Flag.FLAGGED}, remove={Flag.SEEN})
    await session.mark(keys[1], remove={Flag.FLAGGED})
    await session.expunge([keys[2]])
    session.catalog._take_own()
    listing = session.catalog._listing
    assert listing is not None
    assert list(listing.refs) == [ref_of(keys[0]), ref_of(keys[1]), ref_of(keys[3])]
    assert [flags_in(state) for state in listing.states] == [{Flag.SEEN}, set(), set()]
    await session.close()


@pytest.mark.parametrize("damage", ["removed", "cut", "overwritten", "foreign", "newer", "folder", "empty"])
async def test_an_index_that_is_no_good_is_made_again_without_a_word(house: House, damage: str):
    keys = [await house.put(letter(number)) for number in range(3)]
    session = house.session()
    await house.settle(session)
    before = await told(session)
    await session.close()
    await house.clerk.close()
    house.work.close()
    spoil(house.file, damage)
    again = House(house.path.parent)
    session = again.session()
    assert await told(session) == before
    assert set(await session.catalog.matching("subject", "subject 1")) == {ref_of(keys[1])}
    await session.close()
    await again.clerk.close()
    again.work.close()


def spoil(file: Path, damage: str) -> None:
    content = file.read_bytes()
    match damage:
        case "removed":
            file.unlink()
        case "cut":
            file.write_bytes(content[: len(content) // 2 + 100])
        case "overwritten":
            file.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
        case "foreign":
            file.write_bytes(b"not a database at all" * 1000)
        case "newer":
            file.write_bytes(content[:60] + (99).to_bytes(4) + content[64:])
        case "folder":
            file.unlink()
            file.mkdir()
        case "empty":
            file.write_bytes(b"")


async def test_an_index_that_is_damaged_while_it_is_used_costs_nobody_an_error(house: House):
    for number in range(300):
        await house.put(letter(number))
    session = house.session()
    await house.settle(session)
    before = await told(session)
    with house.file.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(house.file.stat().st_size - 4096))
    assert await told(session) == before
    assert len(await session.catalog.matching("subject", "subject 29")) == 11
    assert len((await session.catalog.search(["hello"])).refs) + (await session.catalog.search(["hello"])).unread >= 300
    await house.put(letter(300))
    assert await told(session) == await expected(Maildir(house.path))
    await session.close()


async def test_an_index_that_is_removed_while_it_is_used_is_made_again(house: House):
    for number in range(3):
        await house.put(letter(number))
    session = house.session()
    await house.settle(session)
    house.file.unlink()
    await house.put(letter(3))
    assert await told(session) == await expected(Maildir(house.path))
    await house.settle(session)
    assert house.file.exists()
    assert await told(session) == await expected(Maildir(house.path))
    await session.close()


async def test_without_a_place_for_the_index_the_letters_are_asked(house: House):
    await house.put(letter(1, "Needle."))
    house.file.parent.write_bytes(b"a file where a folder should be")
    session = house.session()
    assert await told(session) == await expected(house.plain)
    assert len(await session.catalog.matching("sender", "BOB 1")) == 1
    assert len((await session.catalog.search(["needle"])).refs) == 1
    await session.close()


async def test_an_index_of_another_maildrop_is_not_believed(house: House, tmp_path: Path):
    await house.put(letter(1))
    session = house.session()
    await house.settle(session)
    await session.close()
    survey = MaildirSurvey(str(tmp_path / "elsewhere"))
    other = IndexedMaildrop(Maildir(tmp_path / "elsewhere"), survey, str(house.file), house.clerk)
    assert len((await other.catalog.listing()).refs) == 0
    await other.close()


async def test_a_session_does_not_wait_for_a_look_that_takes_long(house: House, monkeypatch: pytest.MonkeyPatch):
    await house.put(letter(1))
    free = asyncio.Event()
    ask = asking_here(house.work)

    async def slow(task: object) -> object:
        await free.wait()
        return await ask(task)  # type: ignore[arg-type]

    free.set()
    house.clerk = IndexClerk(slow)  # type: ignore[arg-type]
    session = house.session()
    assert len((await session.catalog.listing()).refs) == 1
    free.clear()
    await house.put(letter(2))
    with monkeypatch.context() as hasty:
        hasty.setattr(catalog, "PATIENCE", 0.05)
        assert len((await session.catalog.listing()).refs) == 1
    free.set()
    await settled_look(house, session)
    assert len((await session.catalog.listing()).refs) == 2
    await session.close()


async def test_what_a_session_is_told_first_is_true_however_long_that_takes(house: House):
    keys = [await house.put(letter(number)) for number in range(3)]
    session = house.session()
    await house.settle(session)
    await session.close()
    free = asyncio.Event()
    ask = asking_here(house.work)

    async def slow(task: object) -> object:
        await free.wait()
        return await ask(task)  # type: ignore[arg-type]

    house.clerk = IndexClerk(slow)  # type: ignore[arg-type]
    await house.plain.expunge([keys[0]])
    later = house.session()
    listing = asyncio.ensure_future(later.catalog.listing())
    done, _ = await asyncio.wait({listing}, timeout=1.0)
    assert not done
    free.set()
    assert list((await listing).refs) == [ref_of(key) for key in keys[1:]]
    await later.close()


async def test_a_letter_that_somebody_has_just_undeleted_is_not_removed_by_an_older_listing(house: House):
    await house.put(letter(1))
    session = house.session()
    bag = Mailbag(session)
    await bag.open()
    [marked] = [each async for each in bag.each([1])]
    await bag.mark(marked, add=frozenset({Flag.TRASHED}))
    listing = await session.catalog.listing()
    await house.plain.mark(marked.key, remove={Flag.TRASHED})

    async def as_before() -> Listing:
        return listing

    session.catalog.listing = as_before  # type: ignore[method-assign]
    assert await bag.expunge() == 0
    assert len(await house.plain.scan()) == 1
    await session.close()


async def test_headings_are_searched_by_case_folded_text_of_any_script(house: House):
    keys = [
        await house.put("From: Müller <m@x.example>\nSubject: GRÜSSE aus Köln 100%_\n\n".encode()),
        await house.put(b"From: Bob Beech <bob@host.example>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\n"),
        await house.put(b"From: carol@else.example\nSubject: Plain\n\n"),
    ]
    session = house.session()
    await session.catalog.listing()
    for where, text, found in (
        ("subject", "grüsse", [0, 1]),
        ("subject", "PLAIN", [2]),
        ("subject", "%_", [0]),
        ("sender", "müller", [0]),
        ("sender", "beech bob@", [1]),
        ("sender", "ELSE.example", [2]),
        ("sender", "", [0, 1, 2]),
    ):
        plain = PlainCatalog(house.plain)
        await plain.listing()
        expected_refs = {ref_of(keys[number]) for number in found}
        assert set(await session.catalog.matching(where, text)) == expected_refs, text  # type: ignore[arg-type]
        assert set(await plain.matching(where, text)) == expected_refs, text  # type: ignore[arg-type]
    await session.close()
