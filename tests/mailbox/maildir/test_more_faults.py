"""Every file operation of keywords, copies, moves, quota and folders fails once: the old state or the new, whole."""

import errno
import os
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from offhook.mailbox.letters import Flag, LetterKey, Maildrop, MaildropFailure
from offhook.mailbox.maildir import Maildir, MaildirFolders
from tests.support.faulty_files import FaultyFiles, PowerCut

pytestmark = pytest.mark.torture

LETTER = b"Subject: x\n\n" + b"body\n" * 20
ERRORS = [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.ENOLCK, errno.ESTALE]
"""What the operations fail with in turn, unless the power goes."""
POWER = [True, False]
MOST_OPERATIONS = 300

State = dict[str, list[tuple[frozenset[Flag], frozenset[str], bytes]]]


@dataclass
class Box:
    """A mailbox with three letters, the folder `work` with one, and a quota."""

    path: Path
    keys: list[LetterKey] = field(default_factory=list)

    async def fill(self) -> "Box":
        inbox = Maildir(self.path)
        self.keys = [await put(inbox), await put(inbox, Flag.SEEN, keywords=("old",)), await put(inbox, Flag.FLAGGED)]
        folders = MaildirFolders(self.path)
        await folders.create("work")
        await put(await folders.open("work"), Flag.SEEN, keywords=("else",))
        (self.path / "maildirsize").write_text(f"100000S\n{4 * len(LETTER)} 4\n")
        return self

    def copied(self, path: Path) -> "Box":
        """The same at another place."""
        shutil.copytree(self.path, path)
        return Box(path, self.keys)

    async def state(self) -> State:
        """What a session that comes later finds."""
        folders = MaildirFolders(self.path)
        found: State = {}
        for name in await folders.names():
            maildrop = await folders.open(name)
            found[name] = [
                (each.flags, each.keywords, await maildrop.fetch(each.key)) for each in await maildrop.scan()
            ]
        return found

    def locks(self) -> list[str]:
        return [file.name for file in self.path.rglob("*.lock")]


async def put(maildrop: Maildrop, *flags: Flag, keywords: tuple[str, ...] = ()) -> LetterKey:
    append = await maildrop.begin(flags, keywords=keywords)
    try:
        await append.write(LETTER)
        return await append.commit()
    finally:
        await append.abort()


Deed = Callable[[Box, FaultyFiles], Awaitable[object]]


async def new_keyword(box: Box, files: FaultyFiles) -> None:
    await Maildir(box.path, files=files).mark(box.keys[0], add={Flag.SEEN}, add_keywords={"new", "newer"})


async def lose_keyword(box: Box, files: FaultyFiles) -> None:
    await Maildir(box.path, files=files).mark(box.keys[1], remove_keywords={"old"})


async def deliver_with_keyword(box: Box, files: FaultyFiles) -> None:
    await put(Maildir(box.path, files=files), keywords=("new",))


async def work_of(box: Box, files: FaultyFiles) -> Maildrop:
    return await MaildirFolders(box.path, files=files).open("work")


async def copy(box: Box, files: FaultyFiles) -> None:
    await Maildir(box.path, files=files).copy(box.keys, await work_of(box, files))


async def move(box: Box, files: FaultyFiles) -> None:
    await Maildir(box.path, files=files).move(box.keys[:2], await work_of(box, files))


async def create(box: Box, files: FaultyFiles) -> None:
    await MaildirFolders(box.path, files=files).create("fresh/one")


async def remove(box: Box, files: FaultyFiles) -> None:
    await MaildirFolders(box.path, files=files).remove("work")


async def names(box: Box, files: FaultyFiles) -> None:
    await MaildirFolders(box.path, files=files).names()


async def deliver_to_folder(box: Box, files: FaultyFiles) -> None:
    await put(await work_of(box, files))


async def outcomes(tmp_path: Path, deed: Deed, power: bool, *, without_links: bool = False) -> list[tuple[bool, State]]:
    """Whether the deed said that it was done, and what was found afterwards, for each operation that failed."""
    found = []
    template = await Box(tmp_path / "template").fill()
    for number in range(1, MOST_OPERATIONS):
        box = template.copied(tmp_path / str(number))
        files = (Linkless if without_links else FaultyFiles)(number, None if power else ERRORS[number % len(ERRORS)])
        before = len(os.listdir("/proc/self/fd"))
        done = False
        with suppress(MaildropFailure, PowerCut):
            await deed(box, files)
            done = True
        if len(files.done) < number:
            assert done
            return found
        if not power:
            assert len(os.listdir("/proc/self/fd")) <= before, files.done[number - 1]
            assert not box.locks() or files.done[number - 1] in ("remove",), files.done
        found.append((done, await box.state()))
    raise AssertionError("the deed never ends")


class Linkless(FaultyFiles):
    """A file system that has no links."""

    def _count(self, operation: str, arguments: tuple[object, ...]) -> None:
        if operation == "link":
            raise OSError(errno.EPERM, "no links")
        super()._count(operation, arguments)


