"""The folders of a Maildir++ mailbox: Maildirs that are directories with a dot in front, in the root, which is INBOX.

What is half made or half removed is not listed: `cur` is made last, and a folder that goes is first renamed to a name
with two dots in front.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

from offhook.mailbox.files import DiskFiles, Files
from offhook.mailbox.letters import INBOX, Maildrop, MaildropFailure
from offhook.mailbox.maildir.box import open_box
from offhook.mailbox.maildir.maildir import Maildir
from offhook.mailbox.maildir.names import UniqueNames
from offhook.mailbox.maildir.quota import MaildirQuota, Usage, count_letters
from offhook.mailbox.store import as_maildrop_failure, directory_of, name_of

T = TypeVar("T")

MARK = "maildirfolder"
"""The empty file that says that a Maildir is a folder of the one above it."""
GONE = "..offhook-removed-"
DEEPEST = 8
"""Levels of directories in a folder that is removed."""

_PARTS = ("tmp", "new", "cur")


class MaildirFolders:
    """`Folders` of the Maildir at `path`; the parameters are those of `Maildir`."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        executor: Executor | None = None,
        files: Files | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._path = os.path.abspath(path)
        self._files = files or DiskFiles(self._path)
        self._executor = executor
        self._now = now
        self._names = UniqueNames()

    async def names(self) -> Sequence[str]:
        """INBOX, and the others by name."""
        return await self._run(self._list)

    async def open(self, name: str) -> Maildrop:
        """The letters of a folder."""
        directory = await self._run(partial(self._find, name))
        if not directory:
            return Maildir(self._path, executor=self._executor, files=self._files, now=self._now)
        path = os.path.join(self._path, directory)
        return Maildir(path, executor=self._executor, files=self._files, now=self._now, within=self._path)

    async def create(self, name: str) -> None:
        """Make a folder, with mode 0700; no error if it is there."""
        await self._run(partial(self._create, name))

    async def remove(self, name: str) -> None:
        """Remove a folder with all its letters, and leave those below it."""
        await self._run(partial(self._remove, name))

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    @contextmanager
    def _root(self) -> Iterator[int]:
        """The root, made if it is missing."""
        with as_maildrop_failure(), open_box(self._files, self._path) as box:
            yield box.root

    def _list(self) -> list[str]:
        with self._root() as root:
            names = [name for directory in self._directories(root) if (name := name_of(directory)) is not None]
            return [INBOX, *sorted(names, key=lambda name: (name.casefold(), name))]

    def _directories(self, root: int) -> list[str]:
        """The directories that are folders. Raises `MaildropFailure` where folders are kept in another manner."""
        found = []
        for directory in self._files.list_subfolders(root):
            if directory in _PARTS or directory.startswith(".."):
                if directory.startswith(GONE):
                    with suppress(OSError):
                        self._empty(directory, root)
                continue
            if not self._is_maildir(directory, root):
                continue
            if not directory.startswith("."):
                raise MaildropFailure(
                    "The folders of this mailbox are nested directories (LAYOUT=fs), which this host cannot use."
                )
            found.append(directory)
        return found

    def _is_maildir(self, directory: str, root: int) -> bool:
        try:
            folder = self._files.open_subfolder(directory, root)
        except OSError:  # a link by now, or gone, or not ours to open
            return False
        try:
            self._files.close(self._files.open_subfolder("cur", folder))
        except OSError:
            return False
        finally:
            self._files.close(folder)
        return True

    def _find(self, name: str) -> str:
        """The directory of a folder that is there, empty for INBOX; another program may have spelt it otherwise."""
        directory = directory_of(name)
        if not directory:
            return ""
        with self._root() as root:
            if self._is_maildir(directory, root):
                return directory
            for other in self._directories(root):
                if name_of(other) == name:
                    return other
        raise MaildropFailure("There is no such folder.")

    def _create(self, name: str) -> None:
        directory = directory_of(name)
        if not directory:
            return
        with self._root() as root:
            there = self._directories(root)
            if directory in there or name in map(name_of, there):
                return
            self._files.make_folder(directory, root)
            folder = self._files.open_subfolder(directory, root)
            try:
                with suppress(FileExistsError):
                    self._files.close(self._files.create(MARK, folder))
                for part in _PARTS:
                    self._files.make_folder(part, folder)
                self._files.sync(folder)
            finally:
                self._files.close(folder)
            self._files.sync(root)

    def _remove(self, name: str) -> None:
        directory = self._find(name)
        if not directory:
            raise MaildropFailure("INBOX is the mailbox itself and cannot be removed.")
        gone = GONE + self._names(self._now())
        with self._root() as root:
            self._files.rename(directory, root, gone, root)
            self._files.sync(root)
            with suppress(OSError):  # it is gone; what is left of it goes when folders are listed
                self._account_for(gone, root)
                self._empty(gone, root)

    def _account_for(self, directory: str, root: int) -> None:
        folder = self._files.open_subfolder(directory, root)
        try:
            used = count_letters(self._files, folder)
        finally:
            self._files.close(folder)
        MaildirQuota(self._files, self._path, self._now, self._names).add(Usage(-used.size, -used.count))

    def _empty(self, directory: str, inside: int, depth: int = 0) -> None:
        """Remove a directory with what is in it; links are removed, not followed."""
        if depth > DEEPEST:
            return
        folder = self._files.open_subfolder(directory, inside)
        try:
            for name in self._files.list_all(folder):
                try:
                    self._files.remove(name, folder)
                except IsADirectoryError:
                    self._empty(name, folder, depth + 1)
        finally:
            self._files.close(folder)
        self._files.remove_folder(directory, inside)
