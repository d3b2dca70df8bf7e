"""Letters from one maildrop to another, whatever the two are: for stores that know no shorter way."""

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

from offhook.mailbox.letters.failures import LetterGone
from offhook.mailbox.letters.maildrop import Entry, Flag, LetterKey, Maildrop

INBOX = "INBOX"
"""The folder that is the maildrop itself."""
CHUNK = 256 * 1024
"""Bytes of a letter that are handed over at a time."""


@runtime_checkable
class View(Protocol):
    """A maildrop that shows another one, and adds something to it: an index."""

    inner: Maildrop


def store_of(maildrop: Maildrop) -> Maildrop:
    """The store behind a maildrop, so that stores of one kind know each other."""
    while isinstance(maildrop, View):
        maildrop = maildrop.inner
    return maildrop


async def copy_letters(source: Maildrop, keys: Iterable[LetterKey], target: Maildrop) -> Sequence[LetterKey]:
    """Put copies of `source`'s letters into `target`, one after the other; their keys there, in order.

    If one cannot be copied, those already there are taken away again.
    """
    entries = {entry.key: entry for entry in await source.scan()}
    copies: list[LetterKey] = []
    try:
        for key in keys:
            entry = entries.get(key)
            if entry is None:
                raise LetterGone("The letter is no longer there; another program has removed it.")
            copies.append(await put_copy(target, entry, await source.fetch(key)))
            await keep_listed(target, entry, copies[-1])
    except BaseException:  # cancelled too: all copies or none
        if copies:
            await target.expunge(copies)
        raise
    return copies


async def put_copy(target: Maildrop, entry: Entry, letter: bytes) -> LetterKey:
    """Put a letter that is listed so elsewhere into `target`, with flags, keywords and time of arrival."""
    octets = memoryview(letter)
    append = await target.begin(entry.flags, keywords=entry.keywords, arrived=entry.arrived)
    try:
        for start in range(0, len(octets), CHUNK):
            await append.write(bytes(octets[start : start + CHUNK]))
        return await append.commit()
    finally:
        await append.abort()


async def keep_listed(target: Maildrop, entry: Entry, key: LetterKey) -> None:
    """Have a copy be no newer than the letter was: one that was listed before and not seen is put in as new.

    Any mark makes it an old one, and a flag that it does not have can be taken from it.
    """
    if not entry.new and Flag.SEEN not in entry.flags:
        missing = next(flag for flag in Flag if flag not in entry.flags)
        await target.mark(key, remove={missing})


async def move_letters(source: Maildrop, keys: Iterable[LetterKey], target: Maildrop) -> Sequence[LetterKey]:
    """Copy, and expunge once the copies are durable: a crash in between leaves two letters, never none."""
    moving = tuple(keys)
    copies = await source.copy(moving, target)
    await source.expunge(moving)
    return copies
