"""Every file operation on an mbox fails once, and the power goes at every one: the box is as before or as after."""

import errno
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from offhook.mailbox.files import DiskBoxFiles
from offhook.mailbox.letters import Flag, LetterKey, MaildropFailure
from offhook.mailbox.mbox import Mbox
from tests.support.faulty_files import FaultyFiles, PowerCut
from tests.support.letters_in_stores import put
from tests.support.torture import SCALE

pytestmark = pytest.mark.torture

ERRORS = [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.ENOLCK, errno.ESTALE]
MOST_OPERATIONS = 400
DEAD = 2**22 + 1
"""A process number that Linux never gives."""
FOREIGN = b"From someone@example.org Sat Nov 28 12:00:00 2026\nSubject: foreign\n\nFirst.\n\nFrom here on, more.\n\n"
BIG = b"Subject: big\n\n" + b"0123456789abcdef\n" * 300
SMALL = b"Subject: small\n\nFrom me.\n"
OTHER = b"From other@example.org Sat Nov 28 13:00:00 2026\nSubject: other\n\nPut in by another program.\n\n"
FOREIGN_LETTER = b"Subject: foreign\n\nFirst.\n\nFrom here on, more.\n"
OTHER_LETTER = b"Subject: other\n\nPut in by another program.\n"

State = list[tuple[bytes, frozenset[Flag], frozenset[str]]]
Again = Callable[[object], Awaitable[tuple[Path, list[LetterKey]]]]
Deed = Callable[[Mbox, list[LetterKey]], Awaitable[object]]


async def filled(box: Path) -> list[LetterKey]:
    """A letter of another program, a big one of ours, one of another program, and a small one of ours."""
    box.parent.mkdir(exist_ok=True)
    box.write_bytes(FOREIGN)
    await put(Mbox(box), BIG, Flag.SEEN)
    with box.open("ab") as file:
        file.write(OTHER)
    await put(Mbox(box), SMALL)
    return [entry.key for entry in await Mbox(box).scan()]


@pytest.fixture
def again(tmp_path: Path) -> Again:
    """Makes the box of `filled` again under another name, and gives its path and keys."""
    (tmp_path / "filled").mkdir()
    first = tmp_path / "filled" / "box"
    keys: list[LetterKey] = []

    async def make(name: object) -> tuple[Path, list[LetterKey]]:
        if not keys:
            keys.extend(await filled(first))
        box = tmp_path / str(name) / "box"
        box.parent.mkdir()
        box.write_bytes(first.read_bytes())
        return box, keys

    return make


async def state(box: Path) -> State:
    maildrop = Mbox(box)
    return [(await maildrop.fetch(entry.key), entry.flags, entry.keywords) for entry in await maildrop.scan()]


def append_as_others_do(box: Path) -> None:
    with box.open("ab") as file:
        file.write(OTHER)


def as_if_its_process_had_died(box: Path) -> None:
    """A process that is killed leaves its dotlock; this one lives on, so its lock gets the number of a dead one."""
    lock = box.with_name(box.name + ".lock")
    if lock.exists():
        number, host = lock.read_text().split(":")
        assert int(number) in (os.getpid(), DEAD)
        lock.write_text(f"{DEAD}:{host}")


async def mark_in_place(maildrop: Mbox, keys: list[LetterKey]) -> None:
    await maildrop.mark(keys[3], add={Flag.SEEN, Flag.FLAGGED}, add_keywords={"Work"})


async def mark_without_room(maildrop: Mbox, keys: list[LetterKey]) -> None:
    await maildrop.mark(keys[0], add={Flag.SEEN, Flag.REPLIED}, add_keywords={"Work"})


async def expunge_first(maildrop: Mbox, keys: list[LetterKey]) -> None:
    await maildrop.expunge([keys[0]])


async def expunge_scattered(maildrop: Mbox, keys: list[LetterKey]) -> None:
    await maildrop.expunge([keys[0], keys[2]])


async def expunge_last(maildrop: Mbox, keys: list[LetterKey]) -> None:
    await maildrop.expunge([keys[3]])


async def put_in(maildrop: Mbox, keys: list[LetterKey]) -> None:
    await put(maildrop, SMALL, Flag.FLAGGED)


