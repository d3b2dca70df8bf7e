"""The letters of one session: numbered once, however the maildrop changes meanwhile.

A letter keeps its number to the end of the session. New letters get the next ones; a letter that somebody else removed
keeps its number and is gone. Of each letter the mailbag holds its ref in the catalog and a byte with its flags, so that
a hundred thousand letters open as fast as ten; what else is shown is loaded a page at a time.
"""

from array import array
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from itertools import compress

from offhook.mailbox.letters import (
    GONE_BIT,
    STATE_BITS,
    Entry,
    Flag,
    Heading,
    LetterGone,
    LetterKey,
    Listing,
    Maildrop,
    catalog_of,
    flags_in,
    marked_in,
    ref_of,
    state_of,
)
from offhook.terminal.session.renumbering import renumbered

PAGE = 50
"""Letters that are loaded together."""

_SEEN = STATE_BITS[Flag.SEEN]
_TRASHED = STATE_BITS[Flag.TRASHED]
_ALL_GONE = bytes(state | GONE_BIT for state in range(256))
_KEPT = frozenset({Flag.REPLIED, Flag.PASSED})

Test = bytes
"""Which states are meant: a table of 256 octets, 1 for each state that is."""


def having(set_bits: int = 0, clear_bits: int = 0) -> Test:
    """The states with all of `set_bits` and none of `clear_bits`."""
    mask = set_bits | clear_bits
    return bytes(state & mask == set_bits for state in range(256))


THERE = having(clear_bits=GONE_BIT)
PRESENT = having(clear_bits=GONE_BIT | _TRASHED)
DELETED = having(_TRASHED, GONE_BIT)
UNREAD = having(clear_bits=GONE_BIT | _TRASHED | _SEEN)


class Numbered:
    """A letter with its number, from 1; its state is that of the mailbag, so it is never out of date."""

    __slots__ = ("_states", "entry", "number")

    def __init__(self, number: int, entry: Entry, states: bytearray) -> None:
        self.number = number
        self.entry = entry
        self._states = states

    @property
    def key(self) -> LetterKey:
        """Names it in the maildrop."""
        return self.entry.key

    @property
    def state(self) -> int:
        """Its flags, NEW_BIT and GONE_BIT as one byte."""
        return self._states[self.number - 1]

    @property
    def flags(self) -> frozenset[Flag]:
        """Its flags now."""
        return flags_in(self.state)

    @property
    def gone(self) -> bool:
        """Whether it is no longer there."""
        return bool(self.state & GONE_BIT)

    @property
    def unread(self) -> bool:
        """Whether it has never been read."""
        return not self.state & _SEEN

    @property
    def deleted(self) -> bool:
        """Whether it is marked for deletion."""
        return bool(self.state & _TRASHED)

    @property
    def mark(self) -> str:
        """The character it has in the index."""
        if self.gone or self.deleted:
            return "d"
        if self.unread:
            return "*"
        if Flag.FLAGGED in self.flags:
            return "!"
        return "r" if Flag.REPLIED in self.flags else " "


