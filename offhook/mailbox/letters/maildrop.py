"""The promise every store of letters keeps, whatever its files look like.

A letter is bytes that never change; a key names it for as long as it is there. Flags
belong to the store, not to the bytes. All methods may raise `MaildropFailure`
(`failures.py`); a key whose letter another program has taken away raises `LetterGone`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NewType, Protocol, runtime_checkable

LetterKey = NewType("LetterKey", str)
"""Names a letter within its maildrop, the same in every session until it is expunged."""


class Flag(Enum):
    """States of a letter that all stores know; the value is the Maildir letter."""

    DRAFT = "D"
    FLAGGED = "F"
    PASSED = "P"
    REPLIED = "R"
    SEEN = "S"
    TRASHED = "T"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a listing tells of a letter without opening it.

    `size` is in bytes; `arrived` is the delivery time in seconds since 1970 (UTC);
    `new` means that no session has listed the letter as seen by a reader yet (Maildir `new/`).
    """

    key: LetterKey
    flags: frozenset[Flag]
    new: bool
    size: int
    arrived: float
    keywords: frozenset[str] = frozenset()


class Append(Protocol):
    """A letter on its way into a maildrop: there after `commit`, nowhere before, never torn."""

    async def write(self, data: bytes) -> None:
        """Add bytes to the letter."""

    async def commit(self) -> LetterKey:
        """Make the letter durable and visible; only after this may anyone say 250."""

    async def abort(self) -> None:
        """Leave no trace; idempotent, and harmless after `commit`."""


class Maildrop(Protocol):
    """Where a subscriber's letters lie."""

    async def scan(self) -> Sequence[Entry]:
        """Every letter, in order of arrival. A name that vanished is only left out once that is confirmed."""

    async def head(self, key: LetterKey) -> bytes:
        """The header block, at most 256 KiB of it, as stored."""

    async def fetch(self, key: LetterKey) -> bytes:
        """The whole letter, byte for byte as stored."""

    async def mark(
        self,
        key: LetterKey,
        *,
        add: Collection[Flag] = frozenset(),
        remove: Collection[Flag] = frozenset(),
        add_keywords: Collection[str] = frozenset(),
        remove_keywords: Collection[str] = frozenset(),
    ) -> None:
        """Change flags and keywords; what is unknown to us survives. What is no keyword raises `MaildropFailure`."""

    async def expunge(self, keys: Iterable[LetterKey]) -> None:
        """Remove these letters for good; a letter already gone is no error."""

    async def begin(
        self,
        flags: Collection[Flag] = frozenset(),
        *,
        keywords: Collection[str] = frozenset(),
        arrived: float | None = None,
    ) -> Append:
        """Start putting a letter in; it arrives as new unless `flags` has SEEN, and now unless `arrived` says when."""

    async def copy(self, keys: Iterable[LetterKey], to: "Maildrop") -> Sequence[LetterKey]:
        """Copy letters with bytes, flags, keywords and arrival; their keys there, in the order of `keys`.

        All or nothing as far as the store can.
        """

    async def move(self, keys: Iterable[LetterKey], to: "Maildrop") -> Sequence[LetterKey]:
        """Copy, then, once the copies are durable, expunge: a crash in between leaves two letters, never none."""

    async def wait(self, seconds: float) -> bool:
        """True as soon as something may have changed since the last `scan`, false after `seconds` without a change."""

    async def close(self) -> None:
        """Give back locks, descriptors and connections; idempotent."""


@runtime_checkable
class Marking(Protocol):
    """A maildrop that need not be scanned to say which letters have a flag."""

    async def marked(self, keys: Sequence[LetterKey], flag: Flag) -> Collection[LetterKey]:
        """Those of these letters that have the flag now, whoever has set it."""


@runtime_checkable
class Recognizing(Protocol):
    """A maildrop that knows a letter again by the ident that is in its `Received` field, which no other letter has.

    So a try that was cut short is not made again if it had come to its end. An ident is 32 hexadecimal digits.
    """

    async def begin_as(self, ident: str) -> Append:
        """Start putting a letter of that ident in; it arrives as new, and now."""

    async def has(self, ident: str) -> bool:
        """Whether a letter put in as that one is there, whatever was marked on it since; it is durable then."""


async def marked_in(maildrop: Maildrop, keys: Sequence[LetterKey], flag: Flag) -> Collection[LetterKey]:
    """Those of these letters that have the flag now, as the maildrop itself says."""
    if isinstance(maildrop, Marking):
        return await maildrop.marked(keys, flag)
    there = {entry.key for entry in await maildrop.scan() if flag in entry.flags}
    return there.intersection(keys)


class Folders(Protocol):
    """A subscriber's folders. Names are plain Unicode with `/` between levels; `INBOX` is the maildrop itself."""

    async def names(self) -> Sequence[str]:
        """The folders that are there, INBOX first."""

    async def open(self, name: str) -> Maildrop:
        """The letters of a folder. Raises `MaildropFailure` if it is not there or no folder can have that name."""

    async def create(self, name: str) -> None:
        """Make a folder; no error if it is there."""

    async def remove(self, name: str) -> None:
        """Remove a folder with all its letters; never INBOX."""