DEEDS = [mark_in_place, mark_without_room, expunge_first, expunge_scattered, expunge_last, put_in]


async def before_and_after(again: Again, deed: Deed) -> tuple[State, State]:
    box, keys = await again(f"{deed.__name__}-all")
    before = await state(box)
    await deed(Mbox(box), keys)
    return before, await state(box)


@pytest.mark.parametrize("error", [None, *ERRORS])
@pytest.mark.parametrize("deed", DEEDS)
async def test_a_change_that_fails_anywhere_leaves_the_box_as_before_or_as_after(
    again: Again, deed: Deed, error: int | None
):
    before, after = await before_and_after(again, deed)
    outcomes: list[State] = []
    step = 1 if error in (None, errno.EIO) or SCALE > 1 else 4
    for number in range(1 + (error or 0) % step, MOST_OPERATIONS, step):
        box, keys = await again(number)
        inode = box.stat().st_ino
        files = FaultyFiles(number, error, real=DiskBoxFiles())
        descriptors = len(os.listdir("/proc/self/fd"))
        with suppress(MaildropFailure, PowerCut):
            await deed(Mbox(box, files=files, patience=0), keys)
        if len(files.done) < number:
            break
        assert len(os.listdir("/proc/self/fd")) == descriptors, files.done
        as_if_its_process_had_died(box)
        crashed_at = (number, files.done[-5:])
        left = await state(box)
        assert left in (before, after), crashed_at
        outcomes.append(left)
        assert box.stat().st_ino == inode
        assert not [name for name in os.listdir(box.parent) if name not in ("box", "box.lock") and ".lk" not in name]
    else:
        raise AssertionError("the deed never ends")
    assert before in outcomes
    assert after in outcomes or step > 1


@pytest.mark.parametrize("deed", DEEDS)
async def test_what_another_program_puts_in_after_a_crash_is_kept_too(again: Again, deed: Deed):
    before, after = await before_and_after(again, deed)
    added = [(OTHER_LETTER, frozenset[Flag](), frozenset[str]())]
    for number in range(1, MOST_OPERATIONS):
        box, keys = await again(number)
        files = FaultyFiles(number, real=DiskBoxFiles())
        with suppress(PowerCut):
            await deed(Mbox(box, files=files), keys)
        if len(files.done) < number:
            return
        as_if_its_process_had_died(box)
        append_as_others_do(box)
        assert await state(box) in (before + added, after + added), (number, files.done[-5:])
    raise AssertionError("the deed never ends")


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_crash_while_a_crash_is_mended_does_no_harm_either(again: Again, deed: Deed):
    before, after = await before_and_after(again, deed)
    added = [(OTHER_LETTER, frozenset[Flag](), frozenset[str]())]
    for number in range(3, MOST_OPERATIONS, 7 if SCALE == 1 else 2):
        for then in range(2, MOST_OPERATIONS, 13 if SCALE == 1 else 3):
            box, keys = await again(f"{number}-{then}")
            first, second = FaultyFiles(number, real=DiskBoxFiles()), FaultyFiles(then, real=DiskBoxFiles())
            with suppress(PowerCut):
                await deed(Mbox(box, files=first), keys)
            if len(first.done) < number:
                return
            as_if_its_process_had_died(box)
            append_as_others_do(box)
            with suppress(PowerCut):
                await Mbox(box, files=second).scan()
            as_if_its_process_had_died(box)
            append_as_others_do(box)
            assert await state(box) in (before + 2 * added, after + 2 * added), (first.done[-5:], second.done[-5:])
            if len(second.done) < then:
                break
    raise AssertionError("the deed never ends")


async def test_wherever_the_power_goes_who_looks_first_puts_a_letter_in_once(again: Again):
    ident = "0123456789abcdef" * 2
    letter = f"Received: from x\n\tid {ident};\n\ttoday\nSubject: x\n\nbody\n".encode()
    outcomes: list[bool] = []
    for number in range(1, MOST_OPERATIONS):
        box, keys = await again(number)
        files = FaultyFiles(number, real=DiskBoxFiles())
        with suppress(PowerCut):
            await put(Mbox(box, files=files), letter)
        if len(files.done) < number:
            assert outcomes[-1]
            assert not outcomes[0]
            return
        as_if_its_process_had_died(box)
        outcomes.append(await Mbox(box).has(ident))
        if not outcomes[-1]:
            await put(Mbox(box), letter)
        letters = [left for left, _, _ in await state(box)]
        assert (letters.count(letter), len(letters)) == (1, len(keys) + 1), files.done[-5:]
    raise AssertionError("the deed never ends")


