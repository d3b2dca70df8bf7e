"""An mbox as a maildrop, safe beside Postfix, Dovecot, mutt, Alpine, procmail and maildrop on the same file.

The work is done in threads. A lock that another program holds is tried again after a random while, on the event loop:
nobody waits for one in a thread, and none is held meanwhile. docs/mailboxes.md says what is promised.
"""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from offhook.mailbox.files import BoxFiles, DiskBoxFiles
from offhook.mailbox.letters import (
    Append,
    Entry,
    Flag,
    LetterKey,
    Maildrop,
    MaildropFailure,
    check_keywords,
    copy_letters,
    move_letters,
)
from offhook.mailbox.mbox.box import MboxBox, new_state
from offhook.mailbox.mbox.listing import BoxStamp
from offhook.mailbox.store import MAX_LETTER_BYTES, BoxBusy, Watch

T = TypeVar("T")

LOCK_SECONDS = 30.0
"""How long a lock that others hold is tried for."""
RELOOK_SECONDS = 3.0
"""Pause between looks at a box whose changes nobody tells of: over NFS a letter is to be seen within five seconds."""

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.1
"""Short, for where many programs are at a box whoever looks seldom never finds it free."""


class Mbox:
    """A `Maildrop` kept as an mbox at `path`; the file is made, with mode 0600, when the first letter comes.

    `executor` runs the calls that wait for the disk (the event loop's own when None); `files` are the calls themselves;
    `patience` is for how many seconds a lock is tried.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        executor: Executor | None = None,
        files: BoxFiles | None = None,
        now: Callable[[], float] = time.time,
        patience: float = LOCK_SECONDS,
    ) -> None:
        self._executor = executor
        self._now = now
        self._patience = patience
        self.path = os.path.abspath(path)
        self._box = MboxBox(self.path, files or DiskBoxFiles(), now)

    def remember_in(self, file: str) -> None:
        """Keep what is found in the box in a file, for other processes, and begin with what is found there."""
        self._box.remember_in(file)

    async def scan(self) -> Sequence[Entry]:
        """Every letter, in the order of the box."""
        return await self._run(self._box.scan)

    async def head(self, key: LetterKey) -> bytes:
        """The header section up to the empty line, at most 256 KiB of it, without the fields that are the box's."""
        return await self._run(partial(self._box.head, key))

    async def fetch(self, key: LetterKey) -> bytes:
        """The whole letter, byte for byte as it was put in."""
        return await self._run(partial(self._box.fetch, key))

    async def mark(
        self,
        key: LetterKey,
        *,
        add: Collection[Flag] = frozenset(),
        remove: Collection[Flag] = frozenset(),
        add_keywords: Collection[str] = frozenset(),
        remove_keywords: Collection[str] = frozenset(),
    ) -> None:
        """Change flags and keywords; unknown ones survive. Changing nothing leaves a new letter new."""
        check_keywords(add_keywords)
        if add or remove or add_keywords or remove_keywords:
            await self._run(
                lambda: self._box.mark(key, lambda state: state.changed(add, remove, add_keywords, remove_keywords))
            )

    async def expunge(self, keys: Iterable[LetterKey]) -> None:
        """Remove these letters for good; a letter already gone is no error."""
        going = tuple(keys)
        if going:
            await self._run(partial(self._box.expunge, going))

    async def begin(
        self,
        flags: Collection[Flag] = frozenset(),
        *,
        keywords: Collection[str] = frozenset(),
        arrived: float | None = None,
    ) -> Append:
        """Start putting a letter in; the disk is touched by `commit`."""
        check_keywords(keywords)
        state = new_state(flags, keywords)
        return _Append(lambda letter: self._run(lambda: self._box.append(letter, state, self._time(arrived))))

    async def begin_as(self, ident: str) -> Append:
        """Start putting a letter in: its `Received` field is what it is known by (`Recognizing`)."""
        return await self.begin()

    async def has(self, ident: str) -> bool:
        """Whether `ident` is anywhere in the box (`Recognizing`)."""
        return await self._run(partial(self._box.has, ident.encode("ascii")))

    def _time(self, arrived: float | None) -> float:
        return self._now() if arrived is None else arrived

    async def copy(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        """Copy letters, one after the other; if one cannot be copied, those already there are taken away again."""
        return await copy_letters(self, keys, to)

    async def move(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        """Copy, then, once the copies are durable, expunge."""
        return await move_letters(self, keys, to)

    async def wait(self, seconds: float) -> bool:
        """True as soon as something has changed since the last `scan`: by inotify, and by looking every few seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        watch = Watch()
        try:
            await self._in_thread(partial(self._box.watch, watch))
            while not await self._run(self._box.has_changed):
                rest = until - loop.time()
                if rest <= 0:
                    return False
                await watch.heard(min(rest, RELOOK_SECONDS))
            return True
        finally:
            watch.close()

    async def stamp(self) -> BoxStamp | None:
        """By what the box will be known to be unchanged; None when there is none."""
        return await self._run(self._box.stamp)

    async def make(self) -> None:
        """Make the file if it is not there."""
        await self._run(self._box.make)

    async def destroy(self) -> None:
        """Remove the file with all its letters, when nobody else is at it."""
        await self._run(self._box.destroy)

    async def close(self) -> None:
        """Nothing is kept open, and no lock held, between calls."""

    async def _run(self, call: Callable[[], T]) -> T:
        """Call in a thread, again and again while another program holds a lock."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return await self._in_thread(call)
            except BoxBusy:
                if loop.time() >= until:
                    raise
            await asyncio.sleep(random.uniform(pause / 2, pause))
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)


class _Append:
    """A letter on its way in (`Append`), in memory until `commit`, so that the box is locked for one write only."""

    def __init__(self, put_in: Callable[[bytearray], Awaitable[LetterKey]]) -> None:
        self._put_in = put_in
        self._letter: bytearray | None = bytearray()

    async def write(self, data: bytes) -> None:
        """Add bytes to the letter."""
        if self._letter is None:
            raise MaildropFailure("The letter is already finished.")
        if len(self._letter) + len(data) > MAX_LETTER_BYTES:
            self._letter = None
            raise MaildropFailure(f"The letter is larger than {MAX_LETTER_BYTES >> 20} MB and is not kept here.")
        self._letter += data

    async def commit(self) -> LetterKey:
        """Make the letter durable and visible."""
        if self._letter is None:
            raise MaildropFailure("The letter is already finished.")
        letter, self._letter = self._letter, None
        return await self._put_in(letter)

    async def abort(self) -> None:
        """Leave no trace."""
        self._letter = None
