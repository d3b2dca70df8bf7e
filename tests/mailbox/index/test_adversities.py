"""What an index goes through when everything goes wrong: it costs nobody an error, and says nothing that is not so."""

import asyncio
import errno
import os
import random
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from offhook.mailbox.files import DiskFiles
from offhook.mailbox.index import IndexClerk, IndexedMaildrop, asking_here
from offhook.mailbox.index.building import headings_left, is_complete, texts_left
from offhook.mailbox.index.database import open_for_reading, open_for_writing
from offhook.mailbox.index.tasks import IndexWork, Task, owner_of
from offhook.mailbox.letters import Flag, LetterGone, LetterKey, Maildrop, PlainCatalog, ref_of
from offhook.mailbox.maildir import Maildir, MaildirSurvey


def letter(number: int, text: str = "Hello.") -> bytes:
    return f"From: Bob {number} <bob@host.example>\nSubject: Subject {number}\n\n{text}\n".encode()


class House:
    """A Maildir with an index; nothing is done behind a session's back."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mail"
        self.file = str(folder / "alice.index")
        self.plain = Maildir(self.path)
        self.survey = MaildirSurvey(str(self.path))
        self.works: list[IndexWork] = []
        self.work = self.another_work()
        self.clerk = IndexClerk(asking_here(self.work))
        self.clerk.build = lambda file, survey: None  # type: ignore[assignment, method-assign, return-value]

    def another_work(self) -> IndexWork:
        self.works.append(IndexWork(in_child=False))
        return self.works[-1]

    def session(self) -> IndexedMaildrop:
        return IndexedMaildrop(Maildir(self.path), self.survey, self.file, self.clerk)

    async def put(self, content: bytes, *flags: Flag) -> LetterKey:
        append = await self.plain.begin(flags)
        await append.write(content)
        return await append.commit()

    def build(self, work: IndexWork | None = None) -> None:
        while self.do("build", work):
            pass

    def do(self, doing: str, work: IndexWork | None = None, *refs: int) -> bool:
        answer = (work or self.work).do(Task(doing, self.file, self.survey, refs))  # type: ignore[arg-type]
        assert answer.done, answer
        return answer.more

    def octets(self) -> bytes:
        return b"".join(each.read_bytes() for each in Path(self.file).parent.glob("alice.index*"))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    found = House(tmp_path)
    yield found
    await found.clerk.close()
    for work in found.works:
        work.close()


async def check(session: IndexedMaildrop, truth: Maildrop) -> None:
    """The session is told what the letters tell."""
    listing, wanted = await session.catalog.listing(), PlainCatalog(truth)
    whole = await wanted.listing()
    assert (list(listing.refs), listing.states) == (list(whole.refs), whole.states)
    assert await session.catalog.entries(listing.refs) == await wanted.entries(listing.refs)
    assert await session.catalog.headings(listing.refs) == await wanted.headings(listing.refs)


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