class Mailbag:
    """A maildrop as one session sees it. `dot` is the number of the current letter, 0 if there is none.

    `named` are the numbers that the last command named, and `zone` is the time zone in which the caller is shown dates.
    """

    def __init__(self, maildrop: Maildrop, zone: tzinfo | None = None) -> None:
        self.maildrop = maildrop
        self.catalog = catalog_of(maildrop)
        self.zone = zone or UTC
        self.dot = 0
        self.named: Sequence[int] = ()
        self._listing = Listing()
        self._numbers: array[int] | None = None  # of the letters listed; None while they are 1, 2, 3 ...
        self._refs = array("q")
        self._states = bytearray()
        self._before: dict[int, int] = {}
        self._condemned: set[int] = set()

    def become(self, other: "Mailbag") -> None:
        """Hold from now on what `other` holds: the caller has turned to another folder."""
        vars(self).update(vars(other))

    def __len__(self) -> int:
        """How many numbers have been given."""
        return len(self._refs)

    async def open(self) -> None:
        """List the letters; dot goes to the first unread one, else to the last."""
        await self.refresh()
        self._condemned = set(self.all(DELETED))
        self.dot = self.first(UNREAD) or len(self)

    async def refresh(self) -> Sequence[int]:
        """Look again; the numbers of the letters that are new since the last look."""
        latest = await self.catalog.listing()
        if latest is self._listing:
            return ()
        before = len(self)
        if not before:
            self._refs.extend(latest.refs)
        elif self._numbers is not None or latest.refs[: len(self._listing.refs)] != self._listing.refs:
            self._renumber(latest.refs)
        else:
            self._refs.extend(latest.refs[before:])
        self._listing = latest
        states = self._states
        states.extend(bytes(len(self._refs) - before))
        if self._numbers is None:
            states[:] = latest.states
        else:
            states[:] = bytes(states).translate(_ALL_GONE)
            for number, state in zip(self._numbers, latest.states, strict=True):
                states[number - 1] = state
        return range(before + 1, len(self) + 1)

    def _renumber(self, refs: "array[int]") -> None:
        numbers = array("I", range(1, len(self) + 1)) if self._numbers is None else self._numbers
        numbers = renumbered(self._listing.refs, numbers, refs, self._refs)
        in_order = len(numbers) == len(self) and numbers == array("I", range(1, len(self) + 1))
        self._numbers = None if in_order else numbers

    def state(self, number: int) -> int | None:
        """The state of the letter with that number, or None if there is no such number."""
        return self._states[number - 1] if 0 < number <= len(self._states) else None

    def first(self, test: Test, after: int = 0) -> int:
        """The first number after `after` whose state passes, or 0."""
        return self._states.translate(test).find(1, max(after, 0)) + 1

    def last(self, test: Test, before: int | None = None) -> int:
        """The last number before `before` whose state passes, or 0."""
        end = len(self) if before is None else max(before - 1, 0)
        return self._states.translate(test).rfind(1, 0, end) + 1

    def count(self, test: Test) -> int:
        """How many letters pass."""
        return self._states.translate(test).count(1)

    def all(self, test: Test, first: int = 1, last: int | None = None) -> list[int]:
        """The numbers from `first` to `last` whose states pass."""
        last = len(self) if last is None else min(last, len(self))
        first = max(first, 1)
        passing = self._states[first - 1 : last].translate(test)
        return list(compress(range(first, last + 1), passing)) if 1 in passing else []

    def among(self, refs: "set[int] | frozenset[int]", test: Test) -> list[int]:
        """The numbers of these refs whose states pass."""
        return [number for number in self.all(test) if self._refs[number - 1] in refs]

    async def letter(self, number: int) -> Numbered | None:
        """The letter with that number, or None when there is none or it is gone."""
        async for letter in self.each([number]):
            return letter
        return None

    async def named_by(self, key: LetterKey) -> Numbered | None:
        """The letter with that key, or None."""
        ref = ref_of(key)
        return await self.letter(self._refs.index(ref) + 1) if ref in self._refs else None

    async def each(self, numbers: Sequence[int]) -> AsyncIterator[Numbered]:
        """The letters with these numbers, loaded a page at a time; those that are gone are left out."""
        for start in range(0, len(numbers), PAGE):
            page = [number for number in numbers[start : start + PAGE] if self._is_there(number)]
            entries = await self.catalog.entries([self._refs[number - 1] for number in page])
            for number, entry in zip(page, entries, strict=True):
                if entry is None:
                    self._set_gone(number)
                else:
                    yield Numbered(number, entry, self._states)

    async def rows(self, numbers: Sequence[int]) -> AsyncIterator[tuple[Numbered, Heading]]:
        """The letters with these numbers and what a list shows of them."""
        for start in range(0, len(numbers), PAGE):
            page = [letter async for letter in self.each(numbers[start : start + PAGE])]
            headings = await self.catalog.headings([self._refs[letter.number - 1] for letter in page])
            for letter, heading in zip(page, headings, strict=True):
                if heading is None:
                    self._set_gone(letter.number)
                else:
                    yield letter, heading

    def _is_there(self, number: int) -> bool:
        state = self.state(number)
        return state is not None and not state & GONE_BIT

    def _set_gone(self, number: int) -> None:
        self._states[number - 1] |= GONE_BIT

    async def mark(
        self, letter: Numbered, *, add: frozenset[Flag] = frozenset(), remove: frozenset[Flag] = frozenset()
    ) -> None:
        """Change flags; remembered, so that `undo` can take it back. A letter that is gone is left alone."""
        number, state, flags = letter.number, letter.state, letter.flags
        if Flag.TRASHED in add:
            self._condemned.add(number)
        if letter.gone or (add <= flags and not remove & flags):
            return
        try:
            await self.maildrop.mark(letter.key, add=add, remove=remove)
        except LetterGone:
            self._set_gone(number)
            return
        self._before.setdefault(number, state)
        self._states[number - 1] = state_of((flags | add) - remove)
        self._listing = replace(self._listing)  # what was listed is no longer so, even if it is listed again

    async def undo(self) -> None:
        """Give every letter the flags it had before this session; what was answered or sent on stays so."""
        before, self._before = self._before, {}
        async for letter in self.each(sorted(before)):
            if not letter.gone:
                flags, now = flags_in(before[letter.number]), letter.flags
                await self.mark(letter, add=flags - now, remove=now - flags - _KEPT)

    async def expunge(self) -> int:
        """Remove for good what was listed as deleted here, or deleted here; how many letters that were.

        What another session has deleted meanwhile is for that session to remove, and what it undeleted stays.
        """
        await self.refresh()
        wanted = [number for number in self.all(DELETED) if number in self._condemned]
        doomed = [letter async for letter in self.each(wanted)]
        if doomed:  # a listing may be a moment old: what is removed for good is asked of the maildrop itself
            trashed = await marked_in(self.maildrop, [letter.key for letter in doomed], Flag.TRASHED)
            doomed = [letter for letter in doomed if letter.key in trashed]
        if doomed:
            await self.maildrop.expunge([letter.key for letter in doomed])
        for letter in doomed:
            self._set_gone(letter.number)
        return len(doomed)
