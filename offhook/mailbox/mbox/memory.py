"""What was found in a box, kept in a file beside its index, so that whoever opens the box next need not read it.

The file only repeats what the box says, may be removed at any time, and counts only as `places.py` and `second_look.py`
say. It is its owner's alone: one that somebody else made, could read or could write, or that is a link, is left alone.
"""

import os
import stat
from collections.abc import Callable
from contextlib import suppress

from offhook.mailbox.files import BoxFacts
from offhook.mailbox.mbox.places import MOST_OCTETS, Seen, from_octets, to_octets

LEAST_OCTETS = 1024 * 1024
"""Smaller boxes are read anew: that takes no longer."""
SELDOM_SECONDS = 60.0
"""How often what a second look found is kept: one by what was kept before finds it too."""

_Identity = tuple[int, int, int, int]


class Memory:
    """What is known of the box at `path`, in `file`, for boxes of `least` octets and more."""

    def __init__(self, file: str, path: str, now: Callable[[], float], least: int = LEAST_OCTETS) -> None:
        self._file = file
        self._path = path
        self._now = now
        self._least = least
        self._had: _Identity | None = None
        self._kept_at = 0.0

    def recall(self, facts: BoxFacts) -> Seen | None:
        """What somebody has kept of the box with these facts since this was asked last."""
        if facts.size < self._least:
            return None
        octets = None
        with suppress(OSError):
            octets = self._read()
        seen = from_octets(self._path, octets) if octets else None
        if seen is None or not seen.stamp.is_of(facts):
            return None
        self._kept_at = self._now()
        return seen

    def keep(self, seen: Seen, *, at_once: bool) -> None:
        """Have it for others: `at_once` if what was kept before is of no more use."""
        if seen.stamp.size < self._least or not (at_once or self._now() - self._kept_at > SELDOM_SECONDS):
            return
        octets = to_octets(self._path, seen)
        if octets is not None and len(octets) <= MOST_OCTETS:
            self._kept_at = self._now()
            with suppress(OSError):
                self._write(octets)

    def _read(self) -> bytes | None:
        """The file's octets; None if it is no other than before, or not ours."""
        file = os.open(self._file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(file, "rb") as opened:
            facts = os.fstat(file)
            if _identity(facts) == self._had or not _is_ours(facts):
                return None
            self._had = _identity(facts)
            return opened.read(MOST_OCTETS + 1)

    def _write(self, octets: bytes) -> None:
        """Put another file in the place of the one before, in one step."""
        new = f"{self._file}-new"
        with suppress(FileNotFoundError):
            if self._now() - os.lstat(new).st_mtime > SELDOM_SECONDS:  # left by one that was killed
                os.unlink(new)
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(file, "wb") as opened:
                os.fchmod(file, 0o600)
                opened.write(octets)
                opened.flush()
                self._had = _identity(os.fstat(file))
            os.rename(new, self._file)
        except BaseException:  # raised again: nothing half written stays
            with suppress(OSError):
                os.unlink(new)
            raise


def _identity(facts: os.stat_result) -> _Identity:
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns


def _is_ours(facts: os.stat_result) -> bool:
    """Whether a file is one that nobody else can have made, changed or read."""
    mine = stat.S_ISREG(facts.st_mode) and facts.st_uid == os.geteuid() and not facts.st_mode & 0o077
    return mine and 0 < facts.st_size <= MOST_OCTETS
