"""The letters of one session: numbered once, however the maildrop changes meanwhile.

A letter keeps its number to the end of the session. New letters get the next ones; a letter that
somebody else removed keeps its number and is gone.
"""

from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from offhook.mailbox.letters import Entry, Flag, LetterGone, LetterKey, Maildrop, Summary, summarize


@dataclass(slots=True)
class Numbered:
    """A letter with its number, from 1. `summary` is None until it is wanted."""

    number: int
    entry: Entry
    summary: Summary | None = None
    gone: bool = False

    @property
    def unread(self) -> bool:
        """Whether it has never been read."""
        return Flag.SEEN not in self.entry.flags

    @property
    def deleted(self) -> bool:
        """Whether it is marked for deletion."""
        return Flag.TRASHED in self.entry.flags

    @property
    def mark(self) -> str:
        """The character it has in the index."""
        if self.gone or self.deleted:
            return "d"
        if self.unread:
            return "*"
        if Flag.FLAGGED in self.entry.flags:
            return "!"
        return "r" if Flag.REPLIED in self.entry.flags else " "


class Mailbag:
    """A maildrop as one session sees it. `dot` is the number of the current letter, 0 if there is none.

    `zone` is the time zone in which the caller is shown dates.
    """

    def __init__(self, maildrop: Maildrop, zone: tzinfo | None = None) -> None:
        self.maildrop = maildrop
        self.zone = zone or UTC
        self.letters: list[Numbered] = []
        self.dot = 0
        self._before: dict[LetterKey, frozenset[Flag]] = {}
        self._condemned: set[LetterKey] = set()

    async def open(self) -> None:
        """List the letters; dot goes to the first unread one, else to the last."""
        await self.refresh()
        self._condemned = {letter.entry.key for letter in self.letters if letter.deleted}
        unread = [letter.number for letter in self.letters if letter.unread and not letter.deleted]
        self.dot = unread[0] if unread else len(self.letters)

    async def refresh(self) -> list[Numbered]:
        """Look again; the letters that are new since the last look."""
        known = {letter.entry.key: letter for letter in self.letters}
        fresh: list[Numbered] = []
        there = set()
        for entry in await self.maildrop.scan():
            there.add(entry.key)
            letter = known.get(entry.key)
            if letter is None:
                letter = Numbered(len(self.letters) + 1, entry)
                self.letters.append(letter)
                fresh.append(letter)
            letter.entry = entry
        for letter in self.letters:
            letter.gone = letter.entry.key not in there
        return fresh

    def find(self, number: int) -> Numbered | None:
        """The letter with that number, or None."""
        return self.letters[number - 1] if 0 < number <= len(self.letters) else None

    @property
    def present(self) -> list[Numbered]:
        """The letters that are there and not deleted."""
        return [letter for letter in self.letters if not letter.gone and not letter.deleted]

    async def summary(self, letter: Numbered) -> Summary:
        """What the index shows of a letter; an empty summary if it is gone."""
        if letter.summary is None:
            try:
                letter.summary = summarize(await self.maildrop.head(letter.entry.key))
            except LetterGone:
                letter.gone = True
                return summarize(b"")
        return letter.summary

    async def mark(
        self, letter: Numbered, *, add: frozenset[Flag] = frozenset(), remove: frozenset[Flag] = frozenset()
    ) -> None:
        """Change flags; remembered, so that `undo` can take it back. A letter that is gone is left alone."""
        flags, key = letter.entry.flags, letter.entry.key
        if Flag.TRASHED in add:
            self._condemned.add(key)
        if letter.gone or (add <= flags and not remove & flags):
            return
        try:
            await self.maildrop.mark(key, add=add, remove=remove)
        except LetterGone:
            letter.gone = True
            return
        self._before.setdefault(key, flags)
        letter.entry = replace(letter.entry, flags=(flags | add) - remove, new=False)

    async def undo(self) -> None:
        """Give every letter the flags it had before this session; what was answered or sent on stays so."""
        before, self._before = self._before, {}
        kept = frozenset({Flag.REPLIED, Flag.PASSED})
        for letter in self.letters:
            flags = before.get(letter.entry.key)
            if flags is not None and not letter.gone:
                now = letter.entry.flags
                await self.mark(letter, add=flags - now, remove=now - flags - kept)

    async def expunge(self) -> int:
        """Remove for good what was listed as deleted here, or deleted here; how many letters that were.

        What another session has deleted meanwhile is for that session to remove, and what it undeleted stays.
        """
        await self.refresh()
        doomed = [
            letter
            for letter in self.letters
            if letter.deleted and not letter.gone and letter.entry.key in self._condemned
        ]
        if doomed:
            await self.maildrop.expunge([letter.entry.key for letter in doomed])
        for letter in doomed:
            letter.gone = True
        return len(doomed)
