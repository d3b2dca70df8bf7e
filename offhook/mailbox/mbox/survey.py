"""An mbox as an index looks at it (`Survey`): read once, and again only when its letters lie elsewhere.

A letter's word is its key, flags and keywords, parted by NUL.
"""

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TypeVar

from offhook.mailbox.files import DiskBoxFiles
from offhook.mailbox.letters import Changes, Entry, LetterGone, MaildropFailure, key_in, word_of
from offhook.mailbox.mbox.box import MboxBox
from offhook.mailbox.store import BoxBusy, is_remote

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds a lock that others hold is waited for."""
TOGETHER = 200
"""Letters that are read under one lock."""


class _Seen:
    """What one process has seen of a box; never pickled."""

    def __init__(self) -> None:
        self.box: MboxBox | None = None
        self.entries: dict[str, Entry] = {}
        self.listed: Sequence[Entry] = ()
        self.words: list[str] = []

    def words_of(self, entries: Sequence[Entry]) -> list[str]:
        """The word of each entry; an entry that is the same as in the last listing has its word."""
        same = len([None for _ in takewhile(lambda pair: pair[0] is pair[1], zip(entries, self.listed, strict=False))])
        self.words = [*self.words[:same], *map(word_of, entries[same:])]
        self.listed = entries
        return self.words

    def __reduce__(self) -> tuple[type["_Seen"], tuple[()]]:
        return _Seen, ()


@dataclass(frozen=True, slots=True)
class MboxSurvey:
    """The mbox at `path`; `anchor` and `owner` are those of `DiskBoxFiles`."""

    path: str
    anchor: str | None = None
    owner: tuple[int, int] | None = None
    _seen: _Seen = field(default_factory=_Seen, repr=False, compare=False)

    @property
    def _box(self) -> MboxBox:
        if self._seen.box is None:
            self._seen.box = MboxBox(os.path.abspath(self.path), DiskBoxFiles(self.anchor, self.owner), time.time)
        return self._seen.box

    def remember_in(self, file: str) -> None:
        """`Remembering.remember_in`."""
        self._box.remember_in(file)

    def stamp(self) -> str | None:
        """Number, size and times of the file; None on file servers, whose times and new names are late."""
        if is_remote(os.path.dirname(self.path)):
            return None
        try:
            facts = os.stat(self.path)
        except OSError:
            return "nothing"
        # Programs can set the one time back, as mutt does, and not the other.
        return f"{facts.st_dev} {facts.st_ino} {facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns}"

    def compare(self, known: Set[str], stamp: str) -> Changes:
        """By a listing of the box; the stamp counts if it was the same before and after, and not of just now."""
        before = self.stamp()
        entries = _patiently(self._box.scan)
        there = dict(zip(self._seen.words_of(entries), entries, strict=True))
        come = [word for word in there if word not in known]
        self._seen.entries = {word: there[word] for word in come}
        return Changes(come, sorted(known - there.keys()), self._settled(before), list(there))

    def _settled(self, before: str | None) -> str:
        """The stamp, if any later change will alter it."""
        if before is None or before != self.stamp():
            return ""
        time_ns = max(map(int, before.split()[3:]), default=0)
        grain = 2.0 if time_ns % 1_000_000_000 == 0 else 0.05
        return before if time.time() - time_ns / 1e9 > grain else ""

    def entries(self, words: Sequence[str]) -> Iterator[Entry | None]:
        """As they were listed."""
        return map(self._seen.entries.get, words)

    def heads(self, words: Sequence[str]) -> Iterator[bytes | None]:
        """Many under one lock."""
        for start in range(0, len(words), TOGETHER):
            keys = [key_in(word) for word in words[start : start + TOGETHER]]
            yield from _patiently(lambda keys=keys: self._box.heads(keys))  # type: ignore[misc]

    def letter(self, word: str, limit: int) -> bytes | None:
        """One letter; the rest of a long one is thrown away."""
        try:
            return _patiently(lambda: self._box.fetch(key_in(word)))[:limit]
        except LetterGone:
            return None


def _patiently(call: Callable[[], T]) -> T:
    """Try until no other program holds the lock."""
    until = time.monotonic() + PATIENCE
    while True:
        with suppress(BoxBusy):
            return call()
        if time.monotonic() > until:
            raise MaildropFailure("Another program is using this mailbox; try again.")
        time.sleep(random.uniform(0.02, 0.2))
