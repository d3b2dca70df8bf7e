"""Programs that share an mbox with us, as far as a test needs them: what they do to its letters, and its octets."""

import os
from collections.abc import Callable
from pathlib import Path

from offhook.mailbox.files import DiskBoxFiles

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

    def put_alike(self, choice: int) -> None:
        """One that begins as others do, and is as long."""
        self.number += 1
        self.letters.append(FROM + b"Subject: alike\n\nnumber %4d\n\n" % self.number)
        self.save()

    def swap_flags(self, choice: int) -> None:
        """As mutt does: state is written where there is some, and the box has the time of change from before."""
        before = self.path.stat().st_mtime
        flagged = [b"X-Status: F\n" in letter for letter in self.letters]
        for place, (letter, was) in enumerate(zip(self.letters, reversed(flagged), strict=True)):
            bare = letter.replace(b"X-Status: F\n", b"", 1)
            self.letters[place] = bare.replace(FROM, FROM + b"X-Status: F\n" * was, 1)
        self.save()
        os.utime(self.path, (int(before), int(before)))

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
    Peer.put_alike,
    Peer.put_alike,
    Peer.swap_flags,
    Peer.replace_body,
    Peer.take_out_and_put,
    Peer.reverse,
    Peer.put_unended,
    Peer.replace_file,
    Peer.touch,
    Peer.internal,
    Peer.junk,
)