async def test_short_writes_change_nothing(again: Again):
    for deed in DEEDS:
        before, after = await before_and_after(again, deed)
        box, keys = await again(f"{deed.__name__}-short")
        await deed(Mbox(box, files=FaultyFiles(short=700, real=DiskBoxFiles())), keys)
        assert await state(box) == after != before


class LittleRoom(DiskBoxFiles):
    """A disk that has room for the smallest journal only."""

    def reserve(self, file: int, offset: int, size: int) -> None:
        if offset == 0 and size > 20_000:
            raise OSError(errno.ENOSPC, "full")
        super().reserve(file, offset, size)


@pytest.mark.parametrize("error", [None, errno.EIO])
async def test_moving_a_box_in_many_small_pieces_is_as_safe(again: Again, error: int | None):
    before, after = await before_and_after(again, expunge_first)
    added = [(OTHER_LETTER, frozenset[Flag](), frozenset[str]())]
    for number in range(1, MOST_OPERATIONS):
        box, keys = await again(number)
        files = FaultyFiles(number, error, real=LittleRoom())
        with suppress(MaildropFailure, PowerCut):
            await expunge_first(Mbox(box, files=files, patience=0), keys)
        if len(files.done) < number:
            assert files.done.count("cut") == 1
            assert files.done.count("sync") > 8
            return
        as_if_its_process_had_died(box)
        append_as_others_do(box)
        assert await state(box) in (before + added, after + added), (number, files.done[-5:])
    raise AssertionError("the deed never ends")


class FullDisk(FaultyFiles):
    """A disk with no room beside the box; `elsewhere` says whether another has some."""

    def __init__(self, room: int, elsewhere: bool) -> None:
        super().__init__(real=DiskBoxFiles())
        self.room = room
        self.elsewhere = elsewhere

    def _count(self, operation: str, arguments: tuple[object, ...]) -> None:
        if operation == "reserve" and isinstance(arguments[2], int) and arguments[2] > self.room:
            here = str(os.readlink(f"/proc/self/fd/{arguments[0]}"))
            if not self.elsewhere or "/var/tmp/" not in here:
                raise OSError(errno.ENOSPC, "full")


@pytest.mark.parametrize(("room", "elsewhere"), [(20_000, False), (0, True)])
async def test_on_a_full_disk_letters_are_read_marked_in_place_and_taken_out(
    tmp_path: Path, room: int, elsewhere: bool
):
    box = tmp_path / "box"
    keys = await filled(box)
    maildrop = Mbox(box, files=FullDisk(room, elsewhere))
    if not elsewhere:
        with pytest.raises(MaildropFailure, match="full"):
            await put(maildrop, b"x" * 100_000)
    await maildrop.mark(keys[3], add={Flag.SEEN})
    assert await maildrop.fetch(keys[1]) == BIG
    await maildrop.expunge([keys[0]])
    await maildrop.expunge([keys[2]])
    assert [entry.key for entry in await maildrop.scan()] == [keys[1], keys[3]]
    await maildrop.expunge([keys[1], keys[3]])
    assert box.read_bytes() == b""


@pytest.mark.parametrize("error", [*ERRORS, 9999])
@pytest.mark.parametrize("operation", ["open_folder", "open_box", "lock_range", "read_at", "create", "sync"])
async def test_a_failure_is_told_in_one_sentence(tmp_path: Path, error: int, operation: str):
    box = tmp_path / "box"
    keys = await filled(box)
    maildrop = Mbox(box, files=FaultyFiles(1, error, only=operation, real=DiskBoxFiles()), patience=0)
    with pytest.raises(MaildropFailure, match=r"^[A-Z][^.]*\.$"):
        await maildrop.expunge([keys[0]])
