"""A maildrop in memory that keeps the `Maildrop` promise; the suite of the stores holds it to that."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import count

from offhook.mailbox.letters import (
    INBOX,
    MAX_HEADER_BYTES,
    Append,
    Entry,
    Flag,
    LetterGone,
    LetterKey,
    Maildrop,
    MaildropFailure,
    check_keywords,
    copy_letters,
    move_letters,
)


class MemoryLetters:
    """What several sessions of one maildrop share."""

    def __init__(self) -> None:
        self.letters: dict[LetterKey, tuple[Entry, bytes]] = {}
        self.numbers = count(1)
        self.changes = 0
        self.waiting: list[asyncio.Event] = []

    def changed(self) -> None:
        """Wake those who wait."""
        self.changes += 1
        for event in self.waiting:
            event.set()


class MemoryMaildrop:
    """One session's view; give two of them the same `MemoryLetters` to have two sessions."""

    def __init__(self, letters: MemoryLetters | None = None) -> None:
        self.shared = letters or MemoryLetters()
        self._seen = -1

    def another_session(self) -> "MemoryMaildrop":
        """One more view of the same letters."""
        return MemoryMaildrop(self.shared)

    async def scan(self) -> Sequence[Entry]:
        self._seen = self.shared.changes
        return tuple(sorted((entry for entry, _ in self.shared.letters.values()), key=lambda entry: entry.arrived))

    async def head(self, key: LetterKey) -> bytes:
        letter = await self.fetch(key)
        if letter.startswith(b"\n"):
            return b""
        end = letter.find(b"\n\n")
        return letter[: end + 1 if end >= 0 else None][:MAX_HEADER_BYTES]

    async def fetch(self, key: LetterKey) -> bytes:
        return self._look_up(key)[1]

    async def mark(
        self,
        key: LetterKey,
        *,
        add: Collection[Flag] = frozenset(),
        remove: Collection[Flag] = frozenset(),
        add_keywords: Collection[str] = frozenset(),
        remove_keywords: Collection[str] = frozenset(),
    ) -> None:
        check_keywords(add_keywords)
        if add or remove or add_keywords or remove_keywords:
            entry, letter = self._look_up(key)
            flags = entry.flags - set(remove) | set(add)
            keywords = entry.keywords - set(remove_keywords) | set(add_keywords)
            self.shared.letters[key] = replace(entry, flags=flags, keywords=keywords, new=False), letter
            self.shared.changed()

    async def expunge(self, keys: Iterable[LetterKey]) -> None:
        for key in keys:
            self.shared.letters.pop(key, None)
        self.shared.changed()

    async def begin(
        self,
        flags: Collection[Flag] = frozenset(),
        *,
        keywords: Collection[str] = frozenset(),
        arrived: float | None = None,
    ) -> Append:
        check_keywords(keywords)
        return _MemoryAppend(self.shared, frozenset(flags), frozenset(keywords), arrived)

    async def begin_as(self, ident: str) -> Append:
        return await self.begin()

    async def has(self, ident: str) -> bool:
        return any(ident.encode() in letter for _, letter in self.shared.letters.values())

    async def copy(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        return await copy_letters(self, keys, to)

    async def move(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        return await move_letters(self, keys, to)

    async def wait(self, seconds: float) -> bool:
        if self._seen != self.shared.changes:
            return True
        event = asyncio.Event()
        self.shared.waiting.append(event)
        try:
            async with asyncio.timeout(seconds):
                return await event.wait()
        except TimeoutError:
            return False
        finally:
            self.shared.waiting.remove(event)

    async def close(self) -> None:
        pass

    def _look_up(self, key: LetterKey) -> tuple[Entry, bytes]:
        try:
            return self.shared.letters[key]
        except KeyError:
            raise LetterGone("The letter is no longer there.") from None


class FailsAtCommit(MemoryMaildrop):
    """A maildrop whose letters cannot be made durable once they are written."""

    def __init__(self, drop: MemoryMaildrop) -> None:
        super().__init__(drop.shared)

    async def begin(self, flags: Collection[Flag] = frozenset()) -> Append:
        append = await super().begin(flags)

        async def fails() -> LetterKey:
            raise MaildropFailure("The disk is broken.")

        append.commit = fails  # type: ignore[method-assign]
        return append


class _MemoryAppend:
    def __init__(
        self, shared: MemoryLetters, flags: frozenset[Flag], keywords: frozenset[str], arrived: float | None
    ) -> None:
        self._shared = shared
        self._flags = flags
        self._keywords = keywords
        self._arrived = arrived
        self._data: bytearray | None = bytearray()

    async def write(self, data: bytes) -> None:
        if self._data is None:
            raise MaildropFailure("The letter is already finished.")
        self._data += data

    async def commit(self) -> LetterKey:
        if self._data is None:
            raise MaildropFailure("The letter is already finished.")
        number = next(self._shared.numbers)
        key = LetterKey(str(number))
        arrived = 1_700_000_000.0 + number if self._arrived is None else self._arrived
        new = Flag.SEEN not in self._flags
        entry = Entry(key, self._flags, new, len(self._data), arrived, self._keywords)
        self._shared.letters[key] = entry, bytes(self._data)
        self._shared.changed()
        self._data = None
        return key

    async def abort(self) -> None:
        self._data = None


class MemoryFolders:
    """`Folders` in memory: INBOX and what has been made; every opening is one more session of the same letters."""

    def __init__(self, inbox: MemoryLetters | None = None) -> None:
        self.shared = {INBOX: inbox or MemoryLetters()}

    async def names(self) -> Sequence[str]:
        return [INBOX, *sorted(self.shared.keys() - {INBOX})]

    async def open(self, name: str) -> MemoryMaildrop:
        try:
            return MemoryMaildrop(self.shared[name])
        except KeyError:
            raise MaildropFailure("There is no such folder.") from None

    async def create(self, name: str) -> None:
        if not name or any(not part or part.startswith(".") for part in name.split("/")):
            raise MaildropFailure("No folder can have that name.")
        if not name.isprintable() or len(name) > 100:
            raise MaildropFailure("No folder can have that name.")
        self.shared.setdefault(name, MemoryLetters())

    async def remove(self, name: str) -> None:
        if name == INBOX:
            raise MaildropFailure("INBOX is the maildrop itself and cannot be removed.")
        if name not in self.shared:
            raise MaildropFailure("There is no such folder.")
        del self.shared[name]
