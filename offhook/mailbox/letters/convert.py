"""All letters of one maildrop into another, whatever the two are; an interrupted one is done again without doubles.

Two letters are the same if their octets are, however their lines end: a mail server ends them with CR LF, files with
LF. It counts them so, too: hence a letter is looked for among those of its size in either counting, which finds all
but one whose lines end in both ways in the target and in one way in the source.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from offhook.mailbox.letters.failures import LetterGone
from offhook.mailbox.letters.maildrop import LetterKey, Maildrop
from offhook.mailbox.letters.transfer import keep_listed, put_copy


@dataclass(frozen=True, slots=True)
class Converted:
    """How many letters were put in, and how many were there already."""

    copied: int
    there: int


async def convert(source: Maildrop, target: Maildrop, done: Callable[[int, int], None] | None = None) -> Converted:
    """Put every letter of `source` into `target`, with octets, flags, keywords and time of arrival; none becomes new.

    A letter that `target` has already is not put in again, so that it may be called again after it was interrupted;
    `source` is only read. `done` hears how many of how many letters are done.
    """
    entries = await source.scan()
    there = await _There.before(target)
    copied = already = 0
    for number, entry in enumerate(entries, 1):
        try:
            letter = await source.fetch(entry.key)
        except LetterGone:  # taken away by another program meanwhile
            continue
        if await there.has(letter):
            already += 1
        else:
            await keep_listed(target, entry, await put_copy(target, entry, letter))
            copied += 1
        if done is not None:
            done(number, len(entries))
    return Converted(copied, already)


class _There:
    """The letters that a maildrop had at the beginning; each is read at most once, and only if its size asks for it."""

    def __init__(self, maildrop: Maildrop, unread: dict[int, list[LetterKey]]) -> None:
        self._maildrop = maildrop
        self._unread = unread
        self._left: Counter[bytes] = Counter()

    @classmethod
    async def before(cls, maildrop: Maildrop) -> "_There":
        """What is there now."""
        unread: dict[int, list[LetterKey]] = defaultdict(list)
        for entry in await maildrop.scan():
            unread[entry.size].append(entry.key)
        return cls(maildrop, unread)

    async def has(self, letter: bytes) -> bool:
        """Whether this letter is there, once more than it was asked for."""
        lines = _lines(letter)
        for size in (len(letter), len(lines), len(lines) + lines.count(b"\n")):
            for key in self._unread.pop(size, ()):
                try:
                    self._left[sha256(_lines(await self._maildrop.fetch(key))).digest()] += 1
                except LetterGone:  # taken away by another program meanwhile
                    continue
        digest = sha256(lines).digest()
        if not self._left[digest]:
            return False
        self._left[digest] -= 1
        return True


def _lines(letter: bytes) -> bytes:
    """A letter with LF at the ends of its lines."""
    return letter.replace(b"\r\n", b"\n")
