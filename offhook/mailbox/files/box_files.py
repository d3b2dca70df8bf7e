"""The file operations on an mbox, its locks and its journal: what a test can make fail, at any of them."""

import ctypes
import errno
import fcntl
import os
import stat
import struct
from dataclasses import dataclass
from typing import Final, Protocol

from offhook.mailbox.files.calls import DiskFiles, Files, open_file

# Network and user-space file systems: flock(2) there is fcntl in disguise, or excludes nobody on the server.
_REMOTE: Final = frozenset({0x6969, 0xFF534D42, 0xFE534D42, 0x517B, 0x65735546, 0x01021997, 0x73757245, 0x5346414F})
_FLOCK: Final = struct.Struct("hh4xqqi4x")  # struct flock of 64-bit Linux, l_pid 0 as F_OFD_SETLK wants it
_STATFS_BYTES: Final = 256
_WRITTEN: Final = 1024 * 1024
"""Bytes handed to the system at a time."""


@dataclass(frozen=True, slots=True)
class BoxFacts:
    """An open file's device and number, size, time of change in nanoseconds, owner, group, mode and names.

    `changed_ns` is when anything of it was changed, its times included: nobody can set that.
    """

    device: int
    inode: int
    size: int
    modified_ns: int
    owner: int
    group: int
    mode: int
    names: int
    changed_ns: int = 0

    @classmethod
    def of(cls, found: os.stat_result) -> "BoxFacts":
        """The facts in the answer of a `stat` call."""
        return cls(
            found.st_dev,
            found.st_ino,
            found.st_size,
            found.st_mtime_ns,
            found.st_uid,
            found.st_gid,
            found.st_mode,
            found.st_nlink,
            found.st_ctime_ns,
        )


class BoxFiles(Files, Protocol):
    """The calls an mbox needs besides those of `Files`."""

    def open_box(self, name: str, folder: int, *, writable: bool, anyones: bool = False) -> int:
        """Open a file by name, never through a link, and without waiting for a pipe's other end.

        A lock or journal may be anyone's; a box must be its owner's, where the host knows who that is.
        """

    def create_journal(self, name: str, folder: int) -> int:
        """Make a new file of mode 0600 whatever the umask, to read and write; an existing name is an error."""

    def box_facts(self, file: int) -> BoxFacts:
        """Facts of an open file."""

    def named_facts(self, name: str, folder: int) -> BoxFacts:
        """Facts of a file by name, links not followed."""

    def lock_range(self, file: int, *, write: bool) -> None:
        """Take the OFD lock on the whole of a file, or raise `BlockingIOError` or `PermissionError` at once."""

    def lock_whole(self, file: int, *, write: bool) -> None:
        """Take the flock(2) lock, or raise `BlockingIOError` at once."""

    def is_remote(self, file: int) -> bool:
        """Whether the file lies on another machine's disk, as far as the kernel tells."""

    def read_at(self, file: int, size: int, offset: int) -> bytes:
        """Read at most `size` octets at an offset."""

    def write_at(self, file: int, data: bytes, offset: int) -> int:
        """Write octets at an offset, and say how many were taken."""

    def cut(self, file: int, size: int) -> None:
        """Make a file this long: shorter, or longer by zeros that take no room yet."""

    def reserve(self, file: int, offset: int, size: int) -> None:
        """Have room on the disk for that part of a file, or raise `OSError`."""

    def give_to(self, file: int, owner: int, group: int) -> None:
        """Change owner and group."""

    def touch(self, file: int) -> None:
        """Set an open file's times to now."""

    def set_changed(self, file: int, moment_ns: int) -> None:
        """Set the time of an open file's last change, in nanoseconds since 1970."""


class StrangersBox(PermissionError):
    """Somebody else has made the box, in a folder where everybody may make files."""

    def __init__(self) -> None:
        super().__init__(errno.EPERM, "the box belongs to another user")


