"""The catalog of an IMAP mailbox: the server searches, and what is shown of letters comes a page at a time."""

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from offhook.mailbox.imap.connection import Connection, Sought, Told, sets
from offhook.mailbox.imap.mailbox import as_kept
from offhook.mailbox.imap.roll import Roll
from offhook.mailbox.imap.server import Refused
from offhook.mailbox.imap.session import ImapSession
from offhook.mailbox.letters import (
    LONGEST_WORD,
    MAX_HEADER_BYTES,
    NEW_BIT,
    Entry,
    Found,
    Heading,
    Listing,
    Where,
    flags_in,
    heading_in,
    searched_text,
    words_in,
)

T = TypeVar("T")

PAGE = 50
"""Letters whose fields are asked for together."""
USUAL_FIELDS = 8 * 1024
"""Octets of these fields of one letter that are asked for in company."""
KEPT = 2000
"""Letters of which what has been asked for is remembered."""
MOST_CHECKED = 500
"""Letters found by their sender or subject whose headings are looked at; of more, the server is believed."""
MOST_OPENED = 500
"""Letters found by their words that are opened, the newest ones; the others are said not to have been looked at."""
TOGETHER = 8
"""Letters that are opened together."""
MOST_TEXT = 1024 * 1024
"""Octets of a letter that are looked at for words."""

_FIELDS = "BODY.PEEK[HEADER.FIELDS (FROM SENDER SUBJECT DATE)]"
_WORD = re.compile(r"\w+")
_SEARCHED: Mapping[Where, Callable[[str], list[str]]] = MappingProxyType(
    {
        "subject": lambda text: ["SUBJECT", Sought(text)],
        "sender": lambda text: ["OR", "FROM", Sought(text), "HEADER", "Sender", Sought(text)],
    }
)
"""How IMAP is asked for what is looked for: as much as is found by our rules, or a little more."""


