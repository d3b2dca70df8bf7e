"""An index that is damaged, nonsense or locked, or on a full disk: made again or done without, it raises nothing."""

import os
import random
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from offhook.mailbox.index import IndexedMaildrop
from offhook.mailbox.index.database import open_for_writing
from offhook.mailbox.index.tasks import Task
from offhook.mailbox.letters import Flag, LetterKey, PlainCatalog, ref_of
from offhook.mailbox.maildir import Maildir
from tests.support.index_house import House, check, index_house, letter


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with index_house(tmp_path) as found:
        yield found


@pytest.mark.parametrize("seed", range(12))
async def test_an_index_damaged_at_any_octet_is_made_again_and_raises_nothing(house: House, seed: int):
    chance = random.Random(seed)
    keys = [await house.put(letter(number, f"needle{number} " + "words " * number)) for number in range(60)]
    house.do("look")
    house.build()
    house.work.close()
    content = bytearray(Path(house.file).read_bytes())
    for _ in range(chance.choice([1, 3, 30, 300])):
        place = chance.randrange(100, len(content))
        length = chance.choice([1, 1, 16, 600])
        content[place : place + length] = chance.randbytes(len(content[place : place + length]))
    Path(house.file).write_bytes(content)
    session = house.session()
    await use_all_of(session, keys)
    for key in keys[::7]:
        await house.plain.expunge([key])
    await house.plain.mark(keys[1], add={Flag.FLAGGED})
    await house.put(letter(100))
    await use_all_of(session, keys)
    for _ in range(3):
        for doing in ("look", "build", "build"):
            house.work.do(Task(doing, house.file, house.survey))  # type: ignore[arg-type]
    await use_all_of(session, keys)
    listing = await session.catalog.listing()
    assert len(listing.refs) == len(listing.states)
    await session.close()


async def use_all_of(session: IndexedMaildrop, keys: list[LetterKey]) -> None:
    listing = await session.catalog.listing()
    await session.catalog.entries(listing.refs)
    await session.catalog.headings(listing.refs)
    await session.catalog.matching("subject", "subject 7")
    await session.catalog.search(["needle7"])
    await session.catalog.entries([ref_of(key) for key in keys])


SPOILT = {
    "words": "UPDATE texts SET words = x'00ff'",
    "types": "UPDATE letters SET state = 'x', keywords = x'ff', size = 'y', arrived = 'z'",
    "headings": "UPDATE headings SET subject = x'ff00'",
    "no table": "DROP TABLE texts",
    "no letters": "DELETE FROM letters WHERE id % 2",
    "listing": "UPDATE about SET value = x'0102030405060708' WHERE name = 'refs' OR name = 'states'",
    "other listing": "UPDATE about SET value = CASE name WHEN 'refs' THEN x'0102030405060708' ELSE x'00' END "
    "WHERE name IN ('refs', 'states')",
    "marks": "UPDATE about SET value = 'x' WHERE name IN ('headed', 'read', 'edition', 'unwritten')",
    "far marks": "UPDATE about SET value = 1000000 WHERE name IN ('headed', 'read')",
}


@pytest.mark.parametrize("spoilt", SPOILT)
async def test_an_index_whose_content_is_nonsense_is_made_again(house: House, spoilt: str):
    keys = [await house.put(letter(number, f"needle{number}")) for number in range(8)]
    house.do("look")
    house.build()
    house.work.close()
    connection = sqlite3.connect(house.file)
    connection.execute(SPOILT[spoilt])
    connection.commit()
    connection.close()
    session = house.session()
    await use_all_of(session, keys)
    await house.plain.expunge(keys[:3])
    await house.put(letter(100, "needle100"))
    for _ in range(3):
        for doing in ("look", "build", "build"):
            house.work.do(Task(doing, house.file, house.survey))  # type: ignore[arg-type]
        await use_all_of(session, keys)
    for _ in range(2):
        house.work.do(Task("look", house.file, house.survey))
    listing, plain = await session.catalog.listing(), PlainCatalog(Maildir(house.path))
    assert list(listing.refs) == list((await plain.listing()).refs)
    found = await session.catalog.search(["needle5"])
    assert set(found.refs) == {ref_of(keys[5])} or found.unread
    await session.close()


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM])
async def test_what_passes_by_itself_removes_no_index(house: House, monkeypatch: pytest.MonkeyPatch, code: int):
    keys = [await house.put(letter(number)) for number in range(3)]
    house.do("look")
    house.build()
    inode = Path(house.file).stat().st_ino
    why = sqlite3.OperationalError("it passes")
    why.sqlite_errorcode = code

    def fails(*_: object) -> None:
        raise why

    with monkeypatch.context() as patched:
        patched.setattr("offhook.mailbox.index.tasks.bring_up_to_date", fails)
        patched.setattr("offhook.mailbox.index.tasks.build", fails)
        for doing in ("look", "build"):
            assert not house.work.do(Task(doing, house.file, house.survey)).done  # type: ignore[arg-type]
    with monkeypatch.context() as patched:
        house.work.close()
        patched.setattr("offhook.mailbox.index.database._check", fails)
        assert not house.work.do(Task("look", house.file, house.survey)).done
        session = house.session()
        assert len((await session.catalog.listing()).refs) == len(keys)
        await session.close()
    assert Path(house.file).stat().st_ino == inode
    house.do("look")


async def test_the_directories_of_indexes_are_for_the_owner_alone(tmp_path: Path):
    before = os.umask(0)
    try:
        open_for_writing(str(tmp_path / "index/alice.folders/x.index"), "me").close()
    finally:
        os.umask(before)
    assert [(tmp_path / each).stat().st_mode & 0o777 for each in ("index", "index/alice.folders")] == [0o700] * 2


@pytest.mark.parametrize("seed", range(8))
async def test_a_disk_that_is_full_at_any_moment_costs_neither_index_nor_truth(house: House, seed: int):
    chance = random.Random(seed)
    keys = [await house.put(letter(number, f"needle{number} " + "x" * 500)) for number in range(30)]
    house.do("look")
    inode = Path(house.file).stat().st_ino
    for turn in range(12):
        house.do("look") if house.file not in house.work._open else None
        database = house.work._open[house.file][0]
        pages = database.sql.execute("PRAGMA page_count").fetchone()[0] + chance.randrange(4)
        database.sql.execute(f"PRAGMA max_page_count = {pages}")
        keys += [await house.put(letter(100 * turn + number, f"word{turn}x{number} " * 30)) for number in range(20)]
        await house.plain.expunge([keys.pop(chance.randrange(len(keys))) for _ in range(chance.randrange(3))])
        for doing in ("look", "build"):
            house.work.do(Task(doing, house.file, house.survey))  # type: ignore[arg-type]
        session = house.session()
        await check(session, Maildir(house.path))
        await session.close()
    house.work.close()
    house.do("look")
    house.build()
    session = house.session()
    await check(session, Maildir(house.path))
    assert not (await session.catalog.search(["needle3"])).unread
    assert Path(house.file).stat().st_ino == inode
    await session.close()
