"""A catalog read from an index, as one session sees it.

The index is believed as long as its stamp is that of the folders, and looked after by a clerk when it is not. What this
session has marked or removed is laid over a listing that may be older. Without a usable index the letters are asked.
"""

import asyncio
import threading
import time
from array import array
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import TypeVar

from offhook.mailbox.index import queries
from offhook.mailbox.index.building import headings_left, is_complete, rows_left
from offhook.mailbox.index.clerk import IndexClerk
from offhook.mailbox.index.database import Database, IndexUnusable, is_damage, open_for_reading
from offhook.mailbox.index.tasks import owner_of
from offhook.mailbox.letters import (
    Entry,
    Found,
    Heading,
    LetterGone,
    Listing,
    Maildrop,
    MaildropFailure,
    PlainCatalog,
    Survey,
    Where,
    heading_in,
)

T = TypeVar("T")

PATIENCE = 0.3
"""Seconds that a session waits for a look at what has changed; then it is told the next time it asks."""
LATE_SECONDS = 3.0
"""Age of a look that is too old where folders do not tell when they change: on file servers, where a letter is to be
seen within five seconds, the look itself included."""


@dataclass(frozen=True, slots=True)
class _Own:
    """What this session did to a letter: bits set and cleared, or the letter removed; and at which count of doings."""

    add: int
    clear: int
    removed: bool
    count: int


