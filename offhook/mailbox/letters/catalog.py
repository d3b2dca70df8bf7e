"""What a session asks of a maildrop that may hold very many letters: all of them at once, but only a few bytes of each.

A listing is one number and one byte for a letter: the number (`ref`) is made of its key, the byte holds its flags.
A hundred thousand letters are less than a megabyte, and questions like "the next unread one" are answered by
`bytes.find`. Whatever else is shown of letters is asked for a page at a time.
"""

import hashlib
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol, runtime_checkable

from offhook.mailbox.letters.maildrop import Entry, Flag, LetterKey

STATE_BITS: Mapping[Flag, int] = MappingProxyType({flag: 1 << place for place, flag in enumerate(Flag)})
"""The bit of each flag in a letter's state."""
NEW_BIT = 64
"""The bit of a letter that no reader has taken notice of."""
GONE_BIT = 128
"""The bit that a session sets when a letter it has numbered is no longer there; never in a listing."""

Where = Literal["subject", "sender"]
"""Which text of the headings is looked at."""

_FLAG_SETS = tuple(frozenset(flag for flag, bit in STATE_BITS.items() if state & bit) for state in range(64))


def ref_of(key: LetterKey) -> int:
    """The ref of the letter with this key: 63 bits of its hash, so that it is the same in every catalog."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=8).digest()) >> 1


def state_of(flags: Iterable[Flag], *, new: bool = False) -> int:
    """Flags as one byte."""
    state = NEW_BIT if new else 0
    for flag in flags:
        state |= STATE_BITS[flag]
    return state


def flags_in(state: int) -> frozenset[Flag]:
    """The flags of a state."""
    return _FLAG_SETS[state & 63]


@dataclass(frozen=True, slots=True)
class Heading:
    """A letter in a list: texts decoded and on one line, but not cleaned; `sent` in seconds since 1970, if known."""

    from_name: str
    from_address: str
    subject: str
    sent: float | None

    @property
    def sender(self) -> str:
        """The name to show: the display name, else the address."""
        return self.from_name or self.from_address

    def holds(self, where: Where, text: str) -> bool:
        """Whether the subject, or sender's name and address, holds a text, whatever the case."""
        looked_at = self.subject if where == "subject" else f"{self.from_name} {self.from_address}"
        return text.casefold() in looked_at.casefold()


@dataclass(frozen=True, slots=True)
class Listing:
    """Every letter in order of arrival: `refs[n]` names the letter whose state is `states[n]`. Nobody changes it."""

    refs: "array[int]" = field(default_factory=lambda: array("q"))
    states: bytes = b""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, and how many letters could not be looked at yet because they are still being read."""

    refs: Collection[int]
    unread: int = 0


class Catalog(Protocol):
    """A maildrop's letters, listed; a ref is what `ref_of` makes of the letter's key."""

    async def listing(self) -> Listing:
        """All letters as they are now; the same object as before when nothing has changed."""

    async def entries(self, refs: Sequence[int]) -> Sequence[Entry | None]:
        """What is known of these letters without opening them; None for one that is gone."""

    async def headings(self, refs: Sequence[int]) -> Sequence[Heading | None]:
        """What a list shows of these letters; None for one that is gone."""

    async def matching(self, where: Where, text: str) -> Collection[int]:
        """The letters whose subject, or sender's name and address, holds `text`; case does not matter."""

    async def search(self, words: Sequence[str]) -> Found:
        """The letters whose headers or text hold every one of these words."""


@runtime_checkable
class Cataloged(Protocol):
    """A maildrop that has a catalog of its own."""

    @property
    def catalog(self) -> Catalog:
        """Its letters, listed."""
