"""A box looked at again by what is known of it: what reading all of it would find, at a fraction of the octets."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.files import DiskBoxFiles
from offhook.mailbox.letters import Flag, LetterGone
from offhook.mailbox.mbox.box import MboxBox, new_state

FROM = b"From bob@example.org Sat Nov 28 12:00:00 2026\n"
PADDED = b"Status: %-6b\nX-Status: %-6b\nX-Keywords: %-30b\n"


class CountingFiles(DiskBoxFiles):
    """The real calls, with a count of the octets read."""

    octets = 0

    def read_at(self, file: int, size: int, offset: int) -> bytes:
        read = super().read_at(file, size, offset)
        self.octets += len(read)
        return read


class Peer:
    """Changes a box as other programs do: at its end, in place, or all of it on the same inode or on another."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.letters: list[bytes] = []
        self.moment = 1_700_000_000
        self.number = 0
        self.write(b"")

    def write(self, text: bytes) -> None:
        with self.path.open("r+b" if self.path.exists() else "wb") as file:
            file.write(text)
            file.truncate()
        self.moment += 7
        os.utime(self.path, (self.moment, self.moment))

    def save(self) -> None:
        self.write(b"".join(self.letters))

    def put(self, head: bytes = b"", body: bytes = b"text\n", end: bytes = b"\n") -> None:
        self.number += 1
        self.letters.append(FROM + b"Subject: %d\n" % self.number + head + b"\n" + body + end)
        self.save()

    def put_twin(self, choice: int) -> None:
        if self.letters:
            self.letters.append(self.letters[choice % len(self.letters)])
        self.save()

    def put_promising(self, choice: int) -> None:
        """A letter whose Content-Length is right, too small, or tells of a place that is not there yet."""
        body = b"a\n\n" + FROM + b"Subject: in a body\n\nb\n"
        self.put(b"Content-Length: %d\n" % (len(body), 3, len(body) + 40 * choice)[choice % 3], body)

    def flag(self, choice: int) -> None:
        """State in place where there is room for it, else lines put in."""
        if not self.letters:
            return
        at = choice % len(self.letters)
        letter = self.letters[at]
        state = PADDED % ((b"RO", b"O", b"")[choice % 3], (b"", b"F", b"A")[choice // 3 % 3], b"word%d" % (choice % 4))
        if b"X-Status: " in letter:
            start = letter.index(b"Status: ")
            self.letters[at] = letter[:start] + state + letter[start + len(state) :]
        else:
            self.letters[at] = letter.replace(FROM, FROM + state, 1)
        self.save()

    def number_all(self, choice: int) -> None:
        """As Dovecot does when it opens a box."""
        self.letters = [
            letter if b"X-UID" in letter else letter.replace(FROM, FROM + b"X-UID: %-10d\n" % number, 1)
            for number, letter in enumerate(self.letters)
        ]
        if self.letters and b"X-IMAPbase" not in self.letters[0]:
            self.letters[0] = self.letters[0].replace(FROM, FROM + b"X-IMAPbase: 1795867200 %010d word1\n" % choice, 1)
        self.save()

    def take_out(self, choice: int) -> None:
        if self.letters:
            del self.letters[choice % len(self.letters)]
        self.save()

    def replace_body(self, choice: int) -> None:
        """As an editor could: as many octets, the header as before."""
        if self.letters:
            at = choice % len(self.letters)
            head, gap, body = self.letters[at].partition(b"\n\n")
            self.letters[at] = head + gap + body.replace(b"e", b"E")
        self.save()

    def take_out_and_put(self, choice: int) -> None:
        self.take_out(choice)
        self.put(body=b"text\n" * (choice % 3))

    def reverse(self, choice: int) -> None:
        self.letters.reverse()
        self.save()

    def put_unended(self, choice: int) -> None:
        """One letter without the empty line behind it, and one more without any."""
        self.put(end=b"")
        if choice % 2:
            self.put(body=b"no end", end=b"")

    def replace_file(self, choice: int) -> None:
        self.path.rename(self.path.with_suffix(".old"))
        self.save()

    def touch(self, choice: int) -> None:
        self.save()

    def internal(self, choice: int) -> None:
        """As c-client does: its own letter comes first, and its numbers change."""
        note = FROM + b"Subject: FOLDER INTERNAL DATA\nX-IMAP: 1795867200 %010d\n\ninternal\n\n" % choice
        self.letters[0 : 1 if self.letters and b"INTERNAL" in self.letters[0] else 0] = [note]
        self.save()

    def junk(self, choice: int) -> None:
        if self.letters and not self.letters[0].startswith((b"\n", b"junk")):
            self.letters[0] = (b"\n", b"junk\n\n")[choice % 2] + self.letters[0]
        self.save()


CHANGES: tuple[Callable[[Peer, int], None], ...] = (
    lambda peer, choice: peer.put(),
    lambda peer, choice: peer.put(PADDED % (b"O", b"", b"")),
    Peer.put_twin,
    Peer.put_promising,
    Peer.flag,
    Peer.flag,
    Peer.number_all,
    Peer.take_out,
    Peer.replace_body,
    Peer.take_out_and_put,
    Peer.reverse,
    Peer.put_unended,
    Peer.replace_file,
    Peer.touch,
    Peer.internal,
    Peer.junk,
)
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


@pytest.fixture
def large(tmp_path: Path) -> Peer:
    peer = Peer(tmp_path / "box")
    peer.letters = [
        FROM + b"Subject: %d\n" % number + PADDED % (b"O", b"", b"") + b"\n" + b"text\n" * 4000 + b"\n"
        for number in range(200)
    ]
    peer.save()
    return peer


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
    assert box.fetch_where_seen(keys[100]) == b"Subject: 100\n\n" + b"text\n" * 4000
    assert files.octets < 25_000


def test_a_letter_that_has_moved_is_found_and_one_that_is_gone_is_told(large: Peer):
    box = box_at(large.path)
    keys = [entry.key for entry in box.scan()]
    large.take_out(10)
    assert box.fetch_where_seen(keys[100]) == b"Subject: 100\n\n" + b"text\n" * 4000
    with pytest.raises(LetterGone):
        box.fetch_where_seen(keys[10])
    large.path.unlink()
    with pytest.raises(LetterGone):
        box.fetch_where_seen(keys[100])


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
