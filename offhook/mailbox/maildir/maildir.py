"""A Maildir as a maildrop (maildir(5)): letters as files, one each, safe beside other programs on the same folders.

The work is done in threads, so that a slow disk or file server keeps its own callers waiting and nobody else.
"""

import asyncio
import os
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from offhook.mailbox.files import DiskFiles, Files
from offhook.mailbox.letters import (
    Append,
    Entry,
    Flag,
    LetterKey,
    Maildrop,
    check_keywords,
    copy_letters,
    move_letters,
    store_of,
)
from offhook.mailbox.maildir.append import MaildirAppend
from offhook.mailbox.maildir.copying import MaildirCopy
from offhook.mailbox.maildir.folder import RELIST_SECONDS, Change, MaildirFolder
from offhook.mailbox.maildir.names import UniqueNames
from offhook.mailbox.maildir.quota import MaildirQuota
from offhook.mailbox.store import Watch

T = TypeVar("T")

_A_LITTLE = 0.1
"""Seconds by which a look comes later than the listing before it is out of date."""


class Maildir:
    """A `Maildrop` kept as a Maildir at `path`; the folders are made, with mode 0700, when they are first needed.

    `executor` runs the calls that wait for the disk (the event loop's own when None); `files` are the calls themselves.
    `within` is the root of the Maildir++ mailbox whose folder this is: its quota counts, and nothing is made.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        executor: Executor | None = None,
        files: Files | None = None,
        now: Callable[[], float] = time.time,
        within: str | os.PathLike[str] | None = None,
    ) -> None:
        self._executor = executor
        self._files = files or DiskFiles(os.fspath(within or path))
        self.path = os.path.abspath(path)
        self.within = None if within is None else os.path.abspath(within)
        names = UniqueNames()
        quota = MaildirQuota(self._files, self.within or self.path, now, names)
        self._folder = MaildirFolder(self.path, self._files, now, names, quota, make=within is None)

    async def scan(self) -> Sequence[Entry]:
        """Every letter, in order of arrival."""
        return await self._run(self._folder.scan)

    async def head(self, key: LetterKey) -> bytes:
        """The header section up to the empty line, at most 256 KiB of it, as stored."""
        return await self._run(partial(self._folder.head, key))

    async def fetch(self, key: LetterKey) -> bytes:
        """The whole letter, byte for byte as stored."""
        return await self._run(partial(self._folder.fetch, key))

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
        change = Change(add, remove, add_keywords, remove_keywords)
        if change:
            await self._run(partial(self._folder.mark, key, change))

    async def expunge(self, keys: Iterable[LetterKey]) -> None:
        """Remove these letters for good; a letter already gone is no error."""
        await self._run(partial(self._folder.expunge, tuple(keys)))

    async def begin(
        self,
        flags: Collection[Flag] = frozenset(),
        *,
        keywords: Collection[str] = frozenset(),
        arrived: float | None = None,
    ) -> Append:
        """Start putting a letter in; the disk is touched by the first `write`."""
        check_keywords(keywords)
        return _Append(self._folder.begin(flags, keywords, arrived), self._executor)

    async def begin_as(self, ident: str) -> Append:
        """Start putting a letter in whose file has `ident` in its name (`Recognizing`)."""
        return _Append(self._folder.begin((), (), None, ident), self._executor)

    async def has(self, ident: str) -> bool:
        """Whether a letter of that ident is in `new` or `cur`, with whatever flags (`Recognizing`)."""
        return await self._run(partial(self._folder.has, ident))

    async def copy(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        """Copy letters: into another Maildir as further links to the same files where the file system has them."""
        to = store_of(to)
        if isinstance(to, Maildir):
            return await self._run(partial(MaildirCopy(self._files, self._folder, to._folder).run, tuple(keys)))
        return await copy_letters(self, keys, to)

    async def move(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        """Copy, then, once the copies are durable, expunge; within a mailbox whose quota is used up too."""
        to = store_of(to)
        if not isinstance(to, Maildir):
            return await move_letters(self, keys, to)
        moving = tuple(keys)
        copies = await self._run(partial(MaildirCopy(self._files, self._folder, to._folder, moving=True).run, moving))
        await self.expunge(moving)
        return copies

    async def wait(self, seconds: float) -> bool:
        """True as soon as something has changed since the last `scan`: by inotify, or by looking."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        watch = Watch()
        try:
            await self._run(partial(self._folder.watch, watch))
            while not await self._run(self._folder.has_changed):
                rest = until - loop.time()
                if rest <= 0:
                    return False
                blind = watch.is_deaf or self._folder.is_remote
                await watch.heard(min(rest, RELIST_SECONDS + _A_LITTLE) if blind else rest)
            return True
        finally:
            watch.close()

    async def close(self) -> None:
        """Nothing is kept open between calls."""

    async def _run(self, call: Callable[[], T]) -> T:
        return await _in_thread(self._executor, call)


async def _in_thread(executor: Executor | None, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(executor, call)


class _Append:
    """A letter on its way in (`Append`), off the event loop."""

    def __init__(self, append: MaildirAppend, executor: Executor | None) -> None:
        self._append = append
        self._executor = executor

    async def write(self, data: bytes) -> None:
        """Add bytes to the letter."""
        await _in_thread(self._executor, partial(self._append.write, data))

    async def commit(self) -> LetterKey:
        """Make the letter durable and visible."""
        return await _in_thread(self._executor, self._append.commit)

    async def abort(self) -> None:
        """Leave no trace."""
        await _in_thread(self._executor, self._append.abort)
