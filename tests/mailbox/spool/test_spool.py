"""The spool on disk: durable when it says so, nothing when it does not, whole after every crash."""

import errno
import os
import stat
from pathlib import Path

import pytest

from offhook.mailbox.files import Files
from offhook.mailbox.letters import Envelope, TemporaryFailure
from offhook.mailbox.spool import Recipient, Spool, SpooledLetter
from tests.support.faulty_files import FaultyFiles, PowerCut
from tests.support.spool_runs import START, Clock

LETTER = b"Subject: x\r\n\r\n" + b"body\r\n" * 50
ENVELOPE = Envelope("alice@here", ("bob@there", "carol@there"))
ERRORS = [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.ENOLCK, errno.ESTALE, errno.EACCES]
MOST_OPERATIONS = 100


def spool(folder: Path, files: Files | None = None) -> Spool:
    return Spool(folder / "spool", files=files, now=Clock())


def files_in(folder: Path) -> list[str]:
    return sorted(f"{file.parent.name}/{file.name}" for file in (folder / "spool").glob("*/*"))


async def sendable(folder: Path) -> list[tuple[SpooledLetter, bytes]]:
    """What a host that starts now would send."""
    restarted = spool(folder)
    await restarted.recover()
    return [(letter, await restarted.read(letter.ident)) for letter in await restarted.list()]


async def count(folder: Path) -> int:
    files = FaultyFiles()
    await spool(folder, files).put(ENVELOPE, LETTER)
    assert 0 < len(files.done) < MOST_OPERATIONS
    return len(files.done)


async def test_a_letter_that_was_put_is_there_after_a_restart(tmp_path: Path):
    await spool(tmp_path).put(ENVELOPE, LETTER)
    [(letter, content)] = await sendable(tmp_path)
    assert content == LETTER
    assert (letter.sender, letter.arrived, letter.size) == ("alice@here", START, len(LETTER))
    assert letter.recipients == (Recipient("bob@there", START), Recipient("carol@there", START))


