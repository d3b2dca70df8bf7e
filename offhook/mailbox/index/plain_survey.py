"""A survey of any store that can be opened anew elsewhere: by scanning it, and reading letters one by one."""

import asyncio
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field

from offhook.mailbox.letters import Changes, Entry, LetterGone, Maildrop, key_in, word_of


@dataclass(frozen=True, slots=True)
class PlainSurvey:
    """The maildrop that `open_store` opens; `read_stamp` tells whether it has changed, as `Survey.stamp` does.

    A letter's word is its key, flags and keywords, parted by NUL.
    """

    open_store: Callable[[], Maildrop]
    read_stamp: Callable[[], str | None] | None = None
    _entries: dict[str, Entry] = field(default_factory=dict, compare=False, repr=False)

    def stamp(self) -> str | None:
        """As the store tells."""
        return self.read_stamp() if self.read_stamp else None

    def compare(self, known: Set[str], stamp: str) -> Changes:
        """By a scan; the stamp counts if it was the same before and after."""
        before = self.stamp()
        with self._opened() as (runner, store):
            entries = runner.run(store.scan())
        there = {word_of(entry): entry for entry in entries}
        self._entries.clear()
        self._entries.update((word, there[word]) for word in there.keys() - known)
        settled = before if before is not None and before == self.stamp() else ""
        come = [word for word in there if word in self._entries]
        return Changes(come, sorted(known - there.keys()), settled, list(there))

    def entries(self, words: Sequence[str]) -> Iterator[Entry | None]:
        """As they were scanned."""
        return map(self._entries.get, words)

    def heads(self, words: Sequence[str]) -> Iterator[bytes | None]:
        """One after the other."""
        with self._opened() as (runner, store):
            for word in words:
                try:
                    yield runner.run(store.head(key_in(word)))
                except LetterGone:
                    yield None

    def letter(self, word: str, limit: int) -> bytes | None:
        """All of it is read, and the rest thrown away."""
        with self._opened() as (runner, store):
            try:
                return runner.run(store.fetch(key_in(word)))[:limit]
            except LetterGone:
                return None

    @contextmanager
    def _opened(self) -> Iterator[tuple[asyncio.Runner, Maildrop]]:
        """The store, and what runs its calls to their end."""
        with asyncio.Runner() as runner:
            store = self.open_store()
            try:
                yield runner, store
            finally:
                runner.run(store.close())
