"""A catalog of any maildrop, made by asking it: for stores that have none and maildrops that are not large."""

import re
from array import array
from collections.abc import Collection, Sequence

from offhook.mailbox.letters.catalog import (
    Catalog,
    Cataloged,
    Found,
    Heading,
    Listing,
    Where,
    ref_of,
    state_of,
)
from offhook.mailbox.letters.failures import LetterGone
from offhook.mailbox.letters.heading import heading_in
from offhook.mailbox.letters.maildrop import Entry, Maildrop
from offhook.mailbox.letters.render import render

MOST_SEARCHED = 5000
"""Letters that one search opens, the newest ones; the others are said not to have been looked at."""

LONGEST_WORD = 40
"""Characters of a word that are compared."""

_WORD = re.compile(r"\w+")


def catalog_of(maildrop: Maildrop) -> Catalog:
    """The maildrop's own catalog, or one made by asking it."""
    return maildrop.catalog if isinstance(maildrop, Cataloged) else PlainCatalog(maildrop)


def words_in(text: str) -> frozenset[str]:
    """The words of a text, as they are compared in a search."""
    return frozenset(word[:LONGEST_WORD] for word in _WORD.findall(text.casefold()))


def searched_text(letter: bytes) -> str:
    """What of a letter a search looks at: its header lines and its text."""
    shown = render(letter)
    return "\n".join((*(text for _, text in shown.headers), *shown.body, *(each.name for each in shown.attachments)))


class PlainCatalog:
    """A `Catalog` that remembers the entries of the last scan and opens letters when they are asked for."""

    def __init__(self, maildrop: Maildrop) -> None:
        self._maildrop = maildrop
        self._entries: dict[int, Entry] = {}
        self._headings: dict[int, Heading] = {}
        self._scanned: Sequence[Entry] | None = None
        self._listing = Listing()

    async def listing(self) -> Listing:
        """Scan, and give the same listing again when that brought nothing new."""
        entries = await self._maildrop.scan()
        if entries == self._scanned:
            return self._listing
        refs = [ref_of(entry.key) for entry in entries]
        self._entries |= zip(refs, entries, strict=True)
        self._scanned = entries
        states = bytes(state_of(entry.flags, new=entry.new) for entry in entries)
        self._listing = Listing(array("q", refs), states)
        return self._listing

    async def entries(self, refs: Sequence[int]) -> Sequence[Entry | None]:
        """As they were at the last scan."""
        return [self._entries.get(ref) for ref in refs]

    async def headings(self, refs: Sequence[int]) -> Sequence[Heading | None]:
        """Read once, and remembered."""
        return [await self._heading(ref) for ref in refs]

    async def _heading(self, ref: int) -> Heading | None:
        if ref not in self._headings:
            try:
                self._headings[ref] = heading_in(await self._maildrop.head(self._entries[ref].key))
            except LetterGone:
                return None
        return self._headings[ref]

    async def matching(self, where: Where, text: str) -> Collection[int]:
        """By the heading of every letter."""
        found = set()
        for ref in self._listing.refs:
            heading = await self._heading(ref)
            if heading is not None and heading.holds(where, text):
                found.add(ref)
        return found

    async def search(self, words: Sequence[str]) -> Found:
        """Open the newest letters, one after the other."""
        wanted = words_in(" ".join(words))
        found = set()
        refs = self._listing.refs
        for ref in refs[-MOST_SEARCHED:]:
            try:
                letter = await self._maildrop.fetch(self._entries[ref].key)
            except LetterGone:
                continue
            if wanted and wanted <= words_in(searched_text(letter)):
                found.add(ref)
        return Found(found, max(0, len(refs) - MOST_SEARCHED))
