"""A maildrop in memory that keeps the `Maildrop` promise; the suite of the stores holds it to that."""

from collections.abc import Collection, Iterable, Sequence
from itertools import count

from offhook.mailbox.letters import MAX_HEADER_BYTES, Append, Entry, Flag, LetterGone, LetterKey, MaildropFailure


class MemoryLetters:
    """What several sessions of one maildrop share."""

    def __init__(self) -> None:
        self.letters: dict[LetterKey, tuple[Entry, bytes]] = {}
        self.numbers = count(1)


class MemoryMaildrop:
    """One session's view; give two of them the same `MemoryLetters` to have two sessions."""

    def __init__(self, letters: MemoryLetters | None = None) -> None:
        self.shared = letters or MemoryLetters()

    async def scan(self) -> Sequence[Entry]:
        return tuple(entry for entry, _ in self.shared.letters.values())

    async def head(self, key: LetterKey) -> bytes:
        letter = await self.fetch(key)
        if letter.startswith(b"\n"):
            return b""
        end = letter.find(b"\n\n")
        return letter[: end + 1 if end >= 0 else None][:MAX_HEADER_BYTES]

    async def fetch(self, key: LetterKey) -> bytes:
        return self._look_up(key)[1]

    async def mark(
        self, key: LetterKey, *, add: Collection[Flag] = frozenset(), remove: Collection[Flag] = frozenset()
    ) -> None:
        if add or remove:
            entry, letter = self._look_up(key)
            flags = entry.flags - set(remove) | set(add)
            self.shared.letters[key] = Entry(key, flags, False, entry.size, entry.arrived), letter

    async def expunge(self, keys: Iterable[LetterKey]) -> None:
        for key in keys:
            self.shared.letters.pop(key, None)

    async def begin(self, flags: Collection[Flag] = frozenset()) -> Append:
        return _MemoryAppend(self.shared, frozenset(flags))

    def _look_up(self, key: LetterKey) -> tuple[Entry, bytes]:
        try:
            return self.shared.letters[key]
        except KeyError:
            raise LetterGone("The letter is no longer there.") from None


class _MemoryAppend:
    def __init__(self, shared: MemoryLetters, flags: frozenset[Flag]) -> None:
        self._shared = shared
        self._flags = flags
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
        entry = Entry(key, self._flags, Flag.SEEN not in self._flags, len(self._data), 1_700_000_000.0 + number)
        self._shared.letters[key] = entry, bytes(self._data)
        self._data = None
        return key

    async def abort(self) -> None:
        self._data = None
