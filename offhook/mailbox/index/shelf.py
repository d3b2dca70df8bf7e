"""Where the indexes of an account lie: one file for INBOX, and a directory with one for each folder that was opened.

A folder's file is called by a hash of the folder's name: any name is safe, and none tells a stranger what it is. What
has no folder any more is known by that hash too. The directory is bounded: what was used longest ago goes first.
"""

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, unquote

from offhook.mailbox.index.database import BESIDE

MOST_FOLDERS = 64
"""Folders of one account that have an index."""
MOST_OCTETS = 4 << 30
"""Octets of all of these together; the one used last stays, whatever its size."""

_INDEX = ".index"
_FOLDERS = ".folders"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The indexes of `account` in the directory `place`."""

    place: str
    account: str

    @property
    def _stem(self) -> str:
        return os.path.join(self.place, quote(self.account, safe="").replace(".", "%2E"))

    @property
    def inbox(self) -> str:
        """The index of INBOX."""
        return self._stem + _INDEX

    @property
    def folders(self) -> str:
        """The directory of all others."""
        return self._stem + _FOLDERS

    def folder(self, name: str) -> str:
        """The index of a folder."""
        return os.path.join(self.folders, file_name(name))


def file_name(folder: str) -> str:
    """What the index of a folder is called."""
    octets = folder.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(octets, digest_size=16).hexdigest() + _INDEX


def shelves(place: str) -> Iterator[Shelf]:
    """Every account that has indexes there. Raises `OSError` if that cannot be seen."""
    found = set()
    with suppress(FileNotFoundError):
        for name in os.listdir(place):
            stem, ending = os.path.splitext(name)
            if ending in (_INDEX, _FOLDERS):
                found.add(stem)
    return (Shelf(place, unquote(stem)) for stem in sorted(found))


def superfluous(directory: str, there: Collection[str] | None) -> list[str]:
    """The indexes of folders that are to go: those of folders that are no more, and those beyond what is kept.

    `there` are the names of the folders; None if nobody knows them.
    """
    wanted = None if there is None else {file_name(name) for name in there}
    going: list[str] = []
    kept: list[tuple[float, int, str]] = []
    for name in sorted(_bases(directory)):
        file = os.path.join(directory, name)
        if wanted is not None and name not in wanted:
            going.append(file)
            continue
        sizes = [facts for facts in map(_facts, (file + ending for ending in BESIDE)) if facts]
        if facts := _facts(file):
            kept.append((-facts.st_mtime, sum(each.st_size for each in sizes), file))
        else:  # what is left beside an index that is gone
            going.append(file)
    total = 0
    for number, (_, size, file) in enumerate(sorted(kept)):
        total += size
        if number >= MOST_FOLDERS or (number and total > MOST_OCTETS):
            going.append(file)
    return going


def crowded_out(file: str) -> list[str]:
    """The indexes of other folders that go because there is one more, `file`."""
    directory = os.path.dirname(file)
    return [each for each in superfluous(directory, None) if each != file] if directory.endswith(_FOLDERS) else []


def _bases(directory: str) -> set[str]:
    """The names of all indexes of which something is there."""
    try:
        names = os.listdir(directory)
    except OSError:
        return set()
    return {name.partition(_INDEX)[0] + _INDEX for name in names if _INDEX in name}


def _facts(path: str) -> os.stat_result | None:
    try:
        return os.stat(path, follow_symlinks=False)
    except OSError:
        return None
