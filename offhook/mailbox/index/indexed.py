"""A maildrop with an index: what it promises is kept by the store itself, and its catalog is read from the index."""

import asyncio
import time
from collections.abc import Collection, Iterable, Sequence

from offhook.mailbox.index.catalog import LATE_SECONDS, IndexCatalog
from offhook.mailbox.index.clerk import IndexClerk
from offhook.mailbox.index.database import PLACES
from offhook.mailbox.letters import (
    NEW_BIT,
    Append,
    Entry,
    Flag,
    LetterKey,
    Maildrop,
    Remembering,
    Survey,
    ref_of,
    state_of,
    store_of,
)

WATCH_SECONDS = 0.5
"""Pause between two looks at the folders while waiting for a change."""


class IndexedMaildrop:
    """`inner` with the index in `file`; `survey` looks at the same letters."""

    def __init__(self, inner: Maildrop, survey: Survey, file: str, clerk: IndexClerk) -> None:
        self.inner = inner
        self.catalog = IndexCatalog(inner, survey, file, clerk)
        self._survey = survey
        self._file = file
        self._clerk = clerk
        if isinstance(inner, Remembering):
            inner.remember_in(file + PLACES)
        self._scanned = False
        self._removed = False

    async def scan(self) -> Sequence[Entry]:
        """Every letter, as the store says."""
        self._scanned = True
        return await self.inner.scan()

    async def head(self, key: LetterKey) -> bytes:
        """From the store."""
        return await self.inner.head(key)

    async def fetch(self, key: LetterKey) -> bytes:
        """From the store."""
        return await self.inner.fetch(key)

    async def mark(
        self,
        key: LetterKey,
        *,
        add: Collection[Flag] = frozenset(),
        remove: Collection[Flag] = frozenset(),
        add_keywords: Collection[str] = frozenset(),
        remove_keywords: Collection[str] = frozenset(),
    ) -> None:
        """In the store; remembered for listings that are older than this."""
        await self.inner.mark(key, add=add, remove=remove, add_keywords=add_keywords, remove_keywords=remove_keywords)
        if not (add or remove or add_keywords or remove_keywords):
            return
        self.catalog.did(ref_of(key), state_of(add), state_of(remove) | NEW_BIT)

    async def expunge(self, keys: Iterable[LetterKey]) -> None:
        """In the store; remembered too."""
        doomed = tuple(keys)
        await self.inner.expunge(doomed)
        self._did_remove(doomed)

    def _did_remove(self, keys: Iterable[LetterKey]) -> None:
        for key in keys:
            self.catalog.did(ref_of(key), removed=True)
            self._removed = True

    async def begin(
        self,
        flags: Collection[Flag] = frozenset(),
        *,
        keywords: Collection[str] = frozenset(),
        arrived: float | None = None,
    ) -> Append:
        """In the store."""
        return await self.inner.begin(flags, keywords=keywords, arrived=arrived)

    async def copy(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        """In the stores."""
        return await self.inner.copy(keys, store_of(to))

    async def move(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        """In the stores."""
        moved = tuple(keys)
        found = await self.inner.move(moved, store_of(to))
        self._did_remove(moved)
        return found

    async def wait(self, seconds: float) -> bool:
        """By the store, if that was scanned; else by looking now and then for what the catalog has not shown."""
        if self._scanned:
            return await self.inner.wait(seconds)
        until = time.monotonic() + seconds
        while True:
            stamp = await asyncio.to_thread(self._survey.stamp)
            if stamp is not None and stamp != self.catalog.seen:
                return True
            rest = until - time.monotonic()
            if rest <= 0:
                return False
            await asyncio.sleep(min(rest, WATCH_SECONDS))
            if stamp is None and time.monotonic() - self.catalog.looked_at > LATE_SECONDS:
                return True

    async def close(self) -> None:
        """Give the index back, and what the store holds; words of what was removed here do not stay in the file."""
        await self.catalog.close()
        if self._removed:
            self._removed = False
            self.catch_up()
        await self.inner.close()

    def catch_up(self) -> "asyncio.Task[None]":
        """Have the index brought up to date, and all of it read, though nobody may wait for it."""
        return self._clerk.catch_up(self._file, self._survey)
