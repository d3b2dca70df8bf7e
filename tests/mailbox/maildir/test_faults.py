"""Every file operation fails once, and the power goes at every one: a letter is whole, in one place, or nowhere."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from offhook.mailbox.letters import Entry, Flag, LetterKey, MaildropFailure
from offhook.mailbox.maildir import Maildir
from tests.support.faulty_files import FaultyFiles, PowerCut

pytestmark = pytest.mark.torture

LETTER = b"Subject: x\n\n" + b"body\n" * 50
ERRORS = [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.ENOLCK, errno.ESTALE, errno.EACCES]
MOST_OPERATIONS = 200

Deed = Callable[[Maildir, LetterKey], object]


async def put(maildrop: Maildir, *flags: Flag) -> LetterKey:
    append = await maildrop.begin(flags)
    try:
        await append.write(LETTER[:100])
        await append.write(LETTER[100:])
        return await append.commit()
    finally:
        await append.abort()


async def entries(folder: Path) -> list[Entry]:
    return list(await Maildir(folder).scan())


async def letters(folder: Path) -> list[bytes]:
    maildrop = Maildir(folder)
    return [await maildrop.fetch(entry.key) for entry in await maildrop.scan()]


def files_in(folder: Path) -> list[str]:
    return sorted(f"{file.parent.name}/{file.name}" for file in folder.glob("*/*"))


@pytest.fixture
def descriptors() -> Callable[[], int]:
    return lambda: len(os.listdir("/proc/self/fd"))


async def count_operations(folder: Path, deed: Callable[[Maildir], object]) -> int:
    files = FaultyFiles()
    await deed(Maildir(folder, files=files))  # type: ignore[misc]
    assert 0 < len(files.done) < MOST_OPERATIONS
    return len(files.done)


@pytest.mark.parametrize("error", ERRORS)
async def test_a_delivery_that_fails_anywhere_says_so_and_leaves_nothing(
    tmp_path: Path, error: int, descriptors: Callable[[], int]
):
    total = await count_operations(tmp_path / "all", put)
    failed = 0
    sentences: set[str] = set()
    for number in range(1, total + 1):
        folder = tmp_path / str(number)
        files = FaultyFiles(number, error)
        before = descriptors()
        try:
            await put(Maildir(folder, files=files))
        except MaildropFailure as failure:
            failed += 1
            sentences.add(str(failure))
            assert await letters(folder) == []
            assert not [name for name in files_in(folder) if not name.startswith("tmp/")]
        else:
            assert await letters(folder) == [LETTER], files.done
        assert descriptors() == before, files.done[number - 1]
    assert failed > total / 2
    assert len(sentences) == 1


async def test_a_failed_delivery_leaves_no_litter_when_the_disk_works_again(tmp_path: Path):
    await Maildir(tmp_path / "m").scan()
    total = await count_operations(tmp_path / "m", put)
    delivered = 1
    for number in range(1, total + 1):
        files = FaultyFiles(number, errno.EIO)
        try:
            await put(Maildir(tmp_path / "m", files=files))
            delivered += 1
        except MaildropFailure:
            pass
        left = [name for name in files_in(tmp_path / "m") if name.startswith("tmp/")]
        if files.done[number - 1] != "remove":
            assert left == [], files.done
        for name in left:
            (tmp_path / "m" / name).unlink()
        assert len(await entries(tmp_path / "m")) == delivered


async def test_a_delivery_the_power_cuts_leaves_the_letter_whole_or_not_at_all(tmp_path: Path):
    total = await count_operations(tmp_path / "all", put)
    kept = 0
    for number in range(1, total + 1):
        folder = tmp_path / str(number)
        with pytest.raises(PowerCut):
            await put(Maildir(folder, files=FaultyFiles(number)))
        found = await letters(folder)
        assert found in ([], [LETTER])
        kept += bool(found)
    assert 0 < kept < total


async def test_nobody_is_told_a_letter_is_there_before_file_and_folder_are_on_the_disk(tmp_path: Path):
    files = FaultyFiles()
    await Maildir(tmp_path).scan()
    await put(Maildir(tmp_path, files=files))
    names = [name for name in files.done if name in ("write", "sync", "link", "remove")]
    assert names == ["write", "write", "sync", "link", "sync", "remove"]


async def test_short_writes_do_not_shorten_a_letter(tmp_path: Path):
    await put(Maildir(tmp_path, files=FaultyFiles(short=7)))
    assert await letters(tmp_path) == [LETTER]
    assert (await entries(tmp_path))[0].size == len(LETTER)


async def test_without_links_a_letter_is_moved_into_place(tmp_path: Path):
    files = FaultyFiles(1, errno.EPERM, only="link")
    key = await put(Maildir(tmp_path, files=files))
    assert [entry.key for entry in await entries(tmp_path)] == [key]
    assert [name.split("/")[0] for name in files_in(tmp_path)] == ["new"]


async def fail_everywhere(tmp_path: Path, deed: Deed, flags: tuple[Flag, ...], error: int | None) -> list[list[Entry]]:
    """Do the deed with its n-th operation failing, for all n, and return what was left each time."""
    outcomes = []
    for number in range(1, MOST_OPERATIONS):
        folder = tmp_path / str(number)
        key = await put(Maildir(folder), *flags)
        await put(Maildir(folder))
        files = FaultyFiles(number, error)
        with suppress(MaildropFailure, PowerCut):
            await deed(Maildir(folder, files=files), key)  # type: ignore[misc]
        if len(files.done) < number:
            return outcomes
        left = await entries(folder)
        assert set(await letters(folder)) == {LETTER}
        assert len({entry.key for entry in left}) == len(left)
        outcomes.append([entry for entry in left if entry.key == key])
    raise AssertionError("the deed never ends")


async def mark(maildrop: Maildir, key: LetterKey) -> None:
    await maildrop.mark(key, add={Flag.SEEN, Flag.REPLIED}, remove={Flag.FLAGGED})


async def expunge(maildrop: Maildir, key: LetterKey) -> None:
    await maildrop.expunge([key])


@pytest.mark.parametrize("error", [None, *ERRORS])
@pytest.mark.parametrize("flags", [(), (Flag.SEEN, Flag.FLAGGED)])
async def test_marking_that_fails_anywhere_leaves_the_old_flags_or_the_new(
    tmp_path: Path, flags: tuple[Flag, ...], error: int | None
):
    outcomes = await fail_everywhere(tmp_path, mark, flags, error)
    seen = {one.flags for (one,) in outcomes}
    assert seen <= {frozenset(flags), frozenset({Flag.SEEN, Flag.REPLIED})}
    assert frozenset(flags) in seen


@pytest.mark.parametrize("error", [None, *ERRORS])
async def test_expunging_that_fails_anywhere_leaves_the_letter_whole_or_gone(tmp_path: Path, error: int | None):
    outcomes = await fail_everywhere(tmp_path, expunge, (), error)
    assert {len(left) for left in outcomes} == {0, 1}


async def test_on_a_full_disk_letters_can_be_read_marked_and_removed(tmp_path: Path):
    class FullDisk(FaultyFiles):
        def _count(self, operation: str, arguments: tuple[object, ...]) -> None:
            if operation in ("create", "write", "link", "make_folder"):
                raise OSError(errno.ENOSPC, "full")

    key = await put(Maildir(tmp_path))
    maildrop = Maildir(tmp_path, files=FullDisk())
    with pytest.raises(MaildropFailure, match="full"):
        await put(maildrop)
    assert await maildrop.fetch(key) == LETTER
    await maildrop.mark(key, add={Flag.SEEN})
    assert [entry.flags for entry in await maildrop.scan()] == [{Flag.SEEN}]
    await maildrop.expunge([key])
    assert list(await maildrop.scan()) == []


@pytest.mark.parametrize("operation", ["open_folder", "list_folder", "open_letter", "read", "rename", "remove"])
@pytest.mark.parametrize("error", [errno.EIO, errno.EACCES, 9999])
async def test_a_failure_is_told_in_one_sentence(tmp_path: Path, operation: str, error: int):
    key = await put(Maildir(tmp_path))
    maildrop = Maildir(tmp_path, files=FaultyFiles(1, error, only=operation))

    async def use() -> None:
        await maildrop.fetch(key)
        await maildrop.mark(key, add={Flag.SEEN})
        await maildrop.expunge([key])

    with pytest.raises(MaildropFailure, match=r"^[A-Z][^.]*\.$") as failure:
        await use()
    assert isinstance(failure.value.__cause__, OSError)
