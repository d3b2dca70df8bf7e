"""Hears who opens and closes the ptys of a house: one inotify and one epoll for all of its lines.

The kernel merges an event into the one just before it when the two are equal (inotify(7)), so two
opens in a row would count as one. Each pty is therefore watched twice, by its own name and by its
directory: the two kinds of event alternate and no two neighbours are equal.

In packet mode a pty's master announces a change of its settings as urgent (POLLPRI). The epoll is
for masters whose bytes nobody can take at present: it wakes for the announcement and not for the bytes.
"""

import asyncio
import os
import select
from collections.abc import Sequence
from typing import Protocol

from offhook.inotify import IN_CLOSE, IN_OPEN, IN_Q_OVERFLOW, Inotify, Occurrence


class Watched(Protocol):
    """A port that watches its pty."""

    def openings(self, came: Sequence[bool]) -> None:
        """Clients came (True) and went (False), in this order."""

    def openings_unknown(self) -> None:
        """Events were lost: who is there has to be found out."""

    def settings_waiting(self) -> None:
        """A change of settings can be read from the master without touching its bytes."""


class PtyWatch:
    """One for each event loop, shared by its pty ports. Holds two descriptors while any pty is watched."""

    def __init__(self) -> None:
        self._inotify: Inotify | None = None
        self._urgent: select.epoll | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ptys: dict[int, Watched] = {}
        self._held: dict[int, Watched] = {}
        self._untold: list[Occurrence] = []  # read from the kernel before their turn
        self._served = -1  # whose bytes were moved last

    def add(self, tty: str, port: Watched) -> int:
        """Tell `port` who opens and closes the terminal `tty`, from now on; the watch's number. Raises OSError."""
        if self._inotify is None:
            self._open()
        assert self._inotify is not None
        try:
            self._inotify.add(os.path.dirname(tty), IN_OPEN | IN_CLOSE)
            watch = self._inotify.add(tty, IN_OPEN | IN_CLOSE)
        except OSError:
            if not self._ptys:
                self._close()
            raise
        self._ptys[watch] = port
        return watch

    def remove(self, watch: int) -> None:
        """Tell of that terminal no more, nor of what has happened to it already."""
        if self._ptys.pop(watch, None) is None or self._inotify is None:
            return
        self._inotify.remove(watch)
        if not self._ptys and not self._held:
            self._close()

    def look(self) -> None:
        """Tell at once what has happened so far, before the loop comes to it."""
        if self._inotify is None:
            return
        came: dict[int, list[bool]] = {}
        untold, self._untold = self._untold, []
        for watch, mask in untold + self._inotify.read():
            if mask & IN_Q_OVERFLOW:
                came.clear()
                for port in list(self._ptys.values()):
                    port.openings_unknown()
            elif mask & (IN_OPEN | IN_CLOSE) and watch in self._ptys:
                came.setdefault(watch, []).append(bool(mask & IN_OPEN))
        for watch, order in came.items():
            if port_of_watch := self._ptys.get(watch):
                port_of_watch.openings(order)

    def opened(self, watch: int) -> bool:
        """Whether somebody may have opened that terminal of whom its port has not been told yet."""
        if self._inotify is None or self._loop is None:
            return False
        happened = self._inotify.read()
        if happened and not self._untold:
            self._loop.call_soon(self.look)
        self._untold += happened
        return any(mask & IN_Q_OVERFLOW or (mask & IN_OPEN and number == watch) for number, mask in self._untold)

    def alone(self, master: int) -> bool:
        """Take note that bytes of this master are moved now; whether the bytes moved last were its own as well."""
        alone = self._served == master
        self._served = master
        return alone

    def hear_settings(self, master: int, port: Watched) -> None:
        """Call the port's `settings_waiting` when settings change, until `leave_settings`."""
        if self._urgent is not None and master not in self._held:
            self._urgent.register(master, select.EPOLLPRI)
            self._held[master] = port

    def leave_settings(self, master: int) -> None:
        """The port hears its master itself again."""
        if self._held.pop(master, None) is not None and self._urgent is not None:
            self._urgent.unregister(master)

    def _open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._inotify = Inotify()
        try:
            self._urgent = select.epoll()
        except OSError:
            self._inotify.close()
            self._inotify = None
            raise
        self._loop.add_reader(self._inotify.fd, self.look)
        self._loop.add_reader(self._urgent.fileno(), self._settings)

    def _close(self) -> None:
        assert self._loop is not None
        assert self._inotify is not None
        assert self._urgent is not None
        self._loop.remove_reader(self._inotify.fd)
        self._loop.remove_reader(self._urgent.fileno())
        self._inotify.close()
        self._urgent.close()
        self._inotify = self._urgent = None
        self._untold = []

    def _settings(self) -> None:
        if self._urgent is None:
            return
        for master, _ in self._urgent.poll(0):
            if port := self._held.get(master):
                port.settings_waiting()
