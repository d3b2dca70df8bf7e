"""A maildrop as an index looks at it: which letters have come and gone since it looked last, and what is in them.

A survey's methods wait for the disk; they are called in a process or thread of their own. Each letter has a word there
that changes whenever its flags do, so that comparing two sets of words tells all that has changed.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

from offhook.mailbox.letters.maildrop import Entry, Flag, LetterKey


@dataclass(frozen=True, slots=True)
class Changes:
    """Words that came and went, and the stamp to be remembered: empty when it could not vouch for what was seen.

    `order` is all words as the maildrop orders them; where there is none, letters are in the order of their arrival.
    """

    come: Sequence[str]
    gone: Sequence[str]
    stamp: str
    order: Sequence[str] | None = None


class Survey(Protocol):
    """One maildrop, looked at. It can be pickled. Methods raise `MaildropFailure` when it cannot be read."""

    def stamp(self) -> str | None:
        """The same text as long as nothing changes; None where that cannot be told cheaply."""

    def compare(self, known: Set[str], stamp: str) -> Changes:
        """What is different from the words `known`, which were true at `stamp`."""

    def entries(self, words: Sequence[str]) -> Iterator[Entry | None]:
        """What is known of letters without opening them, in this order; None for one that is no longer there."""

    def heads(self, words: Sequence[str]) -> Iterator[bytes | None]:
        """The header sections of letters, in this order; None for one that is no longer there by that word."""

    def letter(self, word: str, limit: int) -> bytes | None:
        """The first `limit` bytes of a letter; None if it is no longer there by that word."""


@runtime_checkable
class Remembering(Protocol):
    """A store, or the survey of one, that keeps what it finds, so that the next process need not look for it."""

    def remember_in(self, file: str) -> None:
        """Keep it in this file, and begin with what is found there."""


def word_of(entry: Entry) -> str:
    """A word for stores that have no name of their own for a letter and its state: key, flags and keywords."""
    return entry.key + _state_in_words(entry.flags, entry.new, entry.keywords)


@lru_cache(maxsize=1000)
def _state_in_words(flags: frozenset[Flag], new: bool, keywords: frozenset[str]) -> str:
    letters = "".join(sorted(flag.value for flag in flags)) + ("n" if new else "")
    return "\0".join(("", letters, " ".join(sorted(keywords))))


def key_in(word: str) -> LetterKey:
    """The key in a word that `word_of` made."""
    return LetterKey(word.partition("\0")[0])
