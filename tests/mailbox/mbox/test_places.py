"""What one process found in an mbox, taken up by another: what reading all of it would find, and nothing else."""

import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters import Entry, Flag, LetterGone, MaildropFailure
from offhook.mailbox.mbox.box import MboxBox, new_state
from offhook.mailbox.mbox.places import MAGIC, from_octets
from tests.support.mbox_peer import CHANGES, PADDED, CountingFiles, Peer


def box_at(
    path: Path, memory: Path | None = None, files: CountingFiles | None = None, *, later: float = 0.0
) -> MboxBox:
    """A box as another process would open it; with a memory, that is used however small the box is.

    The clock is so much ahead of the time at which the box was changed.
    """
    box = MboxBox(str(path), files or CountingFiles(), lambda: time.time() + later)
    if memory is not None:
        box.remember_in(str(memory), least=0)
    return box


def set_time_back(peer: Peer, choice: int) -> None:
    """The box as it is, with the time of the first change."""
    os.utime(peer.path, (1_700_000_007, 1_700_000_007))


def flag_and_set_time_back(peer: Peer, choice: int) -> None:
    before = peer.path.stat().st_mtime_ns
    peer.flag(choice)
    os.utime(peer.path, ns=(before, before))


def another_file_of_the_size(peer: Peer, choice: int) -> None:
    """Another file by that name, as long and as old, in which the letters are in another order."""
    before = peer.path.stat().st_mtime_ns
    peer.letters.reverse()
    peer.path.rename(peer.path.with_suffix(".old"))
    peer.save()
    os.utime(peer.path, ns=(before, before))


