"""What is behind a TCP port that carries bytes and nothing else: ser2net in raw mode, or a microcontroller as a bridge.

Theory: no lines, no rate and no breaks cross such a connection. While it is up somebody is there.

Rule: a server whose port is in use says so and ends the connection; what it says in its first moment is its own, if
it ends it then. What comes so early of one that stays is the DTE's where it may begin by itself, as one that types AT;
it is left out where a greeting of the server would be taken for a call.
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
MOST_EARLY = 4096
"""Bytes kept that come before."""


class BareClient:
    """The machine of one connection, in the terms of `ComPortClient`."""

    waiting = False
    """Nothing is kept here."""

    def __init__(self, *, keeps_early: bool = False) -> None:
        """`keeps_early`: what comes before anybody is there is delivered when somebody is."""
        self.deadline: float | None = None
        """When a `Tick` is wanted."""
        self._there = False
        self._early = b""
        self._room = MOST_EARLY if keeps_early else 0

    def handle(self, event: ClientEvent, now: float) -> list[ClientAction]:
        """Take what happened at `now`; what is to be done, in order."""
        match event:
            case NetSent(data) if self._there:
                return [Deliver(data)]
            case NetSent(data):
                self._early += data[: self._room - len(self._early)]
            case DteSent(data):
                return [SendToNet(data)]
            case DteTakes(on):
                return [ReadNet(on)]
            case Opened():
                self.deadline = now + SETTLING
            case Tick() if self.deadline is not None and self.deadline <= now:
                self.deadline = None
                self._there = True
                early, self._early = self._early, b""
                return [PortCame(False), Deliver(early)] if early else [PortCame(False)]
        return []
