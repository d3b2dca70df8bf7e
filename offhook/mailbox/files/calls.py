"""The file operations a store makes, one method each: what a test can make fail, at any of them.

Names are relative to a directory descriptor, so that nothing on the way can be exchanged for a link. All methods raise
`OSError` as the calls they stand for.
"""

import errno
import os
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEWS_SECONDS = 3600.0
_SAFELY = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY
_NEW_LETTER = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file without reading it: size in bytes, when its contents changed, its kind and number."""

    size: int
    modified_ns: int
    regular: bool
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> "FileFacts":
        """The facts in the answer of a `stat` call."""
        return cls(found.st_size, found.st_mtime_ns, stat.S_ISREG(found.st_mode), found.st_ino)


class Files(Protocol):
    """The calls a store makes to its file system."""

    def open_folder(self, path: str) -> int:
        """Open a folder by its path; the last step may be a link, because the administrator chose the path."""

    def open_subfolder(self, name: str, folder: int) -> int:
        """Open a folder inside `folder`, never through a link."""

    def make_folder(self, path: str, folder: int | None = None) -> None:
        """Make a folder with mode 0700 whatever the umask; it may exist already."""

    def list_folder(self, folder: int) -> list[str]:
        """Names of the regular files in a folder, in no order."""

    def folder_time_ns(self, folder: int) -> int:
        """When a name in the folder last changed, in nanoseconds since 1970."""

    def list_subfolders(self, folder: int) -> list[str]:
        """Names of the folders in a folder, links to folders not among them, in no order."""

    def list_all(self, folder: int) -> list[str]:
        """Names of everything in a folder."""

    def remove_folder(self, name: str, folder: int) -> None:
        """Remove an empty folder."""

    def open_to_append(self, name: str, folder: int) -> int:
        """Open a file that is there for writing at its end, never through a link."""

    def facts(self, name: str, folder: int) -> FileFacts:
        """Facts of a file, links not followed."""

    def create(self, name: str, folder: int) -> int:
        """Make a new file of mode 0600 whatever the umask, open for writing; an existing name is an error."""

    def write(self, file: int, data: bytes) -> int:
        """Write bytes, and say how many were taken."""

    def open_letter(self, name: str, folder: int) -> int:
        """Open a file for reading, never through a link, and without waiting for a pipe's writer."""

    def read(self, file: int, size: int) -> bytes:
        """Read at most `size` bytes; empty at the end."""

    def set_time(self, file: int, seconds: float) -> None:
        """Say when the file last changed, in seconds since 1970."""

    def sync(self, file: int) -> None:
        """Wait until a file or folder is on the disk."""

    def close(self, file: int) -> None:
        """Close a descriptor."""

    def link(self, name: str, folder: int, to_name: str, to_folder: int) -> None:
        """Give a file a second name; an existing one is an error."""

    def rename(self, name: str, folder: int, to_name: str, to_folder: int) -> None:
        """Move a name."""

    def remove(self, name: str, folder: int) -> None:
        """Remove a name."""


def open_file(name: str, flags: int, folder: int) -> int:
    """Open a file that is there, never through a link, and without waiting for a pipe's other end.

    What is waited for is a lease: the kernel of a file server holds one for each client that has delegated (NFSv4) a
    file to itself, and asks for it back, which takes some milliseconds.
    """
    try:
        return os.open(name, flags | _SAFELY | os.O_NONBLOCK, dir_fd=folder)
    except BlockingIOError:
        place = os.open(name, os.O_PATH | _SAFELY, dir_fd=folder)
        try:
            if not stat.S_ISREG(os.fstat(place).st_mode):
                raise
            return os.open(f"/proc/self/fd/{place}", flags | os.O_CLOEXEC)
        finally:
            os.close(place)


def _forget_listing(folder: int) -> None:
    """Have the kernel ask a file server for a listing, if the folder has changed lately; no work on other disks.

    The listing that an NFSv3 client keeps is true, it thinks, while the folder's time is the same; but of two changes
    within one tick of the server's clock the second leaves the time as it is.
    """
    with suppress(OSError):
        if abs(time.time() - os.fstat(folder).st_mtime) < _NEWS_SECONDS:
            os.posix_fadvise(folder, 0, 0, os.POSIX_FADV_DONTNEED)


