"""Hears of names that come and go in folders (inotify(7)), as far as the kernel tells: it does not over NFS."""

import asyncio
import threading
from contextlib import suppress

from offhook.inotify import IN_CREATE, IN_DELETE, IN_MODIFY, IN_MOVED_FROM, IN_MOVED_TO, Inotify

_NAMES = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO


class Watch:
    """One watch for one wait, made on the event loop's thread; `close` it. Where the kernel has no more, it is deaf."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # a cancelled wait closes while a thread may still be adding
        try:
            self._inotify: Inotify | None = Inotify()
        except OSError:
            self._inotify = None

    @property
    def is_deaf(self) -> bool:
        """Whether the kernel had no watch to give."""
        return self._inotify is None

    def add(self, descriptor: int, *, contents: bool = False) -> None:
        """Watch an open folder's names or, with `contents`, an open file's octets."""
        with self._lock, suppress(OSError):
            if self._inotify is not None:
                self._inotify.add(f"/proc/self/fd/{descriptor}", IN_MODIFY if contents else _NAMES)

    async def heard(self, seconds: float) -> bool:
        """Wait until something happens, at most so long; what has happened up to then is forgotten."""
        happened = asyncio.Event()
        loop = asyncio.get_running_loop()
        if self._inotify is not None:
            loop.add_reader(self._inotify.fd, happened.set)
        try:
            async with asyncio.timeout(seconds):
                await happened.wait()
        except TimeoutError:
            return False
        finally:
            if self._inotify is not None:
                loop.remove_reader(self._inotify.fd)
        assert self._inotify is not None
        self._inotify.read()
        return True

    def close(self) -> None:
        """Give it back; idempotent."""
        with self._lock:
            if self._inotify is not None:
                self._inotify.close()
                self._inotify = None
