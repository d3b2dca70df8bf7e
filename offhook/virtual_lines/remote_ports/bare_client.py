"""What is behind a TCP port that carries bytes and nothing else: ser2net in raw mode, or a microcontroller as a bridge.

Theory: no lines, no rate and no breaks cross such a connection. While it is up somebody is there.

Rule: a server whose port is in use says so and ends the connection; what it says in its first moment is its own.
"""

from offhook.virtual_lines.telnet import (
    ClientAction,
    ClientEvent,
    Deliver,
    DteSent,
    DteTakes,
    NetSent,
    Opened,
    PortCame,
    ReadNet,
    SendToNet,
    Tick,
)

SETTLING = 0.5
"""Seconds that a connection has to last before anybody is taken to be there."""


class BareClient:
    """The machine of one connection, in the terms of `ComPortClient`."""

    waiting = False
    """Nothing is kept here."""

    def __init__(self) -> None:
        self.deadline: float | None = None
        """When a `Tick` is wanted."""
        self._there = False

    def handle(self, event: ClientEvent, now: float) -> list[ClientAction]:
        """Take what happened at `now`; what is to be done, in order."""
        match event:
            case NetSent(data):
                return [Deliver(data)] if self._there else []
            case DteSent(data):
                return [SendToNet(data)]
            case DteTakes(on):
                return [ReadNet(on)]
            case Opened():
                self.deadline = now + SETTLING
            case Tick() if self.deadline is not None and self.deadline <= now:
                self.deadline = None
                self._there = True
                return [PortCame(False)]
        return []