class DiskFiles:
    """The real calls.

    Below `anchor`, a folder, no link is followed: the administrator chose the anchor, and the account's owner may have
    made what is below. With `owner`, a user and group, root works in a folder of theirs: what is made becomes theirs,
    and what is there must be theirs, since a name in their folder may be a second name of somebody else's file.
    """

    def __init__(
        self, anchor: str | None = None, owner: tuple[int, int] | None = None, *, anchor_is_home: bool = False
    ) -> None:
        """A home is made by others; root makes one only where the owner could: its disk may not be mounted."""
        self._anchor = os.path.abspath(anchor) if anchor is not None else None
        self._owner = owner
        self._anchor_is_home = anchor_is_home

    def open_folder(self, path: str) -> int:
        """`Files.open_folder`."""
        path = os.path.abspath(path)
        if self._anchor is None or not f"{path}/".startswith(f"{self._anchor.rstrip('/')}/"):
            return os.open(path, _DIRECTORY)
        folder = os.open(self._anchor, _DIRECTORY)
        for name in filter(None, path[len(self._anchor) :].split("/")):
            try:
                inner = self.open_subfolder(name, folder)
            finally:
                os.close(folder)
            folder = inner
        return folder

    def open_subfolder(self, name: str, folder: int) -> int:
        """`Files.open_subfolder`."""
        return self._owned(os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=folder))

    def make_folder(self, path: str, folder: int | None = None) -> None:
        """`Files.make_folder`."""
        if folder is not None and self._anchor_is_home and not os.path.isdir(self._anchor or "/"):
            self._must_be_the_owners(folder)
        try:
            os.mkdir(path, 0o700, dir_fd=folder)
        except FileExistsError:
            return
        made = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:  # by its descriptor: the name may lead elsewhere by now
            if self._owner is not None and self._works_as_root():
                if os.fstat(made).st_uid not in (0, self._owner[0]) or os.listdir(f"/proc/self/fd/{made}"):
                    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), path)
                os.chown(f"/proc/self/fd/{made}", *self._owner)
            os.chmod(f"/proc/self/fd/{made}", 0o700)
        finally:
            os.close(made)

    def _works_as_root(self) -> bool:
        return self._owner is not None and os.geteuid() == 0

    def _owned(self, descriptor: int) -> int:
        """The descriptor, or `PermissionError` if it is not the owner's."""
        try:
            self._must_be_the_owners(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _must_be_the_owners(self, descriptor: int) -> None:
        if self._owner is not None and self._works_as_root() and os.fstat(descriptor).st_uid != self._owner[0]:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    def list_folder(self, folder: int) -> list[str]:
        """`Files.list_folder`."""
        _forget_listing(folder)
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]

    def list_subfolders(self, folder: int) -> list[str]:
        """`Files.list_subfolders`."""
        _forget_listing(folder)
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]

    def list_all(self, folder: int) -> list[str]:
        """`Files.list_all`."""
        _forget_listing(folder)
        return os.listdir(folder)

    def remove_folder(self, name: str, folder: int) -> None:
        """`Files.remove_folder`."""
        os.rmdir(name, dir_fd=folder)

    def open_to_append(self, name: str, folder: int) -> int:
        """`Files.open_to_append`."""
        return self._owned(open_file(name, os.O_WRONLY | os.O_APPEND, folder))

    def folder_time_ns(self, folder: int) -> int:
        """`Files.folder_time_ns`."""
        return os.fstat(folder).st_mtime_ns

    def facts(self, name: str, folder: int) -> FileFacts:
        """`Files.facts`."""
        return FileFacts.of(os.stat(name, dir_fd=folder, follow_symlinks=False))

    def create(self, name: str, folder: int) -> int:
        """`Files.create`."""
        file = os.open(name, _NEW_LETTER, 0o600, dir_fd=folder)
        if self._owner is not None and self._works_as_root():
            os.fchown(file, *self._owner)
        os.fchmod(file, 0o600)
        return file

    def write(self, file: int, data: bytes) -> int:
        """`Files.write`."""
        return os.write(file, data)

    def open_letter(self, name: str, folder: int) -> int:
        """`Files.open_letter`."""
        return self._owned(open_file(name, os.O_RDONLY, folder))

    def read(self, file: int, size: int) -> bytes:
        """`Files.read`."""
        return os.read(file, size)

    def set_time(self, file: int, seconds: float) -> None:
        """`Files.set_time`."""
        os.utime(file, (seconds, seconds))

    def sync(self, file: int) -> None:
        """`Files.sync`."""
        os.fsync(file)

    def close(self, file: int) -> None:
        """`Files.close`."""
        os.close(file)

    def link(self, name: str, folder: int, to_name: str, to_folder: int) -> None:
        """`Files.link`."""
        os.link(name, to_name, src_dir_fd=folder, dst_dir_fd=to_folder, follow_symlinks=False)

    def rename(self, name: str, folder: int, to_name: str, to_folder: int) -> None:
        """`Files.rename`."""
        os.rename(name, to_name, src_dir_fd=folder, dst_dir_fd=to_folder)

    def remove(self, name: str, folder: int) -> None:
        """`Files.remove`."""
        os.unlink(name, dir_fd=folder)
