"""A box looked at again by what is known of it: what reading all of it would find, at a fraction of the octets."""

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.files import DiskBoxFiles
from offhook.mailbox.letters import Flag, LetterGone
from offhook.mailbox.mbox.box import MboxBox, new_state
from tests.support.mbox_peer import CHANGES, FROM, PADDED, CountingFiles, Peer

STEP = st.tuples(st.integers(0, len(CHANGES) - 1), st.integers(0, 11))


def box_at(path: Path, files: DiskBoxFiles | None = None) -> MboxBox:
    return MboxBox(str(path), files or DiskBoxFiles(), time.time)


@given(st.lists(st.lists(STEP, min_size=1, max_size=3), max_size=6), st.integers(0, 5))
@settings(deadline=None, max_examples=60)
def test_a_second_look_finds_what_a_first_one_would_whatever_programs_do_to_a_box(
    looks: list[list[tuple[int, int]]], letters: int
):
    with TemporaryDirectory() as folder:
        peer = Peer(Path(folder) / "box")
        for number in range(letters):
            peer.put(PADDED % (b"O", b"", b"") if number % 2 else b"")
        known = box_at(peer.path)
        known.scan()
        for steps in looks:
            for change, choice in steps:
                CHANGES[change](peer, choice)
            changed = known.has_changed()
            before = known._shown
            assert known.scan() == box_at(peer.path).scan()
            assert changed == (known._shown != before)


def test_a_letter_put_in_by_another_program_is_seen_by_reading_headers_only(large: Peer):
    files = CountingFiles()
    box = box_at(large.path, files)
    box.scan()
    files.octets = 0
    large.put()
    assert len(box.scan()) == 201
    assert files.octets < 200_000 < large.path.stat().st_size // 10


def test_a_flag_set_by_another_program_far_from_the_end_is_seen_by_reading_headers_only(large: Peer):
    files = CountingFiles()
    box = box_at(large.path, files)
    box.scan()
    files.octets = 0
    large.flag(3 * 3 + 3)
    found = [entry for entry in box.scan() if Flag.SEEN in entry.flags]
    assert len(found) == 1
    assert files.octets < 1_500_000 < large.path.stat().st_size // 2


def test_what_we_change_ourselves_does_not_make_the_next_look_read_everything(large: Peer):
    files = CountingFiles()
    box = box_at(large.path, files)
    entries = box.scan()
    box.mark(entries[3].key, lambda state: state.changed({Flag.SEEN}, (), (), ()))
    box.expunge([entries[190].key])
    box.append(b"Subject: x\n\ny\n", new_state((), ()), time.time())
    files.octets = 0
    large.letters = [large.path.read_bytes()]
    large.put()
    assert [entry.key for entry in box.scan()][:190] == [entry.key for entry in entries[:190]]
    assert files.octets < 200_000


def test_a_letter_that_lies_where_it_was_seen_is_read_without_a_look_at_the_box(large: Peer):
    files = CountingFiles()
    box = box_at(large.path, files)
    keys = [entry.key for entry in box.scan()]
    files.octets = 0
    large.put()
    assert box.fetch(keys[100]) == b"Subject: 100\n\n" + b"text\n" * 4000
    assert files.octets < 25_000


def test_a_letter_that_has_moved_is_found_and_one_that_is_gone_is_told(large: Peer):
    box = box_at(large.path)
    keys = [entry.key for entry in box.scan()]
    large.take_out(10)
    assert box.fetch(keys[100]) == b"Subject: 100\n\n" + b"text\n" * 4000
    with pytest.raises(LetterGone):
        box.fetch(keys[10])
    large.path.unlink()
    with pytest.raises(LetterGone):
        box.fetch(keys[100])


def test_a_letter_is_put_into_a_box_that_nobody_has_looked_at_without_reading_it(large: Peer):
    files = CountingFiles()
    key = box_at(large.path, files).append(b"Subject: x\n\ny\n", new_state((), ()), time.time())
    assert files.octets < 300_000 < large.path.stat().st_size // 10
    assert [entry.key for entry in box_at(large.path).scan()].index(key) == 200


