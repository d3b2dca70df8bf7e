"""The journal of an mbox: a file beside the box that says what is being written into it, there only while that is so.

It has a head of 4 KiB (what is done, to which inode, and a digest of the rest), then the rest, whole and durable before
the first octet of the box changes. A journal whose digest does not fit was never finished, and means nothing.

It lies beside the box, as `.NAME.offhook-journal`. Where nothing can be put there (/var/mail for an ordinary user, or a
full disk) it lies in `~/.local/state/offhook` of the box's owner, or at last in /var/tmp, under the number of the box.
Whoever opens the box looks in all these places, and takes a journal only from the box's owner, himself, or root.
"""

import errno
import json
import os
import pwd
import stat
import struct
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import product
from typing import Any, Final

from offhook.mailbox.files import BoxFacts, BoxFiles, read_all_at, write_all_at

HEAD_BYTES: Final = 4096
CHUNK: Final = 1024 * 1024

_MAGIC: Final = b"offhook mbox journal 1\n"
_LENGTH: Final = struct.Struct(">I")
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.EEXIST)
_NOT_THERE: Final = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENOTDIR)


MALFORMED: Final = (LookupError, TypeError, ValueError, OverflowError, RecursionError, AttributeError, struct.error)
"""What comes of a journal that is whole, but not one that we have written."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a journal can lie: a folder's path, and the name in it; `made` says that we make the folder."""

    path: str
    name: str
    made: bool = False


def places_for(path: str, name: str, facts: BoxFacts) -> tuple[Place, ...]:
    """Where the journal of the box `name` in the folder `path` can lie, the best first."""
    number = f"offhook-journal-{facts.device:x}-{facts.inode:x}"
    places = [Place(path, f".{name}.offhook-journal")]
    with suppress(KeyError):
        home = pwd.getpwuid(facts.owner).pw_dir
        places.append(Place(os.path.join(home, ".local", "state", "offhook"), number, made=True))
    return (*places, Place("/var/tmp", f"{number}-{facts.owner}"))


@dataclass(slots=True)
class Journal:
    """An open journal: its file, its place, and its head's facts."""

    files: BoxFiles
    place: Place
    folder: int
    file: int
    size: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)

    def finish_head(self, facts: Mapping[str, Any], digest: bytes) -> None:
        """Write the head over the rest that is there, and have all of it and its name on the disk."""
        text = json.dumps({**facts, "rest": digest.hex()}).encode()
        head = _MAGIC + _LENGTH.pack(len(text)) + text + sha256(text).digest()
        if len(head) > HEAD_BYTES:
            raise ValueError("a journal's head is too long")
        write_all_at(self.files, self.file, head.ljust(HEAD_BYTES, b"\0"), 0)
        self.files.sync(self.file)
        self.files.sync(self.folder)
        self.facts = facts

    def read_head(self) -> bool:
        """Whether the journal is whole: its head, and as much of the rest as the head's `size_of_rest` says.

        A head that nobody here has written raises one of `MALFORMED`.
        """
        head = read_all_at(self.files, self.file, 0, HEAD_BYTES)
        if not head.startswith(_MAGIC) or len(head) < HEAD_BYTES:
            return False
        start = len(_MAGIC) + _LENGTH.size
        (length,) = _LENGTH.unpack_from(head, len(_MAGIC))
        text = head[start : start + length]
        if head[start + length : start + length + 32] != sha256(text).digest():
            return False
        self.facts = json.loads(text)
        rest = int(self.facts["size_of_rest"])
        if not 0 <= rest <= self.size - HEAD_BYTES:
            return False
        digest = sha256()
        for piece in self.pieces(HEAD_BYTES, rest):
            digest.update(piece)
        return bool(digest.hexdigest() == self.facts["rest"])

    def pieces(self, start: int, size: int) -> Iterator[bytes]:
        """A part of the journal, a MiB at a time."""
        for offset in range(start, start + size, CHUNK):
            yield read_all_at(self.files, self.file, offset, min(CHUNK, start + size - offset))

    def remove(self) -> None:
        """Take the journal away: what it says is done. One that cannot be removed does no harm."""
        with suppress(OSError):
            self.files.remove(self.place.name, self.folder)

    def set_aside(self, now: float) -> None:
        """Keep a journal that no longer fits its box, for `offhook check-mailbox` to tell of."""
        import logging  # here and not above: it is rare, and a guard has this module loaded while it waits

        log = logging.getLogger(__name__)
        log.error("the journal %s does not fit its mailbox any more and is set aside", self.place.name)
        with suppress(OSError):
            self.files.rename(self.place.name, self.folder, f"{self.place.name}.kept-{int(now)}", self.folder)


