"""The quota of a Maildir++ mailbox: the file `maildirsize` in its root, as Courier's maildirquota(7) describes it.

The first line is the limit, `1000000S,1000C`: bytes and letters, 0 or nothing for no limit. Each further line is a
change, bytes and letters, added by one write at the end; their sum is what is used. The file is advisory and may be
wrong after a crash: so the letters are counted anew when it has grown long, and when it says that the mailbox is full
and is some minutes old. Who wants a quota makes the file; where there is none, nothing is counted.
"""

import errno
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from offhook.mailbox.files import Files
from offhook.mailbox.maildir.names import is_letter, read_name
from offhook.mailbox.store import read_start

NAME = "maildirsize"
LONGEST_FILE = 5120
"""Bytes above which the letters are counted anew."""
STALE_SECONDS = 15 * 60
"""Age at which what says that the mailbox is full is doubted."""

_LIMIT = re.compile(rb"(\d{1,18})([SC])")
_BILLION = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes and letters: used, allowed, or a change of either."""

    size: int
    count: int

    def exceeds(self, limit: "Usage") -> bool:
        """Whether this is more than `limit` allows, in which 0 is no limit."""
        return bool(limit.size and self.size > limit.size) or bool(limit.count and self.count > limit.count)


@dataclass(frozen=True, slots=True)
class _Account:
    """What the file says; `used` is None if it says nothing sensible."""

    limit: Usage
    used: Usage | None
    lines: int
    modified: float


class MaildirQuota:
    """The quota of the mailbox whose root is at `path`; `unique_base` makes names for temporary files."""

    def __init__(self, files: Files, path: str, now: Callable[[], float], unique_base: Callable[[float], str]) -> None:
        self.path = path
        self._files = files
        self._now = now
        self._unique_base = unique_base

    def check(self, more: Usage) -> bool:
        """Raise `OSError` (EDQUOT) if `more` would not fit; whether there is a quota at all."""
        with self._root() as root:
            account = self._read(root)
            if account is None:
                return False
            used = account.used
            if used is None or self._is_doubtful(account, used, more):
                used = self._count(root)
                self._write(root, used)
            if Usage(used.size + more.size, used.count + more.count).exceeds(account.limit):
                raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
            return True

    def _is_doubtful(self, account: _Account, used: Usage, more: Usage) -> bool:
        full = Usage(used.size + more.size, used.count + more.count).exceeds(account.limit)
        return full and account.lines > 1 and self._now() - account.modified > STALE_SECONDS

    def add(self, change: Usage) -> None:
        """Write down what has come or gone; not being able to is no failure of what has been done."""
        if change == Usage(0, 0):
            return
        with suppress(OSError), self._root() as root:
            file = self._files.open_to_append(NAME, root)
            try:
                self._files.write(file, b"%d %d\n" % (change.size, change.count))
            finally:
                self._files.close(file)

    @contextmanager
    def _root(self) -> Iterator[int]:
        root = self._files.open_folder(self.path)
        try:
            yield root
        finally:
            with suppress(OSError):
                self._files.close(root)

    def _content(self, root: int) -> bytes | None:
        """The file, cut where it is too long anyway; None where there is none."""
        try:
            return read_start(self._files, NAME, root, LONGEST_FILE + 1)
        except FileNotFoundError:
            return None

    def _read(self, root: int) -> _Account | None:
        content = self._content(root)
        if content is None:
            return None
        limits, *lines = content.rstrip(b"\n").split(b"\n")
        limit = {kind: int(number) for number, kind in _LIMIT.findall(limits)}
        size = count = 0
        sound = bool(lines) and len(content) <= LONGEST_FILE
        for line in lines:
            numbers = line.split()
            if len(numbers) != 2 or not all(re.fullmatch(rb"-?\d{1,18}", number) for number in numbers):
                sound = False
                break
            size, count = size + int(numbers[0]), count + int(numbers[1])
        used = Usage(size, count) if sound and size >= 0 and count >= 0 else None
        modified = self._files.facts(NAME, root).modified_ns / _BILLION
        return _Account(Usage(limit.get(b"S", 0), limit.get(b"C", 0)), used, len(lines), modified)

    def _count(self, root: int) -> Usage:
        """Count the letters of all folders."""
        size = count = 0
        folders = [name for name in self._files.list_subfolders(root) if name.startswith(".") and name[:2] != ".."]
        for name in ["", *folders]:
            with suppress(FileNotFoundError):
                folder = self._files.open_subfolder(name, root) if name else root
                try:
                    one = count_letters(self._files, folder)
                finally:
                    if name:
                        self._files.close(folder)
                size, count = size + one.size, count + one.count
        return Usage(size, count)

    def _write(self, root: int, used: Usage) -> None:
        """Put a short file in the place of the old one, with the same limit; if that fails the old one stays."""
        limits = (self._content(root) or b"").split(b"\n", 1)[0]
        name = f"{NAME}.{self._unique_base(self._now())}"
        with suppress(OSError):
            file = self._files.create(name, root)
            try:
                try:
                    self._files.write(file, b"%s\n%d %d\n" % (limits, used.size, used.count))
                finally:
                    self._files.close(file)
                self._files.rename(name, root, NAME, root)
            except OSError:
                self._files.remove(name, root)
                raise


def count_letters(files: Files, maildir: int) -> Usage:
    """Bytes and letters in `new` and `cur` of an open Maildir."""
    size = count = 0
    for part in ("new", "cur"):
        try:
            folder = files.open_subfolder(part, maildir)
        except FileNotFoundError:
            continue
        try:
            for file_name in filter(is_letter, files.list_folder(folder)):
                told = read_name(file_name).size
                with suppress(FileNotFoundError):
                    size += files.facts(file_name, folder).size if told is None else told
                    count += 1
        finally:
            files.close(folder)
    return Usage(size, count)
