"""What an index goes through when everything goes wrong: it costs nobody an error, and says nothing that is not so."""

import asyncio
import errno
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from offhook.mailbox.files import DiskFiles
from offhook.mailbox.index import IndexedMaildrop
from offhook.mailbox.index.building import headings_left, is_complete, texts_left
from offhook.mailbox.index.database import open_for_reading
from offhook.mailbox.index.tasks import IndexWork, Task, owner_of
from offhook.mailbox.letters import Flag, LetterGone, LetterKey, ref_of
from offhook.mailbox.maildir import Maildir, MaildirSurvey
from tests.support.index_house import House, check, index_house, letter


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with index_house(tmp_path) as found:
        yield found


async def test_when_all_headings_were_asked_for_nothing_is_left_to_read(house: House):
    refs = [ref_of(await house.put(letter(number))) for number in range(5)]
    house.do("look")
    house.do("head", None, *refs)
    session = house.session()
    assert set(await session.catalog.matching("subject", "subject 3")) == {refs[3]}
    house.build()
    database = open_for_reading(house.file, owner_of(house.survey))
    assert (headings_left(database), texts_left(database), is_complete(database)) == (0, 0, True)
    database.close()
    await session.close()


async def test_a_letter_renamed_while_it_was_to_be_read_leaves_no_others_unread(house: House):
    keys = [await house.put(letter(number, f"needle{number}")) for number in range(5)]
    house.do("look")
    await house.plain.mark(keys[1], add={Flag.SEEN})
    house.build()
    house.do("look")
    house.build()
    session = house.session()
    found = await session.catalog.search(["needle1"])
    assert (set(found.refs), found.unread) == ({ref_of(keys[1])}, 0)
    await session.close()


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("one", "other"), [("cur/{}:2,S", "new/{}"), ("cur/{}:2,S", "cur/{}:2,FS")])
async def test_a_letter_with_two_names_is_listed_once(house: House, one: str, other: str, late: bool):
    keys = [await house.put(letter(number), Flag.SEEN) for number in range(3)]
    [first] = [each for each in house.path.glob("cur/*") if each.name.startswith(keys[1])]
    assert first == house.path / one.format(keys[1])
    second = house.path / other.format(keys[1])
    if late:
        house.do("look")
    second.write_bytes(first.read_bytes())
    for _ in range(2):
        house.do("look")
        house.build()
        session = house.session()
        listing = await session.catalog.listing()
        assert list(listing.refs) == [ref_of(key) for key in keys]
        assert set(await session.catalog.matching("subject", "1")) == {ref_of(keys[1])}
        await session.close()
    assert Path(house.file).exists()
    first.unlink()
    house.do("look")
    house.build()
    session = house.session()
    assert list((await session.catalog.listing()).refs) == [ref_of(key) for key in keys]
    await check(session, Maildir(house.path))
    await session.close()


async def test_a_second_name_that_stays_is_no_news_each_time(house: House):
    key = await house.put(letter(1), Flag.SEEN)
    (house.path / "new" / key).write_bytes(letter(1))
    for folder in ("new", "cur"):
        os.utime(house.path / folder, (1_600_000_000.5, 1_600_000_000.5))
    house.do("look")
    database = open_for_reading(house.file, owner_of(house.survey))
    edition = database.number("edition")
    for _ in range(3):
        os.utime(house.path / "cur")  # too young to be trusted
        house.do("look")
    assert database.number("edition") == edition
    database.close()


async def test_subject_and_sender_of_a_removed_letter_leave_the_files_though_its_text_was_never_read(house: House):
    await house.put(letter(1))
    doomed = await house.put(b"From: Xyzzy <xyzzy@plugh.example>\nSubject: Plover\n\ntext\n")
    house.do("look")
    house.do("head", None, ref_of(doomed))
    assert b"Plover" in house.octets()
    await house.plain.expunge([doomed])
    house.do("look")
    house.build()
    assert not any(word in house.octets() for word in (b"Plover", b"xyzzy", b"Xyzzy"))


async def test_words_are_taken_out_though_somebody_reads_the_index_meanwhile(house: House):
    await house.put(letter(1))
    doomed = await house.put(letter(2, "xyzzyplugh"))
    house.do("look")
    house.build()
    await house.plain.expunge([doomed])
    house.do("look")
    reader = open_for_reading(house.file, owner_of(house.survey))
    reader.sql.execute("BEGIN")
    reader.sql.execute("SELECT count(*) FROM letters").fetchone()
    house.works[0]._open[house.file][0].sql.execute("PRAGMA busy_timeout = 50")
    house.build()
    assert b"xyzzyplugh" in house.octets(), "nothing can be done while an old state is being read"
    reader.close()
    house.build()
    assert b"xyzzyplugh" not in house.octets()


async def test_two_keepers_of_one_index_do_not_undo_each_others_work(house: House):
    chance = random.Random(4)
    works = [house.work, house.another_work()]
    keys: list[LetterKey] = []
    for turn in range(40):
        match chance.choice("aaadf"):
            case "a":
                keys.append(await house.put(letter(turn, f"needle{turn}")))
            case "d" if keys:
                await house.plain.expunge([keys.pop(chance.randrange(len(keys)))])
            case "f" if keys:
                await house.plain.mark(chance.choice(keys), add={chance.choice(list(Flag))})
        house.do(chance.choice(["look", "build"]), chance.choice(works))
    inode = Path(house.file).stat().st_ino
    house.do("look")
    house.build()
    house.do("look", works[1])
    session = house.session()
    await check(session, Maildir(house.path))
    assert Path(house.file).stat().st_ino == inode
    await session.close()


