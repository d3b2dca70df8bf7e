"""Folders with indexes: where these lie, when they are made, and that none outlives its folder."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.index import IndexClerk, IndexedFolders, IndexedMaildrop, Shelf, asking_here, shelf, shelves
from offhook.mailbox.index.tasks import IndexWork
from offhook.mailbox.letters import Flag, LetterKey, Maildrop, MaildropFailure, Survey, ref_of
from offhook.mailbox.maildir import Maildir, MaildirFolders, MaildirSurvey
from offhook.mailbox.mbox import Mbox, MboxFolders, MboxSurvey


def survey_of(store: Maildrop) -> Survey:
    if isinstance(store, Maildir):
        return MaildirSurvey(store.path, within=store.within)
    assert isinstance(store, Mbox)
    return MboxSurvey(store.path)


class House:
    def __init__(self, folder: Path, kind: str) -> None:
        self.root = folder / "mail"
        if kind == "maildir":
            self.plain: MaildirFolders | MboxFolders = MaildirFolders(self.root)
        else:
            self.plain = MboxFolders(self.root, folder / "spool")
        self.shelf = Shelf(str(folder / "index"), "alice")
        self.work = IndexWork(in_child=False)
        self.clerk = IndexClerk(asking_here(self.work))
        self.folders = IndexedFolders(self.plain, survey_of, self.shelf, self.clerk)

    async def put(self, folder: str, text: str, *flags: Flag) -> LetterKey:
        append = await (await self.plain.open(folder)).begin(flags)
        await append.write(f"From: Bob <bob@host.example>\nSubject: {text}\n\n{text}\n".encode())
        return await append.commit()

    async def opened(self, folder: str) -> IndexedMaildrop:
        maildrop = await self.folders.open(folder)
        assert isinstance(maildrop, IndexedMaildrop)
        return maildrop

    async def quiet(self) -> None:
        """Until nothing is done in the background."""
        while running := list(self.clerk._running.values()):
            await asyncio.wait(running)

    async def read(self, folder: str) -> None:
        """Open a folder, have all of it read, and leave."""
        maildrop = await self.opened(folder)
        await maildrop.catalog.listing()
        await maildrop.catch_up()
        await maildrop.close()
        await self.quiet()

    def files(self) -> set[str]:
        """The indexes of folders that are there."""
        return {str(each) for each in Path(self.shelf.folders).glob("*.index")}

    def octets(self) -> bytes:
        """All that is in any index."""
        return b"".join(each.read_bytes() for each in sorted(Path(self.shelf.place).rglob("*")) if each.is_file())


@pytest.fixture(params=["maildir", "mbox"])
async def house(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    found = House(tmp_path, request.param)
    yield found
    await found.clerk.close()
    found.work.close()


async def test_a_folder_is_listed_and_searched_by_an_index_of_its_own(house: House):
    for name in ("work", "Work", "work/2026", "Entwürfe", "v1.2"):
        await house.plain.create(name)
        key = await house.put(name, f"needle in {name}")
        maildrop = await house.opened(name)
        await house.read(name)
        assert house.shelf.folder(name) in house.files()
        assert list((await maildrop.catalog.listing()).refs) == [ref_of(key)]
        assert set((await maildrop.catalog.search(["needle"])).refs) == {ref_of(key)}
        await maildrop.close()
    assert len(house.files()) == 5


async def test_the_index_of_inbox_is_the_one_it_has_without_folders(house: House):
    maildrop = await house.opened("inbox")
    await maildrop.catalog.listing()
    await maildrop.close()
    assert Path(house.shelf.inbox).exists()
    assert not house.files()


async def test_removing_a_folder_takes_its_words_from_the_disk(house: House):
    await house.plain.create("work")
    await house.put("work", "xyzzyplugh")
    await house.read("work")
    assert b"xyzzyplugh" in house.octets()
    await house.folders.remove("work")
    await house.quiet()
    assert not house.files()
    assert b"xyzzyplugh" not in house.octets()


def _by_listing(house: House) -> object:
    return house.folders.names()


def _by_opening_another(house: House) -> object:
    return house.folders.open("other")


def _by_missing_it(house: House) -> object:
    return house.folders.open("work")


@pytest.mark.parametrize("way", [_by_listing, _by_opening_another, _by_missing_it])
async def test_what_another_program_removes_or_renames_leaves_no_index(house: House, way: Callable[[House], object]):
    for name in ("work", "other"):
        await house.plain.create(name)
        await house.put(name, f"{name}words")
        await house.read(name)
    path = survey_of(await house.plain.open("work")).path  # type: ignore[attr-defined]
    os.rename(path, path + "2")
    house.folders = IndexedFolders(house.plain, survey_of, house.shelf, house.clerk)  # a later session
    try:
        await way(house)  # type: ignore[misc]
    except MaildropFailure:
        assert way is _by_missing_it
    await house.quiet()
    assert house.files() == {house.shelf.folder("other")}
    assert b"otherwords" in house.octets()
    assert b"workwords" not in house.octets()


async def test_a_folder_that_went_while_it_was_open_is_not_made_again_by_a_look(house: House):
    await house.plain.create("work")
    await house.put("work", "word")
    maildrop = await house.opened("work")
    await maildrop.catalog.listing()
    path = Path(maildrop._survey.path)  # type: ignore[attr-defined]
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    if path.suffix or isinstance(house.plain, MaildirFolders):
        with pytest.raises(MaildropFailure):
            await maildrop.catalog.listing()
    else:
        assert not (await maildrop.catalog.listing()).refs
    await maildrop.catch_up()
    assert not path.exists()
    await maildrop.close()


async def test_words_of_letters_that_a_session_removes_go_when_it_leaves_the_folder(house: House):
    await house.plain.create("work")
    await house.plain.create("other")
    keys = [await house.put("work", word) for word in ("xyzzyplugh", "plover", "stays")]
    await house.read("work")
    maildrop = await house.opened("work")
    await maildrop.catalog.listing()
    await maildrop.expunge([keys[0]])
    await maildrop.move([keys[1]], await house.opened("other"))
    await maildrop.close()
    await house.quiet()
    assert b"stays" in house.octets()
    assert b"xyzzyplugh" not in house.octets()
    assert b"plover" not in house.octets()


async def test_no_more_folders_than_a_bound_have_an_index_and_the_one_used_longest_ago_goes(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shelf, "MOST_FOLDERS", 3)
    names = [f"f{number}" for number in range(5)]
    for past, name in enumerate(names):
        await house.plain.create(name)
        await house.put(name, name)
        await house.read(name)
        os.utime(house.shelf.folder(name), (1_000_000 + past, 1_000_000 + past))
    assert house.files() == {house.shelf.folder(name) for name in names[2:]}
    os.utime(house.shelf.folder("f2"))
    await house.read("f0")
    assert house.files() == {house.shelf.folder(name) for name in ("f0", "f2", "f4")}


async def test_the_indexes_of_all_folders_together_have_a_bound_and_the_last_one_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shelf, "MOST_OCTETS", 1000)
    for name in ("one", "two"):
        await house.plain.create(name)
        await house.put(name, name)
        await house.read(name)
    assert house.files() == {house.shelf.folder("two")}


async def test_a_session_that_opens_very_many_folders_has_few_databases_and_builders(house: House):
    for number in range(12):
        await house.plain.create(f"f{number}")
        await house.put(f"f{number}", "word")
        maildrop = await house.opened(f"f{number}")
        await maildrop.catalog.listing()
        await maildrop.close()
    await house.quiet()
    assert len(house.work._open) <= 8
    assert len(house.files()) == 12


@given(st.text(max_size=300), st.text(max_size=300))
def test_the_index_of_any_folder_has_a_name_of_its_own_in_the_directory_of_the_account(one: str, other: str):
    place = Shelf("/place", "../alice")
    files = {place.folder(one), place.folder(other)}
    assert len(files) == len({one, other})
    assert all(os.path.dirname(file) == place.folders and file.isascii() and len(file) < 100 for file in files)
    assert os.path.dirname(place.folders) == os.path.dirname(place.inbox) == "/place"


@given(st.sets(st.text(min_size=1, max_size=20), max_size=5))
def test_accounts_that_have_indexes_are_known_by_them(names: set[str]):
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(sorted(names)):
            found = Shelf(folder, name)
            if number % 2:
                Path(found.inbox).touch()
            else:
                Path(found.folders).mkdir()
        assert {each.account for each in shelves(folder)} == names


def test_where_there_are_no_indexes_no_account_has_one(tmp_path: Path):
    assert not list(shelves(str(tmp_path / "nowhere")))