def test_a_letter_with_keywords_is_put_behind_letters_put_in_by_others_without_a_look_at_these(large: Peer):
    files = CountingFiles()
    box = box_at(large.path, files)
    before = [entry.key for entry in box.scan()]
    box.mark(before[0], lambda state: state.changed((), (), {"word"}, ()))
    large.letters = [large.path.read_bytes()]
    large.put()
    files.octets = 0
    key = box.append(b"Subject: x\n\ny\n", new_state((), {"word"}), time.time())
    assert files.octets < 300_000 < large.path.stat().st_size // 10
    entries = box.scan()
    assert [entry.key for entry in entries[:200]] == before
    assert entries[201].key == key
    assert entries == box_at(large.path).scan()


@pytest.mark.parametrize("first", [b"", b"Subject: FOLDER INTERNAL DATA\nX-IMAP: 1795867200 0000000007\n"])
def test_keywords_listed_in_the_first_letter_do_not_make_the_next_look_read_everything(large: Peer, first: bytes):
    if first:
        large.letters.insert(0, FROM + first + b"\ninternal\n\n")
        large.save()
    files = CountingFiles()
    box = box_at(large.path, files)
    keys = [entry.key for entry in box.scan()]
    for place, words in ((3, {"one"}), (0, {"two"}), (7, {f"a-very-long-keyword-{number}" for number in range(9)})):
        box.mark(keys[place], lambda state, words=words: state.changed((), (), words, ()))
        files.octets = 0
        found = box.scan()
        assert files.octets < 5000
        assert found == box_at(large.path).scan()
        assert found[place].keywords == words
        large.letters = [large.path.read_bytes()]
        large.put()
        files.octets = 0
        assert box.scan() == box_at(large.path).scan()
        assert files.octets < large.path.stat().st_size // 8


def test_a_box_whose_time_of_change_its_writer_set_back_is_looked_at_again(tmp_path: Path):
    peer = Peer(tmp_path / "box")
    for flag in (b"X-Status: F\n", b"", b"", b""):
        peer.put(flag)
    box = MboxBox(str(peer.path), DiskBoxFiles(), lambda: time.time() + 1)
    keys = [entry.key for entry in box.scan()]
    before = peer.path.stat()
    peer.letters = [letter.replace(b"X-Status: F\n", b"") for letter in peer.letters]
    peer.letters[3] = peer.letters[3].replace(FROM, FROM + b"X-Status: F\n")
    peer.save()
    os.utime(peer.path, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert (peer.path.stat().st_size, peer.path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert [entry.key for entry in box.scan() if Flag.FLAGGED in entry.flags] == [keys[3]]
    box.expunge([keys[1]])
    assert peer.path.read_bytes() == peer.letters[0] + b"".join(peer.letters[2:])


def test_letters_that_begin_alike_are_not_taken_for_each_other_when_another_program_takes_one_out(tmp_path: Path):
    peer = Peer(tmp_path / "box")
    for _ in range(3):
        peer.put_alike(0)
    box = box_at(peer.path)
    keys = [entry.key for entry in box.scan()]
    texts = [box.fetch(key) for key in keys]
    peer.take_out(0)
    peer.put(body=b"longer than the one that went\n")
    with pytest.raises(LetterGone):
        box.fetch(keys[0])
    peer.letters = [peer.letters[0], peer.letters[2]]
    peer.put(body=b"longer than the one that went\n")
    assert box.fetch(keys[1]) == texts[1]
    assert box.scan() == box_at(peer.path).scan()
    box.expunge([keys[0], keys[2]])
    assert peer.path.read_bytes() == b"".join(peer.letters)


def test_a_letter_put_in_behind_one_without_an_end_leaves_nothing_wrong_in_what_is_known(tmp_path: Path):
    peer = Peer(tmp_path / "box")
    peer.put(body=b"text\n" * 1000)
    peer.put(body=b"no end", end=b"")
    box = MboxBox(str(peer.path), DiskBoxFiles(), lambda: time.time() + 1)
    box.scan()
    box.append(b"Subject: new\n\ntext\n", new_state((), ()), 1_750_000_000.0)
    assert box.scan() == box_at(peer.path).scan()