async def before_and_after(tmp_path: Path, deed: Deed) -> tuple[State, State]:
    box = await Box(tmp_path / "whole").fill()
    before = await box.state()
    await deed(box, FaultyFiles())
    return before, await box.state()


def without_order(state: State) -> dict[str, list[tuple[list[str], list[str], bytes]]]:
    return {
        name: sorted((sorted(flag.value for flag in flags), sorted(words), letter) for flags, words, letter in letters)
        for name, letters in state.items()
    }


@pytest.mark.parametrize("power", POWER)
@pytest.mark.parametrize("deed", [new_keyword, lose_keyword, deliver_with_keyword, create, remove, deliver_to_folder])
async def test_a_deed_that_fails_anywhere_is_done_whole_or_not_at_all(tmp_path: Path, deed: Deed, power: bool):
    before, after = map(without_order, await before_and_after(tmp_path, deed))
    results = await outcomes(tmp_path, deed, power)
    assert len(results) > 5
    for done, state in results:
        assert without_order(state) in ([after] if done else [before, after])


@pytest.mark.parametrize("power", POWER)
@pytest.mark.parametrize("without_links", [False, True])
async def test_a_copy_that_fails_anywhere_leaves_none_or_is_whole(tmp_path: Path, power: bool, without_links: bool):
    before, after = map(without_order, await before_and_after(tmp_path, copy))
    for done, state in await outcomes(tmp_path, copy, power, without_links=without_links):
        found = without_order(state)
        assert found["INBOX"] == before["INBOX"]
        if done:
            assert found == after
        elif not power:
            assert found == before
        else:  # the power went: some copies may be there, each of them whole
            assert all(each in after["work"] for each in found["work"])


@pytest.mark.parametrize("power", POWER)
@pytest.mark.parametrize("without_links", [False, True])
async def test_a_move_that_fails_anywhere_loses_no_letter(tmp_path: Path, power: bool, without_links: bool):
    before, after = map(without_order, await before_and_after(tmp_path, move))
    for done, state in await outcomes(tmp_path, move, power, without_links=without_links):
        found = without_order(state)
        if done:
            assert found == after
        moving = [each for each in before["INBOX"] if each not in after["INBOX"]]
        for each in moving:
            assert each in found["INBOX"] or each in found["work"]
        assert all(each in found["INBOX"] for each in after["INBOX"])
        assert all(each in found["work"] for each in before["work"])
        assert len(found["INBOX"]) + len(found["work"]) <= len(before["INBOX"]) + len(before["work"]) + len(moving)


@pytest.mark.parametrize("power", POWER)
async def test_listing_folders_changes_nothing_however_it_fails(tmp_path: Path, power: bool):
    before, _ = await before_and_after(tmp_path, names)
    assert all(state == before for _, state in await outcomes(tmp_path, names, power))


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
async def test_the_quota_file_stays_readable_whatever_fails(tmp_path: Path, error: int):
    template = await Box(tmp_path / "template").fill()
    for number in range(1, MOST_OPERATIONS):
        box = template.copied(tmp_path / str(number))
        (box.path / "maildirsize").write_text("100000S\nwrong\n")
        files = FaultyFiles(number, error)
        with suppress(MaildropFailure):
            await deliver_to_folder(box, files)
        if len(files.done) < number:
            return
        await put(Maildir(box.path))
        lines = (box.path / "maildirsize").read_text().splitlines()
        assert lines[0] == "100000S"
        counted = sum(int(line.split()[1]) for line in lines[1:])
        letters = sum(len(found) for found in (await box.state()).values())
        assert counted in (letters - 1, letters, letters + 1)
        assert [file.name for file in box.path.iterdir() if "maildirsize." in file.name] == []
    raise AssertionError("the deed never ends")


class FullDisk(FaultyFiles):
    """A disk on which nothing new can be made."""

    def _count(self, operation: str, arguments: tuple[object, ...]) -> None:
        if operation in ("create", "write", "link", "make_folder"):
            raise OSError(errno.ENOSPC, "full")


async def test_on_a_full_disk_letters_and_folders_can_be_removed_and_known_keywords_set(tmp_path: Path):
    box = await Box(tmp_path).fill()
    maildrop = Maildir(box.path, files=FullDisk())
    await maildrop.mark(box.keys[0], add={Flag.TRASHED}, add_keywords={"old"})
    with pytest.raises(MaildropFailure, match="full"):
        await maildrop.mark(box.keys[0], add_keywords={"never-seen"})
    with pytest.raises(MaildropFailure, match="full"):
        await maildrop.copy(box.keys, await work_of(box, FullDisk()))
    await maildrop.expunge(box.keys)
    await MaildirFolders(box.path, files=FullDisk()).remove("work")
    assert await box.state() == {"INBOX": []}
