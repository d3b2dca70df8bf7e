"""The door of a listener: how many clients come in, and out they go when the host stops."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

from offhook.mailbox.delivery import Limits


class Guest(Protocol):
    """A connection's protocol; it calls `left` when it is over."""

    left: Callable[[], object]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""


def peer_address_of(peer: object) -> str:
    """The IP address in a socket's peer name; empty for a Unix socket."""
    return str(peer[0]) if isinstance(peer, tuple) and peer else ""


class Door:
    """Makes a protocol by `make` for each connection, and turns away what is over the limits."""

    def __init__(self, make: Callable[[], Guest], limits: Limits) -> None:
        self._make = make
        self._limits = limits
        self._inside: dict[asyncio.WriteTransport, str] = {}

    def __call__(self) -> asyncio.Protocol:
        """A protocol for a connection that has just come."""
        return _Arrival(self)

    def arrived(self, transport: asyncio.WriteTransport) -> None:
        """Let a connection in, or turn it away."""
        peer = peer_address_of(transport.get_extra_info("peername"))
        each = sum(1 for address in self._inside.values() if address == peer) if peer else 0
        if len(self._inside) >= self._limits.connections or each >= self._limits.connections_each:
            _dismiss(transport, b"421 4.7.0 Too many connections\r\n")
            return
        guest = self._make()
        guest.left = partial(self._inside.pop, transport, None)
        self._inside[transport] = peer
        transport.set_protocol(guest)  # type: ignore[arg-type]  # asyncio has a class where a Protocol would do
        guest.connection_made(transport)

    def close(self) -> None:
        """End every connection; a letter without its 250 comes again."""
        for transport in list(self._inside):
            _dismiss(transport, b"421 4.3.2 This host is going down\r\n")


class _Arrival(asyncio.Protocol):
    """Stands in until it is known whether there is room."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._door.arrived(cast(asyncio.WriteTransport, transport))


def _dismiss(transport: asyncio.WriteTransport, reply: bytes) -> None:
    if not transport.is_closing():
        transport.write(reply)
        transport.close()