class IndexCatalog:
    """The `Catalog` of `inner` by the index in `file`; `survey` looks at the same letters."""

    def __init__(self, inner: Maildrop, survey: Survey, file: str, clerk: IndexClerk) -> None:
        self._inner = inner
        self._survey = survey
        self._file = file
        self._clerk = clerk
        self._plain = PlainCatalog(inner)
        self._turn = asyncio.Lock()
        self._guard = threading.RLock()  # a call given up may still be asking in its thread
        self._database: Database | None = None
        self._edition = -1
        self._read = Listing()
        self._listing: Listing | None = None
        self._told = False
        self._looking: asyncio.Task[bool] | None = None
        self._own: dict[int, _Own] = {}
        self._doings = 0
        self.looked_at = -LATE_SECONDS
        self.seen: str | None = None

    def did(self, ref: int, add: int = 0, clear: int = 0, *, removed: bool = False) -> None:
        """Remember what this session did to a letter, for listings that are older."""
        before = self._own.get(ref, _Own(0, 0, False, 0))
        self._doings += 1
        add, clear = (before.add & ~clear) | add, (before.clear & ~add) | (clear & ~add)
        self._own[ref] = _Own(add, clear, removed, self._doings)

    async def close(self) -> None:
        """Give the index back."""
        self._told = False
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
        await asyncio.to_thread(self._drop_database)

    async def listing(self) -> Listing:
        """All letters: as they are now, or, if finding that out takes long, as they were a moment ago."""
        if not await self._peek():
            looked = await self._look()
            if looked is False:
                return await self._plain.listing()
            if looked:
                await self._peek()
        if self._listing is None:
            return await self._plain.listing()
        self._told = True
        return self._listing

    async def _peek(self) -> bool:
        """Read the index again if it is another than before; whether it is known to be true."""
        doings = self._doings
        try:
            stamp, listing, current, complete = await self._ask(self._peek_at)
        except IndexUnusable as why:
            await self._give_up(why)
            return False
        self.seen = stamp
        if stamp is None:
            current = time.monotonic() - self.looked_at < LATE_SECONDS
        elif current:
            self._forget(doings)
        if listing is not self._read or self._listing is None or self._own:
            self._read = listing
            self._take_own()
        if not complete:
            self._clerk.build(self._file, self._survey)
        return current

    def _take_own(self) -> None:
        """Have the listing say what this session did; it stays the same object if it is no different."""
        listing = overlaid(self._read, self._own)
        if self._listing is None or (listing.refs, listing.states) != (self._listing.refs, self._listing.states):
            self._listing = listing

    def _peek_at(self, database: Database) -> tuple[str | None, Listing, bool, bool]:
        stamp = self._survey.stamp()
        edition = database.number("edition")
        known = database.about("stamp")
        listing = self._read
        if edition != self._edition:
            listing = database.listing()
            self._edition = edition
        return stamp, listing, stamp is not None and stamp == known, is_complete(database)

    async def _look(self) -> bool | None:
        """Have the clerk look for changes. False if that failed, None if it takes longer than a session waits."""
        if self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look_now(), name=f"look at {self._file}")
        looking = self._looking
        patience = PATIENCE if self._told else None  # what a session is told first is true, whatever it takes
        done, _ = await asyncio.wait({looking}, timeout=patience)
        if not done:
            return None
        self._looking = None
        return looking.result()

    async def _look_now(self) -> bool:
        doings, begun = self._doings, time.monotonic()
        answer = await self._clerk.look(self._file, self._survey)
        if answer.done:
            self._forget(doings)
            self.looked_at = begun
        return answer.done

    def _forget(self, doings: int) -> None:
        """What was done up to then is in the index."""
        self._own = {ref: own for ref, own in self._own.items() if own.count > doings}

    async def entries(self, refs: Sequence[int]) -> Sequence[Entry | None]:
        """From the index; of letters that it does not have, from the store."""
        nothing: dict[int, Entry] = {}
        found = await self._from_index(partial(queries.entries, refs=refs), nothing)
        if len(found) < len(refs) and await self._have_written([ref for ref in refs if ref not in found]):
            found = await self._from_index(partial(queries.entries, refs=refs), nothing)
        if len(found) < len(refs):
            await self._plain.listing()
            rest = [ref for ref in refs if ref not in found]
            others = zip(rest, await self._plain.entries(rest), strict=True)
            found |= {ref: entry for ref, entry in others if entry is not None}
        return [found.get(ref) for ref in refs]

    async def _have_written(self, refs: Sequence[int]) -> bool:
        """Have the rows of letters written that a first look has left for later; whether there were any."""
        if not await self._from_index(rows_left, 0):
            return False
        if len(refs) <= queries.PAGE:
            return (await self._clerk.head(self._file, self._survey, refs)).done
        left = 0
        while (now := await self._from_index(rows_left, 0)) and now != left:
            left = now
            if not (await self._clerk.build_some(self._file, self._survey)).done:
                return False
        return True

    async def headings(self, refs: Sequence[int]) -> Sequence[Heading | None]:
        """From the index; of letters it has not read yet, from the letters."""
        nothing: dict[int, Heading] = {}
        read = await self._from_index(partial(queries.headings, refs=refs), nothing)
        if len(read) < len(refs) <= queries.PAGE:
            await self._clerk.head(self._file, self._survey, [ref for ref in refs if ref not in read])
            read = await self._from_index(partial(queries.headings, refs=refs), nothing)
        found: dict[int, Heading | None] = {**read}
        rest = [ref for ref in refs if ref not in found]
        for ref, entry in zip(rest, await self.entries(rest) if rest else (), strict=True):
            with suppress(LetterGone):
                found[ref] = heading_in(await self._inner.head(entry.key)) if entry else None
        return [found.get(ref) for ref in refs]

    async def matching(self, where: Where, text: str) -> Collection[int]:
        """From the index once all headings are in it."""
        left = None
        while (now := await self._from_index(_left_to_head, (0, 0)))[0] and now != left:
            left = now
            if not (await self._clerk.build_some(self._file, self._survey)).done:
                break
        found = await self._from_index(partial(queries.matching, where=where, text=text), None)
        if found is None:
            await self._plain.listing()
            return await self._plain.matching(where, text)
        return found

    async def search(self, words: Sequence[str]) -> Found:
        """From the index, as far as it has been read."""
        found = await self._from_index(partial(queries.search, words=words), None)
        if found is None:
            await self._plain.listing()
            return await self._plain.search(words)
        return found

    async def _from_index(self, query: Callable[[Database], T], otherwise: T) -> T:
        try:
            return await self._ask(query)
        except IndexUnusable as why:
            await self._give_up(why)
            return otherwise

    async def _give_up(self, why: IndexUnusable) -> None:
        """Do without the index now; one that is damaged is removed, so that it is made again."""
        await asyncio.to_thread(self._drop_database)  # a call that was given up may still be asking
        if is_damage(why):
            await self._clerk.forget(self._file)

    async def _ask(self, query: Callable[[Database], T]) -> T:
        """Ask the index, in a thread, one question at a time."""
        async with self._turn:
            return await asyncio.to_thread(self._answered, query)

    def _answered(self, query: Callable[[Database], T]) -> T:
        with self._guard:
            if self._database is not None and not self._database.in_place:
                self._drop_database()
            if self._database is None:
                self._database = open_for_reading(self._file, owner_of(self._survey))
                self._edition = -1
            try:
                return query(self._database)
            except MaildropFailure:
                raise
            except Exception as why:  # of a damaged file anything can be read
                raise IndexUnusable(repr(why)) from why

    def _drop_database(self) -> None:
        with self._guard:
            database, self._database = self._database, None
            if database is not None:
                database.close()


def _left_to_head(database: Database) -> tuple[int, int]:
    return headings_left(database), rows_left(database)


def overlaid(listing: Listing, own: "dict[int, _Own]") -> Listing:
    """A listing with what a session did since it was made."""
    if not own:
        return listing
    refs, states = listing.refs, bytearray(listing.states)
    many = len(own) > 20
    places = {ref: place for place, ref in enumerate(refs)} if many else {}
    removed = bytearray(len(refs))
    for ref, done in own.items():
        place = places.get(ref, -1) if many else refs.index(ref) if ref in refs else -1
        if place >= 0:
            states[place] = (states[place] & ~done.clear) | done.add
            removed[place] = done.removed
    if not any(removed):
        return Listing(refs, bytes(states))
    kept = removed.translate(bytes([1, *bytes(255)]))
    return Listing(array("q", compress(refs, kept)), bytes(compress(states, kept)))