async def test_a_keeper_that_another_has_overtaken_looks_again(house: House, monkeypatch: pytest.MonkeyPatch):
    for number in range(3):
        await house.put(letter(number))
    house.do("look")
    other = house.another_work()
    house.do("look", other)
    await house.put(letter(3))
    really = MaildirSurvey.compare

    def overtaken(self: MaildirSurvey, known: object, stamp: str) -> object:
        changes = really(self, known, stamp)  # type: ignore[arg-type]
        monkeypatch.setattr(MaildirSurvey, "compare", really)
        house.do("look", other)
        return changes

    monkeypatch.setattr(MaildirSurvey, "compare", overtaken)
    inode = Path(house.file).stat().st_ino
    house.do("look")
    assert Path(house.file).stat().st_ino == inode
    session = house.session()
    await check(session, Maildir(house.path))
    await session.close()


async def test_words_of_a_letter_removed_by_another_keeper_while_they_were_read_are_not_written(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    await house.put(letter(1))
    doomed = await house.put(letter(2, "xyzzyplugh"))
    other = house.another_work()
    house.do("look")
    house.do("look", other)
    really = IndexWork._read_words

    def meanwhile(self: IndexWork, survey: object, words: object) -> object:
        found = really(self, survey, words)  # type: ignore[arg-type]
        monkeypatch.setattr(IndexWork, "_read_words", really)
        for path in house.path.glob(f"*/{doomed}*"):
            path.unlink()
        house.do("look", other)
        house.build(other)
        return found

    monkeypatch.setattr(IndexWork, "_read_words", meanwhile)
    house.build()
    house.do("look")
    house.build()
    assert b"xyzzyplugh" not in house.octets()
    session = house.session()
    assert len((await session.catalog.search(["hello"])).refs) == 1
    await session.close()


async def test_a_letter_that_cannot_be_read_for_a_moment_is_read_later(house: House, monkeypatch: pytest.MonkeyPatch):
    await house.put(letter(1, "needle"))
    house.do("look")
    really = DiskFiles.open_letter

    def too_many(*_: object) -> int:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(DiskFiles, "open_letter", too_many)
    assert not house.work.do(Task("build", house.file, house.survey)).done
    monkeypatch.setattr(DiskFiles, "open_letter", really)
    house.build()
    session = house.session()
    await check(session, Maildir(house.path))
    assert len((await session.catalog.search(["needle"])).refs) == 1
    await session.close()


@pytest.mark.parametrize("step", [-3600.0, -0.5, 7200.0])
async def test_a_clock_that_is_set_costs_no_truth(house: House, monkeypatch: pytest.MonkeyPatch, step: float):
    really = time.time
    keys = [await house.put(letter(number)) for number in range(3)]
    house.do("look")
    session = house.session()
    await session.catalog.listing()
    for turn in range(6):
        moved = step * (turn % 2 + 1)
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda moved=moved: really() + moved)
            keys.append(await house.put(letter(10 + turn)))
            await house.plain.mark(keys[turn], add={Flag.FLAGGED})
            if turn % 3 == 2:
                await house.plain.expunge([keys.pop(0)])
            house.do("look")
            await check(session, Maildir(house.path))
    house.do("look")
    await check(session, Maildir(house.path))
    await session.close()


@pytest.mark.parametrize("seed", range(3))
async def test_sessions_at_once_are_told_the_same_in_the_end(house: House, seed: int):
    keys = [await house.put(letter(number, f"needle{number}")) for number in range(20)]
    sessions = [house.session() for _ in range(3)]

    async def hold(session: IndexedMaildrop, number: int) -> None:
        chance = random.Random(seed * 10 + number)
        for turn in range(15):
            listing = await session.catalog.listing()
            match chance.choice("amdehsb"):
                case "a":
                    await house.put(letter(100 * number + turn, "needle"))
                case "m":
                    with suppress(LetterGone):
                        await session.mark(chance.choice(keys), add={chance.choice(list(Flag))})
                case "d":
                    await session.expunge([keys[chance.randrange(len(keys))]])
                case "e":
                    await session.catalog.entries(listing.refs[-10:])
                case "h":
                    await session.catalog.headings(listing.refs[:10])
                case "s":
                    await session.catalog.search(["needle"])
                case "b":
                    await house.clerk.build_some(house.file, house.survey)

    await asyncio.gather(*(hold(session, number) for number, session in enumerate(sessions)))
    house.do("look")
    house.build()
    for session in sessions:
        await check(session, Maildir(house.path))
        assert not (await session.catalog.search(["needle"])).unread
        await session.close()


async def test_a_caller_who_goes_in_the_middle_of_a_question_leaves_an_index_that_others_use(house: House):
    for number in range(30):
        await house.put(letter(number, f"needle{number}"))
    house.do("look")
    session = house.session()
    chance = random.Random(1)
    for _ in range(20):
        asking = asyncio.ensure_future(
            chance.choice(
                [
                    lambda: session.catalog.search(["needle3"]),
                    lambda: session.catalog.matching("subject", "3"),
                    lambda: told(session),
                ]
            )()
        )
        await asyncio.wait({asking}, timeout=chance.random() * 0.01)
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
    await check(session, Maildir(house.path))
    await session.close()


async def told(session: IndexedMaildrop) -> object:
    return await session.catalog.headings((await session.catalog.listing()).refs)
