"""The host's side of a Telnet line: what comes from the net and the user goes in, what is to be sent comes out.

Theory: we echo and do not wait for go-aheads (ECHO, SGA), and ask for the terminal's type and its window
(TTYPE, RFC 1091; NAWS, RFC 1073) and for eight-bit bytes (BINARY). The line is ready for its call
when the peer has answered all that, or has said nothing for the grace: then it is no Telnet client.
"""

from dataclasses import dataclass
from itertools import groupby

from offhook.virtual_lines.telnet.codec import (
    Command,
    Data,
    Decoder,
    Encoder,
    Negotiation,
    Piece,
    Plain,
    Subnegotiation,
    negotiation,
    subnegotiation,
)
from offhook.virtual_lines.telnet.options import Option, Options

GRACE = 0.3
"""Seconds a client has for its answers before the call is placed without them."""
_IS, _SEND = b"\0", b"\x01"
_INTERRUPT = b"\x03"
_OURS = frozenset({Option.ECHO, Option.SGA, Option.BINARY})
_THEIRS = frozenset({Option.SGA, Option.BINARY, Option.TTYPE, Option.NAWS})


@dataclass(frozen=True, slots=True)
class Opened:
    """The connection is there."""


@dataclass(frozen=True, slots=True)
class NetSent:
    """Bytes came from the net."""

    data: bytes


@dataclass(frozen=True, slots=True)
class UserSent:
    """Bytes for the caller."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of `deadline` has come."""


Event = Opened | NetSent | UserSent | Tick


@dataclass(frozen=True, slots=True)
class SendToNet:
    """Write these bytes to the connection."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Deliver:
    """Give these bytes to the far end of the call."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Learned:
    """The terminal's type (as it said, in capitals or not) and its window, as far as known."""

    terminal_type: str | None
    columns: int | None
    rows: int | None


@dataclass(frozen=True, slots=True)
class Ready:
    """The call may be placed."""


Action = SendToNet | Deliver | Learned | Ready


class TelnetServer:
    """The machine of one line."""

    speaks_telnet = True

    def __init__(self) -> None:
        self._options = Options(_OURS, _THEIRS)
        self._decoder = Decoder()
        self._encoder = Encoder()
        self._facts = Learned(None, None, None)
        self._ready = False
        self._grace_ends: float | None = None
        self._type_awaited = False

    @property
    def deadline(self) -> float | None:
        """When the grace ends, until the line is ready."""
        return None if self._ready else self._grace_ends

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now`; what is to be done, in order."""
        match event:
            case Opened():
                return self._open(now)
            case NetSent(data):
                return self._joined([action for piece in self._decoder.pieces(data) for action in self._heard(piece)])
            case UserSent(data):
                return [SendToNet(self._encoder.encode(data))]
            case Tick():
                due = self.deadline is not None and self.deadline <= now
                return self._become_ready() if due else []

    def _open(self, now: float) -> list[Action]:
        self._grace_ends = now + GRACE
        options = self._options
        messages = [
            *options.offer(Option.ECHO),
            *options.offer(Option.SGA),
            *options.request(Option.SGA),
            *options.request(Option.TTYPE),
            *options.request(Option.NAWS),
            *options.offer(Option.BINARY),
            *options.request(Option.BINARY),
        ]
        return self._said(messages)

    def _said(self, messages: list[Negotiation]) -> list[Action]:
        out = b"".join(negotiation(message.command, message.option) for message in messages)
        return [SendToNet(out)] if out else []

    def _heard(self, piece: Piece) -> list[Action]:
        match piece:
            case Data(data):
                return [Deliver(data)]
            case Negotiation():
                return self._negotiated(piece)
            case Subnegotiation(option, content):
                return self._learned(option, content)
            case Plain(Command.IP | Command.BRK):
                return [Deliver(_INTERRUPT)]
            case Plain(Command.EC):
                return [Deliver(b"\x7f")]
            case Plain(Command.EL):
                return [Deliver(b"\x15")]
            case Plain(Command.AYT):
                return [SendToNet(b"\r\n[Yes]\r\n")]
        return []

    def _negotiated(self, message: Negotiation) -> list[Action]:
        had_type = self._options.they_do(Option.TTYPE)
        actions = self._said(self._options.heard(message))
        self._decoder.binary = self._options.they_do(Option.BINARY)
        self._encoder.binary = self._options.we_do(Option.BINARY)
        if self._options.they_do(Option.TTYPE) and not had_type:
            self._type_awaited = True
            actions.append(SendToNet(subnegotiation(Option.TTYPE, _SEND)))
        return actions + self._settled()

    def _learned(self, option: int, content: bytes) -> list[Action]:
        facts = self._facts
        if option == Option.NAWS and len(content) == 4 and self._options.they_do(option):
            columns, rows = int.from_bytes(content[:2], "big"), int.from_bytes(content[2:], "big")
            facts = Learned(facts.terminal_type, columns or None, rows or None)
        elif option == Option.TTYPE and content[:1] == _IS and self._options.they_do(option):
            self._type_awaited = False
            name = "".join(chr(byte) for byte in content[1:41] if 32 < byte < 127)
            facts = Learned(name or None, facts.columns, facts.rows)
        learned: list[Action] = []
        if facts != self._facts:
            self._facts = facts
            learned.append(facts)
        return learned + self._settled()

    def _settled(self) -> list[Action]:
        """Ready, if the peer has answered everything, its window and type included."""
        window_awaited = self._options.they_do(Option.NAWS) and self._facts.columns is None
        if self._ready or self._options.waiting or self._type_awaited or window_awaited:
            return []
        return self._become_ready()

    def _become_ready(self) -> list[Action]:
        self._ready = True
        return [Ready()]

    def _joined(self, actions: list[Action]) -> list[Action]:
        """The same, neighbours of one kind made one."""
        joined: list[Action] = []
        for kind, run in groupby(actions, type):
            if kind is Deliver or kind is SendToNet:
                joined.append(kind(b"".join(each.data for each in run if isinstance(each, (Deliver, SendToNet)))))
            else:
                joined += run
        return joined