def cut_short(peer: Peer, choice: int) -> None:
    """The box without its end; the first letter still says when it came."""
    text = b"".join(peer.letters)
    peer.letters = [text[: max(80, len(text) * (choice + 1) // 13)]]
    peer.save()


MORE = (*CHANGES, set_time_back, flag_and_set_time_back, another_file_of_the_size, cut_short)
STEPS = st.lists(st.tuples(st.integers(0, len(MORE) - 1), st.integers(0, 11)), min_size=1, max_size=3)


def fill(peer: Peer, letters: int) -> None:
    for number in range(letters):
        peer.put(PADDED % (b"O", b"", b"word") if number % 2 else b"")


@given(st.lists(STEPS, max_size=4), st.integers(0, 6))
@settings(deadline=None, max_examples=40)
def test_whatever_others_do_meanwhile_what_is_taken_up_is_what_reading_all_of_it_finds(
    looks: list[list[tuple[int, int]]], letters: int
):
    with TemporaryDirectory() as folder:
        memory = Path(folder) / "memory"
        peer = Peer(Path(folder) / "box")
        fill(peer, letters)
        box_at(peer.path, memory).scan()
        for steps in looks:
            for change, choice in steps:
                MORE[change](peer, choice)
            kept = memory.read_bytes() if memory.exists() else b""
            wanted = box_at(peer.path)
            entries = wanted.scan()
            for entry in entries:
                assert box_at(peer.path, memory).fetch(entry.key) == wanted.fetch(entry.key)
                put_back(memory, kept)
            assert box_at(peer.path, memory).scan() == entries


@given(STEPS, st.integers(1, 6), st.integers(0, 5), st.sampled_from(["mark", "keyword", "expunge", "append"]))
@settings(deadline=None, max_examples=40)
def test_a_change_by_places_taken_up_is_the_change_that_one_who_has_read_everything_makes(
    steps: list[tuple[int, int]], letters: int, which: int, deed: str
):
    with TemporaryDirectory() as folder:
        memory = Path(folder) / "memory"
        peer = Peer(Path(folder) / "box")
        fill(peer, letters)
        box_at(peer.path, memory).scan()
        for change, choice in steps:
            MORE[change](peer, choice)
        keys = [entry.key for entry in box_at(peer.path).scan()]
        if not keys:
            return
        key = keys[which % len(keys)]
        after: list[bytes] = []
        before, when = peer.path.read_bytes(), peer.path.stat().st_mtime_ns
        boxes = (box_at(peer.path, memory), box_at(peer.path))
        for box in boxes:
            peer.path.write_bytes(before) if after else None
            os.utime(peer.path, ns=(when, when)) if after else None
            do(box, deed, key)
            after.append(without_lots(peer.path.read_bytes()))
            assert shown(box) == shown(box_at(peer.path))
        assert after[0] == after[1]


def shown(box: MboxBox) -> Sequence[Entry] | str:
    """Its letters, or why it is no mailbox."""
    try:
        return box.scan()
    except MaildropFailure as why:
        return str(why)


def put_back(memory: Path, kept: bytes) -> None:
    """Have the memory as it was, or none."""
    memory.unlink(missing_ok=True)
    if kept:
        memory.touch(mode=0o600)
        memory.write_bytes(kept)


def without_lots(text: bytes) -> bytes:
    """A box without the numbers that are drawn by lot or are the time."""
    return re.sub(rb"X-Offhook: 1 [0-9a-f]+|X-IMAPbase: \d+", b"", text)


def do(box: MboxBox, deed: str, key: str) -> None:
    """A change; the clock stands still for it."""
    if deed == "expunge":
        box.expunge([key])  # type: ignore[list-item]
    elif deed == "append":
        box.append(b"Subject: new\n\ntext\n", new_state({Flag.FLAGGED}, {"fresh"}), 1_750_000_000.0)
    else:
        words = {"fresh"} if deed == "keyword" else ()
        box.mark(key, lambda state: state.changed({Flag.SEEN}, (), words, ()))  # type: ignore[arg-type]


@pytest.fixture
def small(tmp_path: Path) -> Peer:
    peer = Peer(tmp_path / "box")
    fill(peer, 3)
    peer.put_twin(1)
    peer.put_promising(2)
    peer.number_all(7)
    return peer


def test_octets_that_are_damaged_at_any_place_or_cut_are_no_memory(small: Peer, tmp_path: Path):
    memory = tmp_path / "memory"
    entries = box_at(small.path, memory, later=1.0).scan()
    kept = memory.read_bytes()
    assert kept.startswith(MAGIC)
    assert from_octets(str(small.path), kept) is not None
    for place in range(len(kept)):
        damaged = bytearray(kept)
        damaged[place] ^= 1 << place % 8
        assert from_octets(str(small.path), bytes(damaged)) is None
        assert from_octets(str(small.path), kept[:place]) is None
    for place in range(0, len(kept), 97):
        put_back(memory, kept[:place] + b"?" + kept[place + 1 :])
        assert box_at(small.path, memory, later=1.0).scan() == entries
        assert memory.read_bytes() == kept


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_a_forged_memory_brings_no_error_no_other_letter_and_no_change_of_another(data: st.DataObject):
    with TemporaryDirectory() as folder:
        memory = Path(folder) / "memory"
        peer = Peer(Path(folder) / "box")
        fill(peer, 4)
        peer.put_promising(0)
        peer.number_all(7)
        before = box_at(peer.path, memory, later=1.0)
        letters = {entry.key: before.fetch(entry.key) for entry in before.scan()}
        forged = bytearray(memory.read_bytes()[len(MAGIC) + 16 :])
        for _ in range(data.draw(st.integers(1, 3))):
            forged[data.draw(st.integers(0, len(forged) - 1))] = data.draw(st.integers(0, 255))
        put_back(memory, MAGIC + blake2b(forged, digest_size=16).digest() + forged)
        key = data.draw(st.sampled_from([*letters]))
        kept = memory.read_bytes()
        with suppress(LetterGone):
            assert box_at(peer.path, memory).fetch(key) == letters[key]
        box_at(peer.path, memory).scan()
        put_back(memory, kept)
        box_at(peer.path, memory).mark(key, lambda state: state.changed({Flag.SEEN}, (), {"fresh"}, ()))
        after = box_at(peer.path)
        assert {entry.key: after.fetch(entry.key) for entry in after.scan()} == letters
        assert [entry.key for entry in after.scan() if "fresh" in entry.keywords] == [key]
        put_back(memory, kept)
        box_at(peer.path, memory).expunge([key])
        left = box_at(peer.path)
        assert {entry.key: left.fetch(entry.key) for entry in left.scan()} == {
            each: letter for each, letter in letters.items() if each != key
        }


def test_a_forged_memory_that_has_two_letters_exchanged_brings_neither_for_the_other(tmp_path: Path):
    memory = tmp_path / "memory"
    peer = Peer(tmp_path / "box")
    fill(peer, 4)
    box = box_at(peer.path, memory, later=1.0)
    keys = [entry.key for entry in box.scan()]
    letters = [box.fetch(key) for key in keys]
    one, other = (bytes.fromhex(keys[place]) for place in (0, 2))
    rest = memory.read_bytes()[len(MAGIC) + 16 :].replace(one, b"?" * 15).replace(other, one).replace(b"?" * 15, other)
    put_back(memory, MAGIC + blake2b(rest, digest_size=16).digest() + rest)
    kept = memory.read_bytes()
    for key, letter in zip(keys, letters, strict=True):
        assert box_at(peer.path, memory).fetch(key) == letter
        assert box_at(peer.path, memory).head(key) == letter.partition(b"\n\n")[0] + b"\n"
        put_back(memory, kept)


def test_what_is_kept_of_a_box_is_not_taken_for_another_of_its_name(small: Peer, tmp_path: Path):
    memory = tmp_path / "memory"
    box_at(small.path, memory).scan()
    another = Peer(tmp_path / "another")
    fill(another, 2)
    os.replace(another.path, small.path)
    assert box_at(small.path, memory).scan() == box_at(small.path).scan()
    assert len(box_at(small.path, memory).scan()) == 2
    assert from_octets(str(another.path), memory.read_bytes()) is None


def make_link(memory: Path) -> None:
    memory.rename(memory.with_suffix(".real"))
    memory.symlink_to(memory.with_suffix(".real"))


def make_readable(memory: Path) -> None:
    memory.chmod(0o644)


def make_pipe(memory: Path) -> None:
    memory.unlink()
    os.mkfifo(memory, 0o600)


def make_directory(memory: Path) -> None:
    memory.unlink()
    memory.mkdir()


@pytest.mark.parametrize("make", [make_link, make_readable, make_pipe, make_directory])
def test_a_memory_that_others_can_have_made_is_not_believed(large: Peer, tmp_path: Path, make: Callable[[Path], None]):
    memory = tmp_path / "memory"
    entries = box_at(large.path, memory).scan()
    make(memory)
    files = CountingFiles()
    assert box_at(large.path, memory, files).scan() == entries
    assert files.octets > large.path.stat().st_size // 2
    if make is make_link:
        assert memory.with_suffix(".real").read_bytes() == memory.read_bytes()
        assert not memory.is_symlink()
    if make is not make_directory:
        assert memory.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_memory_that_belongs_to_another_user_is_not_believed(large: Peer, tmp_path: Path):
    memory = tmp_path / "memory"
    box_at(large.path, memory).scan()
    os.chown(memory, 12345, 12345)
    files = CountingFiles()
    box_at(large.path, memory, files).scan()
    assert files.octets > large.path.stat().st_size // 2


def test_a_process_that_was_killed_while_it_kept_something_is_in_nobodys_way_for_long(large: Peer, tmp_path: Path):
    memory, left = tmp_path / "memory", tmp_path / "memory-new"
    left.touch()
    box_at(large.path, memory).scan()
    assert not memory.exists()
    os.utime(left, (1_700_000_000, 1_700_000_000))
    box_at(large.path, memory).scan()
    assert memory.exists()
    assert not left.exists()


def test_a_box_that_nobody_has_changed_is_listed_by_another_process_without_being_read(large: Peer, tmp_path: Path):
    memory, files = tmp_path / "memory", CountingFiles()
    entries = box_at(large.path, memory, later=1.0).scan()
    box = box_at(large.path, memory, files)
    assert box.scan() == entries
    assert files.octets == 0
    assert memory.stat().st_size < 120 * len(entries)


def test_of_a_box_that_has_grown_another_process_reads_the_headers(large: Peer, tmp_path: Path):
    memory, files = tmp_path / "memory", CountingFiles()
    box_at(large.path, memory).scan()
    large.put()
    assert box_at(large.path, memory, files).scan() == box_at(large.path).scan()
    assert files.octets < 200_000 < large.path.stat().st_size // 10


def test_one_letter_is_fetched_by_another_process_without_a_look_at_the_others(large: Peer, tmp_path: Path):
    memory, files = tmp_path / "memory", CountingFiles()
    keys = [entry.key for entry in box_at(large.path, memory).scan()]
    large.flag(3)
    large.put()
    assert box_at(large.path, memory, files).fetch(keys[100]) == b"Subject: 100\n\n" + b"text\n" * 4000
    assert box_at(large.path, memory, files).head(keys[50]) == b"Subject: 50\n"
    assert files.octets < 700_000 < large.path.stat().st_size // 5


def test_one_letter_is_marked_by_another_process_that_reads_it_and_the_first(large: Peer, tmp_path: Path):
    memory, files = tmp_path / "memory", CountingFiles()
    keys = [entry.key for entry in box_at(large.path, memory).scan()]
    box = box_at(large.path, memory, files)
    box.mark(keys[100], lambda state: state.changed({Flag.SEEN}, (), (), ()))
    assert files.octets < 700_000 < large.path.stat().st_size // 5
    assert box.scan() == box_at(large.path).scan()


@pytest.mark.parametrize("place", [0, 100, 199])
def test_what_one_process_has_moved_the_others_do_not_read(large: Peer, tmp_path: Path, place: int):
    memory, files = tmp_path / "memory", CountingFiles()
    one, other = box_at(large.path, memory), box_at(large.path, memory, files)
    keys = [entry.key for entry in one.scan()]
    other.scan()
    one.expunge([keys[place]])
    one.mark(keys[50], lambda state: state.changed((), (), {"word"}, ()))
    files.octets = 0
    assert other.scan() == box_at(large.path).scan()
    assert files.octets < 500_000 < large.path.stat().st_size // 7


def test_what_another_program_has_moved_is_read_by_one_process_only(large: Peer, tmp_path: Path):
    memory, files = tmp_path / "memory", CountingFiles()
    one, other = box_at(large.path, memory, later=1.0), box_at(large.path, memory, files)
    one.scan()
    other.scan()
    large.take_out(100)
    one.scan()
    files.octets = 0
    assert other.scan() == box_at(large.path).scan()
    assert files.octets < 10_000


def test_small_boxes_have_no_memory(small: Peer, tmp_path: Path):
    box = MboxBox(str(small.path), CountingFiles(), time.time)
    box.remember_in(str(tmp_path / "memory"))
    box.scan()
    assert not (tmp_path / "memory").exists()
