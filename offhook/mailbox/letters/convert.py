"""All letters of one maildrop into another, whatever the two are; an interrupted one is done again without doubles."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from offhook.mailbox.letters.failures import LetterGone
from offhook.mailbox.letters.maildrop import Maildrop
from offhook.mailbox.letters.transfer import keep_listed, put_copy


@dataclass(frozen=True, slots=True)
class Converted:
    """How many letters were put in, and how many were there already."""

    copied: int
    there: int


async def convert(source: Maildrop, target: Maildrop, done: Callable[[int, int], None] | None = None) -> Converted:
    """Put every letter of `source` into `target`, with octets, flags, keywords and time of arrival; none becomes new.

    A letter that `target` has already, octet for octet, is not put in again, so that it may be called again after it
    was interrupted; `source` is only read. `done` hears how many of how many letters are done.
    """
    entries = await source.scan()
    there = await _digests(target, {entry.size for entry in entries})
    copied = already = 0
    for number, entry in enumerate(entries, 1):
        try:
            letter = await source.fetch(entry.key)
        except LetterGone:  # taken away by another program meanwhile
            continue
        digest = sha256(letter).digest()
        if there[digest]:
            there[digest] -= 1
            already += 1
        else:
            await keep_listed(target, entry, await put_copy(target, entry, letter))
            copied += 1
        if done is not None:
            done(number, len(entries))
    return Converted(copied, already)


async def _digests(maildrop: Maildrop, sizes: set[int]) -> Counter[bytes]:
    """How often each letter is there, of those that have one of these sizes."""
    found: Counter[bytes] = Counter()
    for entry in await maildrop.scan():
        if entry.size in sizes:
            found[sha256(await maildrop.fetch(entry.key)).digest()] += 1
    return found