class DiskBoxFiles(DiskFiles):
    """The real calls."""

    def __init__(
        self, anchor: str | None = None, owner: tuple[int, int] | None = None, *, anchor_is_home: bool = False
    ) -> None:
        super().__init__(anchor, owner, anchor_is_home=anchor_is_home)
        self._libc = ctypes.CDLL(None, use_errno=True)

    def open_box(self, name: str, folder: int, *, writable: bool, anyones: bool = False) -> int:
        """`BoxFiles.open_box`."""
        mode = os.O_RDWR if writable else os.O_RDONLY
        try:
            file = open_file(name, mode, folder)
        except FileNotFoundError:
            # An NFSv3 client goes on believing so if the box came in the same tick in which it was looked for.
            if anyones or not self.is_remote(folder) or name not in self.list_all(folder):
                raise
            file = open_file(name, mode, folder)
        return file if anyones else self._trusted(self._owned(file), folder)

    def _trusted(self, file: int, folder: int) -> int:
        """The box, or `StrangersBox` if it is another's and lies where everybody may make files."""
        if os.fstat(folder).st_mode & stat.S_IWOTH:
            trusted = {0, os.geteuid(), *(self._owner or ())[:1]}
            if os.fstat(file).st_uid not in trusted:
                os.close(file)
                raise StrangersBox
        return file

    def create_journal(self, name: str, folder: int) -> int:
        """`BoxFiles.create_journal`."""
        mode = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(name, mode, 0o600, dir_fd=folder)
        os.fchmod(file, 0o600)
        return file

    def box_facts(self, file: int) -> BoxFacts:
        """`BoxFiles.box_facts`."""
        return BoxFacts.of(os.fstat(file))

    def named_facts(self, name: str, folder: int) -> BoxFacts:
        """`BoxFiles.named_facts`."""
        return BoxFacts.of(os.stat(name, dir_fd=folder, follow_symlinks=False))

    def lock_range(self, file: int, *, write: bool) -> None:
        """`BoxFiles.lock_range`."""
        kind = fcntl.F_WRLCK if write else fcntl.F_RDLCK
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, os.SEEK_SET, 0, 0, 0))

    def lock_whole(self, file: int, *, write: bool) -> None:
        """`BoxFiles.lock_whole`."""
        fcntl.flock(file, (fcntl.LOCK_EX if write else fcntl.LOCK_SH) | fcntl.LOCK_NB)

    def is_remote(self, file: int) -> bool:
        """`BoxFiles.is_remote`."""
        answer = ctypes.create_string_buffer(_STATFS_BYTES)
        if self._libc.fstatfs(file, answer):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return (ctypes.c_long.from_buffer(answer).value & 0xFFFFFFFF) in _REMOTE

    def read_at(self, file: int, size: int, offset: int) -> bytes:
        """`BoxFiles.read_at`."""
        return os.pread(file, size, offset)

    def write_at(self, file: int, data: bytes, offset: int) -> int:
        """`BoxFiles.write_at`."""
        return os.pwrite(file, data, offset)

    def cut(self, file: int, size: int) -> None:
        """`BoxFiles.cut`."""
        os.ftruncate(file, size)

    def reserve(self, file: int, offset: int, size: int) -> None:
        """`BoxFiles.reserve`."""
        os.posix_fallocate(file, offset, size)

    def give_to(self, file: int, owner: int, group: int) -> None:
        """`BoxFiles.give_to`."""
        os.fchown(file, owner, group)

    def touch(self, file: int) -> None:
        """`BoxFiles.touch`."""
        os.utime(file)

    def set_changed(self, file: int, moment_ns: int) -> None:
        """`BoxFiles.set_changed`."""
        os.utime(file, ns=(os.fstat(file).st_atime_ns, moment_ns))


def read_all_at(files: BoxFiles, file: int, offset: int, size: int) -> bytes:
    """Read `size` octets at an offset; fewer only where the file ends."""
    parts: list[bytes] = []
    while size > 0 and (more := files.read_at(file, size, offset)):
        parts.append(more)
        offset += len(more)
        size -= len(more)
    return b"".join(parts) if len(parts) != 1 else parts[0]


def write_all_at(files: BoxFiles, file: int, data: bytes, offset: int) -> None:
    """Write all of it at an offset."""
    rest = memoryview(data)
    while rest:
        taken = files.write_at(file, bytes(rest[:_WRITTEN]), offset)
        offset += taken
        rest = rest[taken:]