@contextmanager
def created(files: BoxFiles, places: tuple[Place, ...], owner: BoxFacts, *sizes: int) -> Iterator[Journal]:
    """A new journal of the first of `sizes` (octets) that the disk has room for, in the first place that takes it.

    When what is done with it fails before its head is there, it is removed. Raises the `OSError` of the first place.
    """
    first: OSError | None = None
    for place, size in product(places, sizes):
        with ExitStack() as stack:
            try:
                journal = _create(files, stack, place, owner, size)
            except OSError as error:
                first = first or error
                if error.errno not in _NO_ROOM:
                    raise
                continue
            try:
                yield journal
            except BaseException:  # whatever it is: a journal that says nothing yet must not stay
                if not journal.facts:
                    journal.remove()
                raise
            return
    assert first is not None
    raise first


def _create(files: BoxFiles, stack: ExitStack, place: Place, owner: BoxFacts, size: int) -> Journal:
    if place.made:
        _make_folder(files, place.path, owner)
    folder = _opened(files, stack, files.open_folder(place.path))
    journal = Journal(files, place, folder, _opened(files, stack, files.create_journal(place.name, folder)), size)
    try:
        if os.geteuid() == 0 and owner.owner != 0:
            files.give_to(journal.file, owner.owner, owner.group)
        files.reserve(journal.file, 0, size)
    except BaseException:  # the same: it is empty
        journal.remove()
        raise
    return journal


def _opened(files: BoxFiles, stack: ExitStack, descriptor: int) -> int:
    stack.callback(_close, files, descriptor)
    return descriptor


def _close(files: BoxFiles, descriptor: int) -> None:
    """Close what has been synced, or has only been read: a failure says nothing about the box."""
    with suppress(OSError):
        files.close(descriptor)


def _make_folder(files: BoxFiles, path: str, owner: BoxFacts) -> None:
    """Make the owner's state folder; the home is there already, or the place is none."""
    home = os.path.dirname(os.path.dirname(os.path.dirname(path)))
    with ExitStack() as stack:
        folder = _opened(files, stack, files.open_folder(home))
        for name in (".local", "state", "offhook"):
            files.make_folder(name, folder)
            folder = _opened(files, stack, files.open_subfolder(name, folder))
            if os.geteuid() != 0 or owner.owner == 0 or files.box_facts(folder).owner != 0:
                continue
            if files.list_all(folder):  # not the one just made: the home's owner has put another in its place
                raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
            files.give_to(folder, owner.owner, owner.group)


@contextmanager
def found(files: BoxFiles, place: Place, owner: BoxFacts) -> Iterator[Journal | None]:
    """The journal in a place, if there is one that may be believed."""
    with ExitStack() as stack:
        try:
            folder = _opened(files, stack, files.open_folder(place.path))
            file = _opened(files, stack, files.open_box(place.name, folder, writable=True, anyones=True))
        except OSError as error:
            if error.errno not in _NOT_THERE:
                raise
            yield None
            return
        facts = files.box_facts(file)
        yield Journal(files, place, folder, file, facts.size) if _is_believed(facts, owner) else None


def _is_believed(facts: BoxFacts, owner: BoxFacts) -> bool:
    return stat.S_ISREG(facts.mode) and facts.owner in (owner.owner, os.geteuid(), 0) and facts.names == 1


def is_there(files: BoxFiles, places: tuple[Place, ...], owner: BoxFacts) -> bool:
    """Whether any place has something that may be a journal; cheap, for readers."""
    return any(_has_one(files, place, owner) for place in places)


def _has_one(files: BoxFiles, place: Place, owner: BoxFacts) -> bool:
    with ExitStack() as stack:
        try:
            facts = files.named_facts(place.name, _opened(files, stack, files.open_folder(place.path)))
        except OSError as error:
            if error.errno not in _NOT_THERE:
                raise
            return False
        return _is_believed(facts, owner)