class ImapCatalog:
    """A `Catalog` of the mailbox `name` of a session."""

    def __init__(self, session: ImapSession, name: str) -> None:
        self._session = session
        self._name = name
        self._roll = Roll()
        self._facts = _Remembered[Told]()
        self._headings = _Remembered[Heading]()

    def is_older(self) -> None:
        """This session has changed something in the mailbox."""
        self._roll.is_older()

    async def listing(self) -> Listing:
        """All letters as they are now."""
        return await self._run(self._list)

    async def entries(self, refs: Sequence[int]) -> Sequence[Entry | None]:
        """Sizes and times from the server; flags as they were listed."""
        return await self._run(lambda at: [self._entry(ref) for ref in self._with_facts(at, refs)])

    async def headings(self, refs: Sequence[int]) -> Sequence[Heading | None]:
        """Made of the few fields they need."""
        return await self._run(lambda at: self._read_headings(at, refs))

    async def matching(self, where: Where, text: str) -> Collection[int]:
        """As the server finds them; of not too many, their headings are looked at too."""
        if not text:
            return frozenset(self._roll.refs)
        found = await self._run(lambda at: self._found(at, _SEARCHED[where](text)))
        if found is not None and len(found) > MOST_CHECKED:
            return frozenset(found)
        matching = set()
        refs = self._roll.refs if found is None else found
        for start in range(0, len(refs), PAGE):
            page = refs[start : start + PAGE]
            for ref, heading in zip(page, await self.headings(page), strict=True):
                if heading is not None and heading.holds(where, text):
                    matching.add(ref)
        return matching

    async def search(self, words: Sequence[str]) -> Found:
        """The server finds parts of words; the newest letters are opened to see whether they are whole ones."""
        text = " ".join(words)
        wanted = words_in(text)
        if not wanted:
            return Found(frozenset())
        criteria: list[str] = []
        for word in dict.fromkeys(word[:LONGEST_WORD] for word in _WORD.findall(text)):
            criteria += ["TEXT", Sought(word)]
        narrowed = await self._run(lambda at: self._found(at, criteria))
        refs = self._roll.refs if narrowed is None else narrowed
        found: set[int] = set()
        newest = refs[-MOST_OPENED:]
        for start in range(0, len(newest), TOGETHER):
            page = newest[start : start + TOGETHER]
            found |= await self._run(lambda at, page=page: self._with_words(at, page, wanted))  # type: ignore[misc]
        return Found(found, len(refs) - len(newest))

    async def _run(self, work: Callable[[Connection], T]) -> T:
        return await self._session.run(work, self._name)

    def _list(self, connection: Connection) -> Listing:
        validity, looks = self._roll.validity, self._roll.looks
        listing = self._roll.look(connection)
        if looks != self._roll.looks:
            self._facts.clear()  # there are keywords in them
        if validity != self._roll.validity:
            self._headings.clear()
        return listing

    def _uids(self, connection: Connection, refs: Sequence[int]) -> dict[int, int]:
        """The UIDs of letters that may be there, by their refs."""
        if connection.validity != self._roll.validity:
            self._list(connection)
        return {ref: uid for ref in refs if (uid := self._roll.uid(ref)) is not None}

    def _with_facts(self, connection: Connection, refs: Sequence[int]) -> Sequence[int]:
        """The same refs, once what is asked of them is known as far as they are there."""
        wanted = [uid for uid in self._uids(connection, refs).values() if uid not in self._facts]
        for letters in sets(wanted):
            for told in connection.tell(letters, "(UID FLAGS RFC822.SIZE INTERNALDATE)"):
                self._facts.keep(told.uid, told)
        return refs

    def _entry(self, ref: int) -> Entry | None:
        uid = self._roll.uid(ref)
        told = None if uid is None else self._facts.get(uid)
        if told is None:
            return None
        state = self._roll.state(ref)
        key, new = self._roll.key(told.uid), bool(state & NEW_BIT)
        return Entry(key, flags_in(state), new, told.size or 0, told.arrived or 0.0, told.keywords)

    def _read_headings(self, connection: Connection, refs: Sequence[int]) -> list[Heading | None]:
        uids = self._uids(connection, refs)
        wanted = [uid for uid in uids.values() if uid not in self._headings]
        for start in range(0, len(wanted), PAGE):
            page = wanted[start : start + PAGE]
            for uid, fields in self._fields(connection, page, USUAL_FIELDS).items():
                if len(fields) >= USUAL_FIELDS:  # there is more
                    fields = self._fields(connection, [uid], 2 * MAX_HEADER_BYTES).get(uid, fields)
                self._headings.keep(uid, heading_in(as_kept(fields)[:MAX_HEADER_BYTES]))
        return [self._headings.get(uids[ref]) if ref in uids else None for ref in refs]

    def _fields(self, connection: Connection, uids: Sequence[int], most: int) -> dict[int, bytes]:
        """What headings are made of, at most so many octets of each."""
        return self._bodies(connection, uids, _FIELDS, most)

    def _bodies(self, connection: Connection, uids: Sequence[int], part: str, most: int) -> dict[int, bytes]:
        asked = ",".join(sets(uids))
        octets = len(uids) * (most + 1000)
        told = connection.tell(asked, f"(UID {part}<0.{most}>)", octets=octets)
        return {each.uid: each.body for each in told if each.body is not None}

    def _found(self, connection: Connection, criteria: list[str]) -> list[int] | None:
        """The letters that meet criteria, in order; None if the server does not search for that."""
        try:
            uids = connection.search(criteria)
        except Refused:
            return None
        return [ref for uid in sorted(set(uids)) if (ref := self._roll.ref(uid)) is not None]

    def _with_words(self, connection: Connection, refs: Sequence[int], wanted: frozenset[str]) -> set[int]:
        """Those of a few letters that hold all words."""
        refs_by_uid = {uid: ref for ref, uid in self._uids(connection, refs).items()}
        if not refs_by_uid:
            return set()
        letters = self._bodies(connection, list(refs_by_uid), "BODY.PEEK[]", MOST_TEXT)
        return {
            refs_by_uid[uid]
            for uid, letter in letters.items()
            if uid in refs_by_uid and wanted <= words_in(searched_text(as_kept(letter)))
        }


class _Remembered(OrderedDict[int, T]):
    """What is known of the letters that were asked for last, by UID."""

    def keep(self, uid: int, known: T) -> None:
        """Remember it, and forget what has not been asked for the longest."""
        self[uid] = known
        self.move_to_end(uid)
        while len(self) > KEPT:
            self.popitem(last=False)
