"""Whether a peer that is not read has left meanwhile: its end stands behind what it sent, and TCP knows of it."""

import asyncio
import socket
from collections.abc import Callable

LOOK = 1.0
"""Seconds between looks."""
_ESTABLISHED = 1
"""The first byte of TCP_INFO is the state of the connection."""


def has_left(sock: socket.socket) -> bool:
    """Whether the peer has shut its side, or the connection is gone."""
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _ESTABLISHED
    except OSError:
        return True


class LeavingWatch:
    """Looks after a peer for as long as it is not read, and calls `left` once it has left."""

    def __init__(self, sock: socket.socket, left: Callable[[], None]) -> None:
        self._socket = sock
        self._left = left
        self._timer: asyncio.TimerHandle | None = None

    def unread(self, on: bool) -> None:
        """The peer is not read from now on, or is again."""
        if on and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK, self._look)
        elif not on and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if has_left(self._socket):
            self._left()
        else:
            self.unread(True)
