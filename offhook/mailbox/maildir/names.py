"""File names in a Maildir: a unique base that names the letter for ever, and flags after `:2,` that come and go.

`1700000000.M5P77Q1R0f3a.host,S=1234:2,FS` is a letter of 1,234 bytes, flagged and seen. Small
letters are keywords, as Dovecot numbers them. Letters that we do not know and whatever stands after a further comma
are kept as they are.
"""

import os
import re
import socket
import string
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, count

from offhook.mailbox.letters import Flag, LetterKey

KEYWORD_LETTERS = string.ascii_lowercase


def _combinations(letters: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(letters, length) for length in range(len(letters) + 1))


_INFO = ":2,"
_SIZE = re.compile(r",S=(\d{1,15})(?=,|$)")
_SECONDS = re.compile(r"(\d{9,10})\.(?:M(\d{1,6})(?!\d))?")
_KNOWN = {flag.value: flag for flag in Flag}
_SETS = {"".join(letters): frozenset(map(_KNOWN.__getitem__, letters)) for letters in _combinations(sorted(_KNOWN))}
_UNFIT = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class LetterName:
    """A file name taken apart: base, flag letters, and the text from the first further comma on."""

    base: str
    letters: str
    rest: str

    @property
    def key(self) -> LetterKey:
        """The letter's key: the base, which no flag change touches."""
        return LetterKey(self.base)

    @property
    def flags(self) -> frozenset[Flag]:
        """The flags that all stores know."""
        return flags_of(self.letters)

    @property
    def size(self) -> int | None:
        """Size in bytes as the name tells it (`,S=`), or None."""
        found = _SIZE.search(self.base)
        return int(found[1]) if found else None

    @property
    def arrived(self) -> float | None:
        """Delivery time as the name tells it, in seconds since 1970, or None."""
        found = _SECONDS.match(self.base)
        return int(found[1]) + int(found[2] or 0) / 1_000_000 if found else None

    @property
    def keyword_letters(self) -> str:
        """The small letters, which stand for keywords (`dovecot-keywords` says which)."""
        return "".join(letter for letter in self.letters if letter in KEYWORD_LETTERS)

    @property
    def foreign_letters(self) -> str:
        """The letters that are neither flags we know nor keywords: inventions of other programs."""
        return "".join(letter for letter in self.letters if letter not in _KNOWN and letter not in KEYWORD_LETTERS)

    def with_letters(self, add: str, remove: str) -> str:
        """The file name with letters changed: once each and in ASCII order, those not named kept."""
        letters = set(self.letters) - set(remove) | set(add)
        return f"{self.base}{_INFO}{''.join(sorted(letters))}{self.rest}"


def read_name(file_name: str) -> LetterName:
    """Take a file name apart; a name without `:2,` has no flags."""
    base, _, info = file_name.partition(_INFO)
    letters, comma, rest = info.partition(",")
    return LetterName(base, letters, comma + rest)


def flags_of(letters: str) -> frozenset[Flag]:
    """The flags among letters."""
    return _SETS.get(letters) or frozenset(_KNOWN[letter] for letter in letters if letter in _KNOWN)


def letters_of(flags: Collection[Flag]) -> str:
    """The letters of flags, as they stand after `:2,`."""
    return "".join(sorted(flag.value for flag in flags))


def is_letter(file_name: str) -> bool:
    """Whether a name in `new` or `cur` is a letter: names with a dot in front (`.nfs...`) are not."""
    return not file_name.startswith((".", ":"))


def unique_base(seconds: float, process: int, number: int, chance: str, host: str) -> str:
    """A base no other delivery uses: time, process, count, chance and host (the rules of maildir(5))."""
    whole, micro = divmod(int(seconds * 1_000_000), 1_000_000)
    return f"{whole}.M{micro}P{process}Q{number}R{chance}.{_UNFIT.sub(_octal, host)[:64] or 'localhost'}"


def has_ident(base: str, ident: str) -> bool:
    """Whether a base was made with `ident` in place of chance."""
    return f"R{ident}." in base


class UniqueNames:
    """Makes bases for one session, of which no two are alike anywhere; called with the time, in seconds since 1970."""

    def __init__(self) -> None:
        self._numbers = count()

    def __call__(self, seconds: float, ident: str = "") -> str:
        """The next; `ident` is what stands in it in place of chance (`has_ident`)."""
        return unique_base(
            seconds, os.getpid(), next(self._numbers), ident or os.urandom(8).hex(), socket.gethostname()
        )


def _octal(found: re.Match[str]) -> str:
    """A character of the host name that a file name may not have: a backslash and octal digits for it."""
    return "".join(f"\\{octet:03o}" for octet in found[0].encode("utf_8", "replace"))
