"""The spool's folders, opened for one piece of work, and the lock that orders all changes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from offhook.mailbox.files import Files

_NAMES = ("tmp", "letters", "queue")


@dataclass(frozen=True, slots=True)
class Folders:
    """Open descriptors: files being written, letters, envelopes."""

    tmp: int
    letters: int
    queue: int


@contextmanager
def opened(files: Files, path: Path) -> Iterator[Folders]:
    """The folders of the spool at `path`, made if they are missing. Raises `OSError`."""
    with ExitStack() as stack:
        try:
            folders = _open(files, path, stack)
        except FileNotFoundError:
            _make(files, path)
            folders = _open(files, path, stack)
        yield folders


@contextmanager
def locked(files: Files, path: Path) -> Iterator[Folders]:
    """The same, and nobody else has them so: no other thread, no other process. Waits for its turn."""
    with opened(files, path) as folders:
        lock = open_lock(path / "lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folders
        finally:
            os.close(lock)


def open_lock(path: Path) -> int:
    """A descriptor of a lock file, made if it is missing; the lock goes with the descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _open(files: Files, path: Path, stack: ExitStack) -> Folders:
    root = files.open_folder(str(path))
    stack.callback(_close, files, root)
    descriptors: list[int] = []
    for name in _NAMES:
        descriptors.append(files.open_subfolder(name, root))
        stack.callback(_close, files, descriptors[-1])
    return Folders(*descriptors)


def _close(files: Files, folder: int) -> None:
    """What was done in a folder was synced by then: that it cannot be closed undoes nothing."""
    with suppress(OSError):
        files.close(folder)


def _make(files: Files, path: Path) -> None:
    """Make the folders, durably: a letter in a folder that a power cut takes away is lost."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    files.make_folder(str(path))
    with ExitStack() as stack:
        root = files.open_folder(str(path))
        stack.callback(_close, files, root)
        for name in _NAMES:
            files.make_folder(name, root)
        files.sync(root)
        parent = files.open_folder(str(path.parent))
        stack.callback(_close, files, parent)
        files.sync(parent)
