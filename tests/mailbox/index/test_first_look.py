"""A first look at very many letters: a session is shown them at once, and their rows are written behind."""

import os
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from offhook.mailbox.index import IndexClerk, IndexedMaildrop, asking_here, syncing
from offhook.mailbox.index.building import rows_left
from offhook.mailbox.index.database import open_for_reading
from offhook.mailbox.index.tasks import IndexWork, owner_of
from offhook.mailbox.letters import Flag, LetterKey, Maildrop, PlainCatalog, Survey, flags_in
from offhook.mailbox.maildir import Maildir, MaildirSurvey
from offhook.mailbox.mbox import Mbox, MboxSurvey


class Unscanned:
    """A store that nobody may ask for all its letters."""

    def __init__(self, store: Maildrop) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        if name == "scan":
            raise AssertionError("the store was scanned")
        return getattr(self._store, name)


class House:
    """A maildrop of 40 letters with an index, whose keeper may end at any time."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.path, self.file, self.kind = folder / "mail", str(folder / "alice.index"), kind
        self.store = self.opened()
        self.works: list[IndexWork] = []
        self.clerk = self.another_clerk()

    def opened(self) -> Maildrop:
        return Mbox(self.path) if self.kind == "mbox" else Maildir(self.path)

    def survey(self) -> Survey:
        return MboxSurvey(str(self.path)) if self.kind == "mbox" else MaildirSurvey(str(self.path))

    def another_clerk(self) -> IndexClerk:
        """One that knows nothing of what the last one has left to do; nothing is built but what is asked for."""
        self.works.append(IndexWork(in_child=False))
        clerk = IndexClerk(asking_here(self.works[-1]))
        clerk.build = lambda file, survey: None  # type: ignore[assignment, method-assign, return-value]
        return clerk

    def session(self, *, scanned: bool = True) -> IndexedMaildrop:
        store = self.opened() if scanned else Unscanned(self.opened())
        return IndexedMaildrop(store, self.survey(), self.file, self.clerk)  # type: ignore[arg-type]

    async def put(self, number: int) -> LetterKey:
        append = await self.store.begin({Flag.SEEN} if number % 3 else set(), arrived=1_600_000_000.0 + 1000 * number)
        await append.write(f"From: Bob {number} <b@host.example>\nSubject: Subject {number}\n\nHello.\n".encode())
        return await append.commit()

    def age(self) -> None:
        """Have the maildrop look as if it had not changed for an hour."""
        past = time.time() - 3600
        for path in (self.path, *self.path.glob("*")) if self.kind == "maildir" else (self.path,):
            os.utime(path, (past, past))

    def left(self) -> int:
        database = open_for_reading(self.file, owner_of(self.survey()))
        try:
            return rows_left(database)
        finally:
            database.close()


@pytest.fixture(params=["maildir", "mbox"])
async def house(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setattr(syncing, "MANY", 10)
    monkeypatch.setattr(syncing, "SOME", 7)
    found = House(tmp_path, request.param)
    for number in range(40):
        await found.put(number)
    found.age()
    yield found
    for work in found.works:
        work.close()


async def check(session: IndexedMaildrop, truth: Maildrop, places: slice = slice(None)) -> None:
    """The session is told what the letters tell."""
    listing, wanted = await session.catalog.listing(), PlainCatalog(truth)
    whole = await wanted.listing()
    assert (listing.refs, listing.states) == (whole.refs, whole.states)
    refs = listing.refs[places]
    for entry, other, state in zip(
        await session.catalog.entries(refs), await wanted.entries(refs), listing.states[places], strict=True
    ):
        assert entry is not None
        assert other is not None
        assert (entry.key, entry.size, entry.arrived) == (other.key, other.size, other.arrived)
        assert flags_in(state) == other.flags
    assert await session.catalog.headings(refs) == await wanted.headings(refs)


async def test_a_page_is_shown_before_the_rows_of_all_letters_are_written(house: House):
    session = house.session(scanned=False)
    await session.catalog.listing()
    assert house.left() == 40
    await check(session, house.opened(), slice(10, 15))
    assert house.left() == 35
    await check(session, house.opened(), slice(12, 17))
    assert house.left() == 33
    await session.close()


async def test_rows_that_were_left_are_written_behind_in_parts(house: House):
    session = house.session(scanned=False)
    await session.catalog.listing()
    await check(session, house.opened(), slice(30, 40))
    seen = []
    while not (answer := await house.clerk.build_some(house.file, house.survey())).headed:
        assert answer.done
        seen.append(house.left())
    assert seen[:4] == [23, 16, 9, 2]
    assert house.left() == 0
    await check(session, house.opened())
    await session.close()


async def test_all_letters_asked_for_at_once_are_told_from_the_index(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("offhook.mailbox.index.queries.PAGE", 20)
    session = house.session(scanned=False)
    listing = await session.catalog.listing()
    assert [entry.key for entry in await session.catalog.entries(listing.refs) if entry] == [
        entry.key for entry in await house.opened().scan()
    ]
    assert house.left() == 0
    await session.close()


async def test_searching_headings_waits_for_the_rows(house: House):
    session = house.session(scanned=False)
    listing = await session.catalog.listing()
    assert await session.catalog.matching("subject", "subject 39") == {listing.refs[39]}
    await session.close()


async def test_a_search_tells_of_letters_that_have_no_rows_yet(house: House):
    session = house.session()
    await session.catalog.listing()
    assert (await session.catalog.search(["hello"])).unread == 40
    await session.close()


@pytest.mark.parametrize("asked", ["page", "build", "look"])
async def test_when_their_writer_has_ended_rows_are_written_by_the_next(house: House, asked: str):
    session = house.session(scanned=False)
    await session.catalog.listing()
    await check(session, house.opened(), slice(38, 40))
    await session.close()
    house.clerk = house.another_clerk()
    if asked == "build":
        await house.clerk.build_some(house.file, house.survey())
        assert house.left() == 0
    elif asked == "look":
        assert (await house.clerk.look(house.file, house.survey())).done
        assert house.left() == 0
    session = house.session(scanned=False)
    await check(session, house.opened(), slice(0, 20))
    assert house.left() == 0
    await check(session, house.opened())
    await session.close()


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_comes_between_a_first_look_and_its_last_row_everything_told_is_true(house: House, seed: int):
    chance = random.Random(seed)
    session = house.session()
    await session.catalog.listing()
    keys = [entry.key for entry in await house.store.scan()]
    for turn in range(12):
        match chance.choice("appefbbc"):
            case "a":
                keys.append(await house.put(100 + turn))
            case "p":
                start = chance.randrange(len(keys))
                refs = (await session.catalog.listing()).refs[start : start + 5]
                assert None not in await session.catalog.headings(refs)
            case "e":
                await house.store.expunge([keys.pop(chance.randrange(len(keys)))])
            case "f":
                await house.store.mark(chance.choice(keys), add={chance.choice(list(Flag))})
            case "b":
                await house.clerk.build_some(house.file, house.survey())
            case "c":
                await session.close()
                house.clerk = house.another_clerk()
                session = house.session()
    for _ in range(2):
        await house.clerk.look(house.file, house.survey())
        await check(session, house.opened())
    await session.close()
