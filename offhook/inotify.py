"""Linux's inotify (inotify(7)): who opens and closes a file, which names come and go in a folder."""

import ctypes
import os
import struct
from typing import NamedTuple

IN_MODIFY = 0x2
IN_CLOSE_WRITE = 0x8
IN_CLOSE_NOWRITE = 0x10
IN_OPEN = 0x20
IN_MOVED_FROM = 0x40
IN_MOVED_TO = 0x80
IN_CREATE = 0x100
IN_DELETE = 0x200
IN_Q_OVERFLOW = 0x4000
IN_CLOSE = IN_CLOSE_WRITE | IN_CLOSE_NOWRITE

_EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name that follows
_READ = 65536


class Occurrence(NamedTuple):
    """One inotify event: the watch it came by (-1: none) and its IN_ bits."""

    watch: int
    mask: int


class Inotify:
    """One inotify instance; `fd` is readable when something has happened. Errors are OSError."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.fd: int = self._checked(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC), "inotify")

    def add(self, path: str, mask: int) -> int:
        """Watch `path` for the IN_ bits of `mask`; the watch's number. A path twice is one watch."""
        return self._checked(self._libc.inotify_add_watch(self.fd, os.fsencode(path), mask), path)

    def add_folder(self, path: str) -> int:
        """Watch a folder for files in it that have been written, or put in the place of others."""
        return self.add(path, IN_CLOSE_WRITE | IN_MOVED_TO)

    def remove(self, watch: int) -> None:
        """Watch no more; one that has gone by itself is no error."""
        self._libc.inotify_rm_watch(self.fd, watch)

    def read(self) -> list[Occurrence]:
        """What has happened since the last read, in order; never waits."""
        occurrences: list[Occurrence] = []
        while True:
            try:
                events = os.read(self.fd, _READ)
            except BlockingIOError:
                return occurrences
            at = 0
            while at < len(events):
                watch, mask, _, length = _EVENT.unpack_from(events, at)
                occurrences.append(Occurrence(watch, mask))
                at += _EVENT.size + length
            if len(events) < _READ // 2:
                return occurrences

    def close(self) -> None:
        """Give the instance and all its watches back."""
        os.close(self.fd)

    def _checked(self, result: int, what: str) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), what)
        return result