async def test_files_and_folders_are_for_their_owner_only(tmp_path: Path):
    old = os.umask(0)
    try:
        await spool(tmp_path).put(ENVELOPE, LETTER)
    finally:
        os.umask(old)
    for path in [tmp_path / "spool", *(tmp_path / "spool").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


async def test_put_syncs_each_file_before_its_rename_and_the_folder_after_it(tmp_path: Path):
    await spool(tmp_path).put(ENVELOPE, LETTER)
    files = FaultyFiles()
    await spool(tmp_path, files).put(ENVELOPE, LETTER)
    steps = [step for step in files.done if step in {"create", "sync", "rename"}]
    assert steps == ["create", "sync", "rename", "sync"] * 2


@pytest.mark.parametrize("error", ERRORS)
async def test_a_put_that_fails_anywhere_says_so_and_nothing_is_ever_sent(tmp_path: Path, error: int):
    for n in range(1, await count(tmp_path / "counted") + 1):
        folder = tmp_path / f"{n}"
        folder.mkdir()
        try:
            await spool(folder, FaultyFiles(n, error)).put(ENVELOPE, LETTER)
        except TemporaryFailure:
            assert await sendable(folder) == [], n
            assert not files_in(folder), n
        else:
            assert [content for _, content in await sendable(folder)] == [LETTER], n


async def test_a_put_into_a_spool_that_is_there_leaves_nothing_when_it_fails(tmp_path: Path):
    await spool(tmp_path).put(ENVELOPE, LETTER)
    before = files_in(tmp_path)
    files = FaultyFiles()
    await spool(tmp_path, files).list()
    first = len(files.done) - 4  # the closing of the folders
    failures = 0
    for n in range(first, first + 40):
        try:
            await spool(tmp_path, FaultyFiles(n, errno.EIO)).put(Envelope("x@y", ("z@y",)), b"other")
        except TemporaryFailure:
            failures += 1
            assert files_in(tmp_path) == before, n
        else:
            [other] = [each for each in await spool(tmp_path).list() if each.sender == "x@y"]
            await spool(tmp_path).drop(other.ident)
    assert failures > 8


async def test_the_power_may_go_anywhere_in_a_put_and_the_letter_is_whole_or_nowhere(tmp_path: Path):
    for n in range(1, await count(tmp_path / "counted") + 1):
        folder = tmp_path / f"{n}"
        folder.mkdir()
        try:
            await spool(folder, FaultyFiles(n)).put(ENVELOPE, LETTER)
        except PowerCut:
            acknowledged = False
        else:
            acknowledged = True
        left = await sendable(folder)
        assert [content for _, content in left] in ([[LETTER]] if acknowledged else [[], [LETTER]]), n
        assert len(files_in(folder)) == 2 * len(left), n


async def test_the_power_may_go_anywhere_in_a_rewrite_and_the_envelope_is_the_old_or_the_new(tmp_path: Path):
    for n in range(1, MOST_OPERATIONS):
        folder = tmp_path / f"{n}"
        await spool(folder).put(ENVELOPE, LETTER)
        [old] = await spool(folder).list()
        new = SpooledLetter(old.ident, old.sender, old.arrived, old.size, old.recipients[:1])
        try:
            await spool(folder, FaultyFiles(n)).update(new)
        except PowerCut:
            [(left, content)] = await sendable(folder)
            assert left in (old, new)
            assert content == LETTER
            assert len(files_in(folder)) == 2
        else:
            [(left, _)] = await sendable(folder)
            assert left == new
            return
    pytest.fail("the rewrite never ended")


async def test_the_power_may_go_anywhere_as_a_letter_leaves_and_nothing_stays_of_it(tmp_path: Path):
    for n in range(1, MOST_OPERATIONS):
        folder = tmp_path / f"{n}"
        await spool(folder).put(ENVELOPE, LETTER)
        [old] = await spool(folder).list()
        try:
            await spool(folder, FaultyFiles(n)).drop(old.ident)
        except PowerCut:
            left = await sendable(folder)
            assert [content for _, content in left] in ([], [LETTER])
            assert len(files_in(folder)) == 2 * len(left)
        else:
            assert await sendable(folder) == []
            return
    pytest.fail("the letter never left")


@pytest.mark.parametrize("error", ERRORS)
async def test_a_rewrite_that_fails_can_be_done_again(tmp_path: Path, error: int):
    await spool(tmp_path).put(ENVELOPE, LETTER)
    [old] = await spool(tmp_path).list()
    new = SpooledLetter(old.ident, old.sender, old.arrived, old.size, old.recipients[:1])
    for n in range(1, MOST_OPERATIONS):
        files = FaultyFiles(n, error)
        try:
            assert await spool(tmp_path, files).update(new)
        except OSError:
            assert await spool(tmp_path).list() in ((old,), (new,))
        else:
            if len(files.done) < n:
                break
        assert await spool(tmp_path).update(new)
        assert await spool(tmp_path).update(old)
    assert await spool(tmp_path).list() == (new,)


async def test_short_writes_lose_nothing(tmp_path: Path):
    await spool(tmp_path, FaultyFiles(short=7)).put(ENVELOPE, LETTER)
    assert [content for _, content in await sendable(tmp_path)] == [LETTER]


async def test_a_recipient_named_twice_is_kept_once_and_a_letter_for_nobody_not_at_all(tmp_path: Path):
    await spool(tmp_path).put(Envelope("a@x", ("b@x", "c@x", "b@x")), LETTER)
    await spool(tmp_path).put(Envelope("a@x", ()), LETTER)
    [letter] = await spool(tmp_path).list()
    assert [each.address for each in letter.recipients] == ["b@x", "c@x"]


async def test_a_spool_that_is_full_takes_no_more_letters(tmp_path: Path):
    full = Spool(tmp_path / "count", most_letters=2)
    await full.put(ENVELOPE, b"1")
    await full.put(ENVELOPE, b"2")
    with pytest.raises(TemporaryFailure, match="Too many"):
        await full.put(ENVELOPE, b"3")
    heavy = Spool(tmp_path / "bytes", most_bytes=100)
    await heavy.put(ENVELOPE, b"x" * 60)
    with pytest.raises(TemporaryFailure, match="Too many"):
        await heavy.put(ENVELOPE, b"x" * 41)
    await heavy.put(ENVELOPE, b"x" * 40)


async def test_more_recipients_than_can_be_kept_are_refused(tmp_path: Path):
    with pytest.raises(TemporaryFailure, match="1000 recipients"):
        await spool(tmp_path).put(Envelope("a@x", tuple(f"r{n}@x" for n in range(1001))), LETTER)
    await spool(tmp_path).put(Envelope("a@x", tuple(f"r{n}@x" for n in range(1000))), LETTER)
    assert len((await spool(tmp_path).list())[0].recipients) == 1000


async def test_letters_are_listed_the_oldest_first(tmp_path: Path):
    clock = Clock()
    mine = Spool(tmp_path / "spool", now=clock)
    for name in ("first", "second", "third"):
        await mine.put(Envelope(name, ("b@x",)), LETTER)
        clock.turn(1)
    assert [letter.sender for letter in await mine.list()] == ["first", "second", "third"]


async def test_retry_makes_a_letter_due_and_drop_takes_it_away(tmp_path: Path):
    clock = Clock()
    mine = Spool(tmp_path / "spool", now=clock)
    await mine.put(ENVELOPE, LETTER)
    clock.turn(500)
    [letter] = await mine.list()
    assert await mine.retry(letter.ident)
    assert [letter.next_attempt for letter in await mine.list()] == [START + 500]
    assert await mine.drop(letter.ident)
    assert await mine.list() == ()
    assert not files_in(tmp_path)


@pytest.mark.parametrize("ident", ["", "..", "../lock", "nothing", "0000000000000-00000000", "a/b", "x\0y"])
async def test_an_ident_that_names_no_letter_changes_nothing(tmp_path: Path, ident: str):
    mine = spool(tmp_path)
    await mine.put(ENVELOPE, LETTER)
    assert not await mine.retry(ident)
    assert not await mine.drop(ident)
    assert len(await mine.list()) == 1


async def test_what_another_process_changes_is_seen(tmp_path: Path):
    mine, other = spool(tmp_path), spool(tmp_path)
    await mine.put(ENVELOPE, LETTER)
    [letter] = await other.list()
    await other.put(Envelope("other@x", ("b@x",)), LETTER)
    assert len(await mine.list()) == 2
    await other.drop(letter.ident)
    assert [left.sender for left in await mine.list()] == ["other@x"]
    assert not await mine.update(letter)
    assert len(await other.list()) == 1


async def test_a_damaged_envelope_is_left_alone_and_can_be_dropped(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    mine = spool(tmp_path)
    await mine.put(ENVELOPE, LETTER)
    [letter] = await mine.list()
    (tmp_path / "spool" / "queue" / letter.ident).write_bytes(b"{half an enve")
    await mine.recover()
    assert await mine.list() == ()
    assert "damaged" in caplog.text
    assert len(files_in(tmp_path)) == 2
    assert not await mine.retry(letter.ident)
    assert await mine.drop(letter.ident)
    assert not files_in(tmp_path)


async def test_files_that_are_not_ours_are_neither_read_nor_removed(tmp_path: Path):
    mine = spool(tmp_path)
    await mine.put(ENVELOPE, LETTER)
    for name in ("queue/README", "letters/README"):
        (tmp_path / "spool" / name).write_text("mine")
    await mine.recover()
    assert len(await mine.list()) == 1
    assert len(files_in(tmp_path)) == 4


async def test_a_spool_that_cannot_be_made_says_so(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TemporaryFailure, match=r"^[A-Z][^.]*\.$"):
        await Spool(tmp_path / "file" / "spool").put(ENVELOPE, LETTER)


def test_only_one_at_a_time_can_claim_a_spool(tmp_path: Path):
    with spool(tmp_path).claimed() as first, spool(tmp_path).claimed() as second:
        assert (first, second) == (True, False)
    with spool(tmp_path).claimed() as again:
        assert again


async def test_no_descriptor_stays_open(tmp_path: Path):
    await spool(tmp_path).put(ENVELOPE, LETTER)
    before = len(os.listdir("/proc/self/fd"))
    for n in range(1, 30):
        mine = spool(tmp_path, FaultyFiles(n, errno.EIO))
        try:
            await mine.put(ENVELOPE, LETTER)
            await mine.read((await mine.list())[0].ident)
        except (TemporaryFailure, OSError):
            continue
    assert len(os.listdir("/proc/self/fd")) == before
