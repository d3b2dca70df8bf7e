"""A Maildir's folders: made when missing, opened for one operation, and listed without losing letters to renames.

A listing taken while another program renames files misses letters that were there all along (a third of the
listings of 1,000 letters did, when measured). So a letter that was known and is missing counts as gone only after a
listing during which nothing changed, or after it stayed away from several listings in a row.
"""

import errno
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from offhook.mailbox.files import Files
from offhook.mailbox.letters import LetterKey
from offhook.mailbox.maildir.names import LetterName, has_ident, is_letter, read_name
from offhook.mailbox.store import make_path

Folder = Literal["new", "cur", "tmp"]
"""The three folders of a Maildir."""

MAX_LISTINGS = 8
"""Listings taken at most before a letter missing from all of them counts as gone."""
LITTER_SECONDS = 36 * 3600
"""Age at which a file in `tmp` is what a crashed delivery left (maildir(5))."""

_FOLDERS: tuple[Folder, ...] = ("tmp", "new", "cur")
_FINE_GRAIN = 0.05
_COARSE_GRAIN = 2.0
_BILLION = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a letter lies: the folder and the file name in it."""

    folder: Folder
    file_name: str

    @property
    def name(self) -> LetterName:
        """The file name taken apart."""
        return read_name(self.file_name)


Places = Mapping[LetterKey, tuple[Place, ...]]
"""Every letter with the file names seen for it: one, or more while another program renames it."""


class Box:
    """A Maildir with its folders open, for the length of one operation; `root` is the Maildir itself."""

    def __init__(self, files: Files, root: int, folders: Mapping[Folder, int]) -> None:
        self.files = files
        self.root = root
        self._folders = folders

    def __getitem__(self, folder: Folder) -> int:
        """The descriptor of a folder."""
        return self._folders[folder]

    def stamp(self) -> tuple[int, int]:
        """When names in `new` and `cur` last changed, in nanoseconds since 1970, as known since they were opened."""
        return self.files.folder_time_ns(self["new"]), self.files.folder_time_ns(self["cur"])

    def stamp_anew(self) -> tuple[int, int]:
        """The same as it is now: an NFS client asks its server for it only when a folder is opened."""
        return self._time_anew("new"), self._time_anew("cur")

    def _time_anew(self, name: Folder) -> int:
        folder = self.files.open_subfolder(name, self.root)
        try:
            return self.files.folder_time_ns(folder)
        finally:
            _close(self.files, folder)

    def list_places(self) -> dict[LetterKey, tuple[Place, ...]]:
        """One listing. `new` comes first: a letter moved to `cur` meanwhile is seen twice rather than not at all."""
        seen: dict[LetterKey, tuple[Place, ...]] = {}
        for folder in ("new", "cur"):
            for file_name in filter(is_letter, self.files.list_folder(self[folder])):
                key = LetterKey(file_name.partition(":2,")[0])
                seen[key] = (Place(folder, file_name), *seen.get(key, ()))
        return seen

    def confirmed_places(self, known: Iterable[LetterKey], now: Callable[[], float]) -> Places:
        """Every letter, none of those `known` left out without proof that it is gone."""
        doubtful = set(known)
        gathered: dict[LetterKey, tuple[Place, ...]] = {}
        after = self.stamp()
        for turn in range(MAX_LISTINGS):
            before = after
            latest = self.list_places()
            after = self.stamp_anew()
            if before == after and is_settled(before, now()):
                return latest
            gathered |= latest
            doubtful -= latest.keys()
            if turn and not doubtful:
                break
        return gathered

    def has(self, ident: str, now: Callable[[], float]) -> bool:
        """Whether a letter put in by that ident is there; it is synced: who put it in may not have come to that."""
        unseen = LetterKey(ident)  # no listing has that key, so that none is believed without proof
        found = self.confirmed_places((unseen,), now)
        there = {place.folder for key, places in found.items() if has_ident(key, ident) for place in places}
        for folder in there:
            self.files.sync(self[folder])
        return bool(there)

    def sweep(self, now: float) -> None:
        """Remove what crashed deliveries left in `tmp`; not being able to is no failure of the mailbox."""
        with suppress(OSError):
            for file_name in self.files.list_folder(self["tmp"]):
                with suppress(OSError):
                    age = now - self.files.facts(file_name, self["tmp"]).modified_ns / _BILLION
                    if age > LITTER_SECONDS:
                        self.files.remove(file_name, self["tmp"])


def is_settled(stamp: tuple[int, int], now: float) -> bool:
    """Whether these times of change are old enough that any later change would have altered them.

    Kernels stamp with a clock that moves every few milliseconds; some file systems keep whole seconds, or every second
    one.
    """
    grain = _COARSE_GRAIN if any(moment % _BILLION == 0 for moment in stamp) else _FINE_GRAIN
    return now - max(stamp) / _BILLION > grain


@contextmanager
def open_box(files: Files, path: str, *, make: bool = True) -> Iterator[Box]:
    """Open a Maildir, making what is missing of it, folders of mode 0700; with `make` false it must be there."""
    with ExitStack() as stack:

        def keep(descriptor: int) -> int:
            stack.callback(_close, files, descriptor)
            return descriptor

        try:
            root = keep(files.open_folder(path))
        except FileNotFoundError:
            if not make:
                raise
            make_path(files, path)
            root = keep(files.open_folder(path))
        try:
            folders = {name: keep(files.open_subfolder(name, root)) for name in _FOLDERS}
        except FileNotFoundError:
            for name in _FOLDERS:
                files.make_folder(name, root)
            files.sync(root)
            folders = {name: keep(files.open_subfolder(name, root)) for name in _FOLDERS}
        yield Box(files, root, folders)


def _close(files: Files, folder: int) -> None:
    with suppress(OSError):  # nothing was written through it
        files.close(folder)


def links_are_missing(error: OSError) -> bool:
    """Whether a failed link means that this file system has none (FAT, some network shares)."""
    return error.errno in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)
