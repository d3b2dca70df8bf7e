"""Indexes kept by the program that a host starts for them."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from offhook.mailbox.index import IndexClerk, IndexedMaildrop
from offhook.mailbox.letters import Flag, LetterKey, Maildrop, ref_of
from offhook.mailbox.maildir import Maildir, MaildirSurvey
from offhook.mailbox.mbox import Mbox, MboxSurvey
from tests.mailbox.letters.test_hostile_letters import HOSTILE
from tests.support.index_house import letter

KINDS = {"maildir": (Maildir, MaildirSurvey), "mbox": (Mbox, MboxSurvey)}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Place:
    def __init__(self, folder: Path, kind: str) -> None:
        store, survey = KINDS[kind]
        self.path = str(folder / "mail")
        self.file = folder / "alice.index"
        self.store: Maildrop = store(self.path)
        self.survey = survey(self.path)
        self.clerk = IndexClerk()
        self.session = IndexedMaildrop(store(self.path), self.survey, str(self.file), self.clerk)
        self.catalog = self.session.catalog

    async def put(self, letter: bytes, *flags: Flag) -> LetterKey:
        append = await self.store.begin(flags)
        await append.write(letter)
        return await append.commit()

    async def complete(self) -> None:
        """Have the index look, and read all there is to read."""
        await self.catalog.listing()
        while not (looked := await self.clerk.look(str(self.file), self.survey)).done:
            assert not looked.failure
        await self.clerk.build(str(self.file), self.survey)

    async def found(self, *words: str) -> set[int]:
        found = await self.catalog.search(words)
        assert not found.unread
        return set(found.refs)


@pytest.fixture
async def place(tmp_path: Path, kind: str) -> AsyncIterator[Place]:
    found = Place(tmp_path, kind)
    yield found
    await found.session.close()
    await found.clerk.close()


async def test_letters_are_found_by_their_words_whatever_lies_between_them(place: Place):
    keys = [
        await place.put(letter(number, f"Needle{number} and a Heuhaufen_{number % 2}, ÄÖÜ.")) for number in range(9)
    ]
    for name in ("semicolons in Content-Type", "HTML: tags that never end", "nested multiparts", "commas in To"):
        await place.put(HOSTILE[name](300_000) + b"\n")
    await place.complete()
    assert await place.found("needle3") == {ref_of(keys[3])}
    assert await place.found("AND", "heuhaufen_1", "äöü") == {ref_of(key) for key in keys[1::2]}
    assert await place.found("subject", "bob", "8") == {ref_of(keys[8])}
    assert await place.found("needle3", "needle4") == set()
    assert await place.found('"', "*", "needle3 OR needle4") == set()
    assert await place.found() == set()


async def test_a_removed_letter_is_found_no_more_and_none_of_its_words_stays_in_the_files(place: Place):
    kept = await place.put(letter(1, "ordinary words"))
    secret = await place.put(letter(2, "xyzzyplugh Confidential"))
    await place.complete()
    assert await place.found("xyzzyplugh") == {ref_of(secret)}
    assert any(b"xyzzyplugh" in content for content in contents(place.file))
    await place.session.expunge([secret])
    await place.complete()
    assert await place.found("xyzzyplugh") == set()
    assert await place.found("ordinary") == {ref_of(kept)}
    await place.session.close()
    await place.clerk.close()
    assert not any(b"xyzzyplugh" in content or b"Subject 2" in content for content in contents(place.file))


def contents(file: Path) -> list[bytes]:
    return [each.read_bytes() for each in file.parent.glob("*.index*")]


async def test_building_goes_on_where_it_was_stopped(place: Place):
    for number in range(30):
        await place.put(letter(number, f"text{number}"))
    await place.catalog.listing()
    await place.clerk.build_some(str(place.file), place.survey)
    await place.clerk.close()
    place.clerk = IndexClerk()
    place.catalog._clerk = place.clerk
    await place.complete()
    assert len(await place.found("text29")) == 1


async def test_letters_are_listed_in_the_order_of_the_store(place: Place):
    for number in range(5):
        await place.put(letter(number, "x"))
    await place.complete()
    entries = await place.store.scan()
    await place.session.expunge([entries[1].key])
    await place.put(letter(9, "y"))
    await place.session.mark(entries[0].key, add={Flag.SEEN})
    await place.complete()
    listing = await place.catalog.listing()
    assert list(listing.refs) == [ref_of(entry.key) for entry in await place.store.scan()]


async def test_the_index_is_for_the_owner_alone(place: Place):
    await place.put(letter(1, "x"))
    await place.complete()
    assert place.file.stat().st_mode & 0o777 == 0o600


async def test_a_keeper_killed_at_any_moment_leaves_an_index_that_goes_on(place: Place):
    chance = random.Random(7)
    words: dict[LetterKey, str] = {}
    doomed: list[str] = []

    async def put(count: int) -> None:
        for number in range(count):
            word = chance.randbytes(8).hex()
            words[await place.put(letter(number, word))] = word

    def kill() -> None:
        process = place.clerk._clerk._process
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()

    def kept(found: list[str]) -> list[str]:
        """Those of which more than a beginning, which others may have too, is in the files."""
        octets = b"".join(contents(place.file))
        return [word for word in found if word[6:].encode() in octets]

    await put(20)
    await place.complete()
    assert kept(list(words.values()))
    inode = place.file.stat().st_ino
    for _ in range(12):
        await put(5)
        for key in chance.sample(sorted(words), 2):
            await place.store.expunge([key])
            doomed.append(words.pop(key))
        killing = asyncio.get_running_loop().call_later(chance.random() * 0.5, kill)
        await place.clerk.catch_up(str(place.file), place.survey)
        killing.cancel()
    await place.complete()
    assert place.file.stat().st_ino == inode
    listing = await place.catalog.listing()
    assert list(listing.refs) == [ref_of(entry.key) for entry in await place.store.scan()]
    assert await place.found("bob") == set(listing.refs)
    for word in doomed:
        assert await place.found(word) == set()
    await place.session.close()
    await place.clerk.close()
    assert not kept(doomed)
