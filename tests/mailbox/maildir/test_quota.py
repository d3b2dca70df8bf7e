import errno
import os
from pathlib import Path

import pytest

from offhook.mailbox.letters import Flag, LetterKey, Maildrop, MaildropFailure
from offhook.mailbox.maildir import Maildir, MaildirFolders

NOW = 1_700_000_000.0


def limited(folder: Path, limit: str = "1000S,10C", *lines: str) -> Path:
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "maildirsize").write_text("\n".join((limit, *(lines or ("0 0",)))) + "\n")
    return folder / "maildirsize"


async def put(maildrop: Maildrop, size: int, *flags: Flag) -> LetterKey:
    append = await maildrop.begin(flags)
    await append.write(b"x" * (size // 2))
    await append.write(b"y" * (size - size // 2))
    return await append.commit()


def used(file: Path) -> tuple[int, int]:
    lines = [line.split() for line in file.read_text().splitlines()[1:]]
    return sum(int(size) for size, _ in lines), sum(int(count) for _, count in lines)


async def test_without_the_file_there_is_no_quota_and_none_is_made(tmp_path: Path):
    await put(Maildir(tmp_path), 100_000)
    assert not (tmp_path / "maildirsize").exists()


async def test_what_comes_and_goes_is_written_down(tmp_path: Path):
    file = limited(tmp_path)
    maildrop = Maildir(tmp_path)
    keys = [await put(maildrop, size) for size in (100, 200, 300)]
    assert used(file) == (600, 3)
    await maildrop.expunge([keys[0], keys[2], LetterKey("never")])
    assert used(file) == (200, 1)
    assert file.read_text().startswith("1000S,10C\n0 0\n100 1\n")


@pytest.mark.parametrize(
    ("limit", "sizes"), [("1000S", [400, 601]), ("1C", [1, 1]), ("0S,2C", [9999, 9999, 1]), ("1000S,0C,7X", [1001])]
)
async def test_a_letter_that_does_not_fit_is_refused_and_leaves_nothing(tmp_path: Path, limit: str, sizes: list[int]):
    file = limited(tmp_path, limit)
    maildrop = Maildir(tmp_path)
    for size in sizes[:-1]:
        await put(maildrop, size)
    with pytest.raises(MaildropFailure, match="space allowed") as failure:
        await put(maildrop, sizes[-1])
    assert isinstance(failure.value.__cause__, OSError)
    assert failure.value.__cause__.errno == errno.EDQUOT
    assert len(await maildrop.scan()) == len(sizes) - 1
    assert list((tmp_path / "tmp").iterdir()) == []
    assert used(file) == (sum(sizes[:-1]), len(sizes) - 1)


@pytest.mark.parametrize("limit", ["", "0S", "0S,0C", "nonsense"])
async def test_a_limit_of_nothing_is_no_limit(tmp_path: Path, limit: str):
    limited(tmp_path, limit)
    await put(Maildir(tmp_path), 100_000)


@pytest.mark.parametrize(
    "lines", [("100",), ("a b",), ("1 2 3",), ("-5 0",), ("1 1",) * 1500, ("999999999999999999999 1",)]
)
async def test_what_cannot_be_right_is_counted_anew(tmp_path: Path, lines: tuple[str, ...]):
    maildrop = Maildir(tmp_path)
    await put(maildrop, 100)
    await put(maildrop, 200, Flag.SEEN)
    file = limited(tmp_path, "1000S,10C", *lines)
    await put(maildrop, 50)
    assert file.read_text() == "1000S,10C\n300 2\n50 1\n"


@pytest.mark.parametrize(("age", "fits"), [(16 * 60, True), (14 * 60, False)])
async def test_that_a_mailbox_is_full_is_doubted_after_a_quarter_of_an_hour(tmp_path: Path, age: float, fits: bool):
    file = limited(tmp_path, "1000S,10C", "900 1", "90 1")
    os.utime(file, (NOW - age, NOW - age))
    maildrop = Maildir(tmp_path, now=lambda: NOW)
    if fits:
        await put(maildrop, 500)
        assert used(file) == (500, 1)
    else:
        with pytest.raises(MaildropFailure, match="space allowed"):
            await put(maildrop, 500)
        assert used(file) == (990, 2)


async def test_folders_count_too_wherever_the_letters_lie(tmp_path: Path):
    file = limited(tmp_path)
    folders = MaildirFolders(tmp_path)
    await folders.create("work")
    work, inbox = await folders.open("work"), await folders.open("INBOX")
    await put(work, 300)
    key = await put(inbox, 400)
    assert used(file) == (700, 2)
    with pytest.raises(MaildropFailure, match="space allowed"):
        await put(work, 301)
    with pytest.raises(MaildropFailure, match="space allowed"):
        await inbox.copy([key], work)
    assert len(await work.scan()) == 1
    file.write_text("1000S\nwrong\n")
    await put(inbox, 1)
    assert used(file) == (701, 3)
    await folders.remove("work")
    assert used(file) == (401, 2)


async def test_letters_move_between_folders_of_a_mailbox_that_is_full(tmp_path: Path):
    file = limited(tmp_path, "500S")
    folders = MaildirFolders(tmp_path)
    await folders.create("work")
    inbox, work = await folders.open("INBOX"), await folders.open("work")
    key = await put(inbox, 500)
    await inbox.move([key], work)
    assert (len(await inbox.scan()), len(await work.scan())) == (0, 1)
    assert used(file) == (500, 1)


async def test_letters_copied_are_counted_once_each(tmp_path: Path):
    file = limited(tmp_path)
    maildrop = Maildir(tmp_path)
    keys = [await put(maildrop, 100), await put(maildrop, 200)]
    await maildrop.copy(keys, maildrop)
    assert used(file) == (600, 4)
    with pytest.raises(MaildropFailure, match="space allowed"):
        await maildrop.copy([*keys, *keys], maildrop)
    assert used(file) == (600, 4)
    assert len(await maildrop.scan()) == 4


async def test_a_letter_can_be_deleted_from_a_mailbox_that_is_over_its_quota(tmp_path: Path):
    maildrop = Maildir(tmp_path)
    key = await put(maildrop, 5000)
    file = limited(tmp_path, "1000S", "5000 1")
    await maildrop.mark(key, add={Flag.TRASHED}, add_keywords={"Work"})
    await maildrop.expunge([key])
    assert used(file) == (0, 0)


async def test_a_quota_file_that_is_a_link_is_not_followed(tmp_path: Path):
    limited(tmp_path / "box").unlink()
    (tmp_path / "other").write_text("1000S\n0 0\n")
    (tmp_path / "box/maildirsize").symlink_to(tmp_path / "other")
    with pytest.raises(MaildropFailure, match="link"):
        await put(Maildir(tmp_path / "box"), 10)
    assert (tmp_path / "other").read_text() == "1000S\n0 0\n"
