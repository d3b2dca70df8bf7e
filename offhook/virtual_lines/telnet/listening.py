"""Callers who may not speak Telnet: a raw line, and one that waits to hear whether it is one."""

from offhook.virtual_lines.telnet.client import begins_telnet, may_begin_telnet
from offhook.virtual_lines.telnet.server import (
    GRACE,
    Action,
    Deliver,
    Event,
    NetSent,
    Opened,
    Ready,
    SendToNet,
    TelnetServer,
    Tick,
    UserSent,
)


class RawServer:
    """A caller whose bytes pass as they are."""

    deadline: float | None = None
    speaks_telnet = False

    def handle(self, event: Event, _now: float) -> list[Action]:
        """Take what happened; what is to be done."""
        match event:
            case Opened():
                return [Ready()]
            case NetSent(data):
                return [Deliver(data)]
            case UserSent(data):
                return [SendToNet(data)]
            case Tick():
                return []


class AutoServer:
    """A caller who is taken at its word: raw, unless the first it sends is a negotiation; then it is a Telnet line."""

    def __init__(self) -> None:
        self._telnet: TelnetServer | None = None
        self._raw = False
        self._ready = False
        self._grace_ends: float | None = None
        self._heard = b""

    @property
    def speaks_telnet(self) -> bool:
        """Whether the caller has turned out to."""
        return self._telnet is not None

    @property
    def deadline(self) -> float | None:
        """When the grace ends, until the line is ready."""
        if self._ready:
            return None
        return self._telnet.deadline if self._telnet is not None else self._grace_ends

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now`; what is to be done."""
        if self._telnet is not None:
            return self._ready_once(self._telnet.handle(event, now))
        match event:
            case Opened():
                self._grace_ends = now + GRACE
                return []
            case NetSent(data):
                return [Deliver(data)] if self._raw else self._first_bytes(data, now)
            case UserSent(data):
                return [SendToNet(data)]
            case Tick():
                if self.deadline is None or self.deadline > now:
                    return []
                if not self._heard:
                    return self._ready_once([Ready()])
                self._raw = True  # what might have begun a negotiation has not gone on to one
                return [*self._ready_once([Ready()]), Deliver(self._heard)]

    def _first_bytes(self, data: bytes, now: float) -> list[Action]:
        self._heard += data
        if begins_telnet(self._heard):
            self._telnet = TelnetServer()
            opened = self._telnet.handle(Opened(), now)
            return self._ready_once([*opened, *self._telnet.handle(NetSent(self._heard), now)])
        if may_begin_telnet(self._heard):
            return []
        self._raw = True
        return [Deliver(self._heard), *self._ready_once([Ready()])]

    def _ready_once(self, actions: list[Action]) -> list[Action]:
        kept = [action for action in actions if not (isinstance(action, Ready) and self._ready)]
        self._ready = self._ready or Ready() in kept
        return kept
