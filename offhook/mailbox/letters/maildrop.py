"""The promise every store of letters keeps, whatever its files look like.

A letter is bytes that never change; a key names it for as long as it is there. Flags
belong to the store, not to the bytes. All methods may raise `MaildropFailure`
(`failures.py`); a key whose letter another program has taken away raises `LetterGone`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NewType, Protocol

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
        self, key: LetterKey, *, add: Collection[Flag] = frozenset(), remove: Collection[Flag] = frozenset()
    ) -> None:
        """Change flags; flags unknown to us survive."""

    async def expunge(self, keys: Iterable[LetterKey]) -> None:
        """Remove these letters for good; a letter already gone is no error."""

    async def begin(self, flags: Collection[Flag] = frozenset()) -> Append:
        """Start putting a letter in; it arrives as new unless `flags` has SEEN."""
