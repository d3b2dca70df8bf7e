"""The folders of a mailbox kept as mbox files: a directory of them, such as ~/mail, and INBOX there or elsewhere.

A file that is empty or begins as an mbox is a folder; directories are levels, as mutt and Dovecot have them. What is
made below a folder lies in a directory with its name and `.sbd` (as Thunderbird has it), since a name cannot be a file
and a directory. Names are in modified UTF-7 where they are not plain. Nothing is opened through a link.
"""

import asyncio
import os
import posixpath
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from typing import TypeVar

from offhook.mailbox.files import BoxFiles, DiskBoxFiles
from offhook.mailbox.letters import INBOX, Maildrop, MaildropFailure
from offhook.mailbox.mbox.box import MboxBox
from offhook.mailbox.mbox.mbox import Mbox
from offhook.mailbox.mbox.parse import MMDF_LINE
from offhook.mailbox.store import as_maildrop_failure, decode_level, directory_of, encode_level, make_path

T = TypeVar("T")

BELOW = ".sbd"
"""What the name of a directory ends in that holds the folders below the one of its name."""
MOST_FOLDERS = 10_000
DEEPEST = 16

_NOT_BOXES = (".lock", BELOW, ".msf", "~")


class MboxFolders:
    """`Folders` of the mbox files in the directory `path`; INBOX is the file `inbox`, or `inbox` in the directory."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        inbox: str | os.PathLike[str] | None = None,
        *,
        executor: Executor | None = None,
        files: BoxFiles | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._path = os.path.abspath(path)
        self._inbox = os.path.abspath(inbox) if inbox is not None else os.path.join(self._path, "inbox")
        self._files = files or DiskBoxFiles(self._path)
        self._executor = executor
        self._now = now

    async def names(self) -> Sequence[str]:
        """INBOX, and the others by name."""
        found = await self._run(self._find_all)
        return [INBOX, *sorted(found, key=lambda name: (name.casefold(), name))]

    async def open(self, name: str) -> Maildrop:
        """The letters of a folder."""
        return self._mbox(await self._run(lambda: self._find(name)))

    async def create(self, name: str) -> None:
        """Make a folder: an empty file of mode 0600; no error if it is there."""
        if _checked(name) and name not in await self._run(self._find_all):
            await self._mbox(self._new_path(name)).make()

    async def remove(self, name: str) -> None:
        """Remove a folder with all its letters, and leave those below it."""
        path = await self._run(lambda: self._find(name))
        if path == self._inbox:
            raise MaildropFailure("INBOX is the mailbox itself and cannot be removed.")
        await self._mbox(path).destroy()

    def mend(self, go_on: Callable[[], bool]) -> list[str]:
        """Finish what a crash has left beside any folder, as long as `go_on` says so; the files that had something.

        It waits for the disk. A box that somebody uses, or that cannot be opened, is left as it is.
        """
        mended: list[str] = []
        folders = self._find_all().values() if os.path.isdir(self._path) else ()
        for path in (self._inbox, *folders):
            if not go_on():
                break
            with suppress(MaildropFailure):
                if MboxBox(path, self._files, self._now).mend():
                    mended.append(path)
        return mended

    def _mbox(self, path: str) -> Mbox:
        return Mbox(path, executor=self._executor, files=self._files, now=self._now)

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    def _find(self, name: str) -> str:
        """The file of a folder that is there."""
        if not _checked(name):
            return self._inbox
        try:
            return self._find_all()[name]
        except KeyError:
            raise MaildropFailure("There is no such folder.") from None

    def _new_path(self, name: str) -> str:
        *above, last = map(encode_level, name.split("/"))
        return posixpath.join(self._path, *(level + BELOW for level in above), last)

    @contextmanager
    def _root(self) -> Iterator[int]:
        with as_maildrop_failure():
            try:
                root = self._files.open_folder(self._path)
            except FileNotFoundError:
                make_path(self._files, self._path)
                root = self._files.open_folder(self._path)
            try:
                yield root
            finally:
                self._files.close(root)

    def _find_all(self) -> dict[str, str]:
        """Every folder's name and file, but for INBOX."""
        found: dict[str, str] = {}
        with self._root() as root:
            self._gather(root, self._path, "", found, 0)
        return {name: path for name, path in found.items() if path != self._inbox and name.upper() != INBOX}

    def _gather(self, folder: int, path: str, prefix: str, found: dict[str, str], depth: int) -> None:
        for file_name in self._files.list_folder(folder):
            name = prefix + decode_level(file_name)
            if len(found) < MOST_FOLDERS and self._is_box(file_name, folder) and _fits(name):
                found.setdefault(name, posixpath.join(path, file_name))
        if depth >= DEEPEST:
            return
        for directory in self._files.list_subfolders(folder):
            if directory.startswith("."):
                continue
            try:
                inner = self._files.open_subfolder(directory, folder)
            except OSError:  # gone, or not ours to open
                continue
            try:
                level = prefix + decode_level(directory.removesuffix(BELOW)) + "/"
                self._gather(inner, posixpath.join(path, directory), level, found, depth + 1)
            finally:
                self._files.close(inner)

    def _is_box(self, name: str, folder: int) -> bool:
        if name.startswith(".") or name.endswith(_NOT_BOXES):
            return False
        try:
            file = self._files.open_box(name, folder, writable=False)
        except OSError:  # gone, or not ours to open
            return False
        try:
            beginning = self._files.read_at(file, len(MMDF_LINE), 0)
        finally:
            self._files.close(file)
        return not beginning or beginning.startswith(b"From ") or beginning == MMDF_LINE


def _checked(name: str) -> str:
    """The name, empty for INBOX. Raises `MaildropFailure` for what no folder can be called."""
    if not directory_of(name):
        return ""
    if any(level.lower().endswith(_NOT_BOXES) for level in name.split("/")):
        raise MaildropFailure("No folder can have that name.")
    return name


def _fits(name: str) -> bool:
    try:
        return bool(_checked(name))
    except MaildropFailure:
        return False
