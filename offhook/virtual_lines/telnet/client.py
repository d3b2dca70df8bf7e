"""A caller's side of a Telnet line: what the host sends goes in, what the terminal is to see comes out.

Theory: the host begins, as the sides of RFC 854 have agreed to in practice; we answer, and ask for eight-bit
bytes both ways once the host has shown that it speaks Telnet. Whether it does is heard in the first bytes
it sends: a negotiation of an option that Telnet hosts do use. A line that must not wait for that (`eager`)
begins itself.

Rules: before the host has shown that it speaks Telnet, and for ever if it does not in its first `AUDITION`
bytes, bytes pass as they are, FF included. The terminal's type and window are told to a host that asks.
"""

import re
from dataclasses import dataclass

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
    plain,
    subnegotiation,
)
from offhook.virtual_lines.telnet.options import Option, Options
from offhook.virtual_lines.telnet.server import Deliver, NetSent, Opened, SendToNet, UserSent

AUDITION = 512
"""First bytes of a host in which it may show that it speaks Telnet."""
_IS, _SEND = b"\0", b"\x01"
_OURS = frozenset({Option.SGA, Option.BINARY, Option.TTYPE, Option.NAWS})
_THEIRS = frozenset({Option.ECHO, Option.SGA, Option.BINARY})
_USUAL = b"\x00\x01\x03\x05\x06\x17\x18\x1f\x20\x21\x22\x23\x24\x27\x2a\x2c"
_SPEAKS_TELNET = re.compile(rb"\xff[\xfb-\xfe][" + re.escape(_USUAL) + rb"]")
_MAY_BEGIN = re.compile(rb"\xff[\xfb-\xfe]?\Z")


def begins_telnet(data: bytes) -> bool:
    """Whether bytes begin with a negotiation of an option in use."""
    return bool(_SPEAKS_TELNET.match(data))


def may_begin_telnet(data: bytes) -> bool:
    """Whether bytes are so few that they may yet begin with one."""
    return bool(_MAY_BEGIN.match(data))


@dataclass(frozen=True, slots=True)
class UserBroke:
    """The caller sent a break."""


@dataclass(frozen=True, slots=True)
class FarBroke:
    """The host sent a break; the terminal is to get one."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a host that asks is told: the type's name, and the window where it is known."""

    type: str
    columns: int | None = None
    rows: int | None = None


class TelnetClient:
    """The machine of one line."""

    def __init__(self, terminal: Terminal, *, eager: bool = False) -> None:
        """`eager`: the host is known to speak Telnet."""
        self._terminal = terminal
        self._eager = eager
        self._speaks = eager
        self._options = Options(_OURS, _THEIRS)
        self._decoder = Decoder(for_terminal=True)
        self._encoder = Encoder(for_terminal=True)
        self._unheard = b""
        self._audition_left = AUDITION
        self._asked_for_bytes = False

    @property
    def speaks_telnet(self) -> bool:
        """Whether the line is a Telnet line, as far as heard."""
        return self._speaks

    @property
    def transparent(self) -> bool:
        """Whether bytes pass as they are from now on, so that nobody needs to be asked."""
        return not self._speaks and not self._audition_left

    def handle(
        self, event: Opened | NetSent | UserSent | UserBroke, _now: float
    ) -> list[SendToNet | Deliver | FarBroke]:
        """Take what happened; what is to be done, in order."""
        match event:
            case Opened():
                return self._said([*self._options.offer(Option.SGA), *self._ask_for_bytes()]) if self._eager else []
            case NetSent(data):
                return self._net_sent(data)
            case UserSent(data):
                return [SendToNet(self._encoder.encode(data) if self._speaks else data)]
            case UserBroke():
                return [SendToNet(plain(Command.BRK))] if self._speaks else []

    def _net_sent(self, data: bytes) -> list[SendToNet | Deliver | FarBroke]:
        before = b""
        if not self._speaks:
            if not self._audition_left:
                return [Deliver(data)]
            data = self._unheard + data
            self._unheard = b""
            found = _SPEAKS_TELNET.search(data[: self._audition_left])
            if not found:
                return self._not_yet(data)
            self._speaks = True
            before, data = data[: found.start()], data[found.start() :]
        actions: list[SendToNet | Deliver | FarBroke] = [Deliver(before)] if before else []
        return _joined([*actions, *(action for piece in self._decoder.pieces(data) for action in self._heard(piece))])

    def _not_yet(self, data: bytes) -> list[SendToNet | Deliver | FarBroke]:
        """Pass on what is no negotiation, and keep the end if it may be the beginning of one."""
        beginning = _MAY_BEGIN.search(data)
        if beginning and len(data) < self._audition_left:
            self._unheard = data[beginning.start() :]
            data = data[: beginning.start()]
        self._audition_left = max(0, self._audition_left - len(data))
        return [Deliver(data)] if data else []

    def _heard(self, piece: Piece) -> list[SendToNet | Deliver | FarBroke]:
        match piece:
            case Data(data):
                return [Deliver(data)]
            case Negotiation():
                return self._negotiated(piece)
            case Subnegotiation(Option.TTYPE, content) if content[:1] == _SEND:
                name = self._terminal.type.encode("ascii", "replace")
                return [SendToNet(subnegotiation(Option.TTYPE, _IS + name))]
            case Plain(Command.BRK):
                return [FarBroke()]
        return []

    def _negotiated(self, message: Negotiation) -> list[SendToNet | Deliver | FarBroke]:
        told_window = self._options.we_do(Option.NAWS)
        if message == Negotiation(Command.DO, Option.NAWS) and self._terminal.columns is None:
            return self._said([Negotiation(Command.WONT, Option.NAWS)])  # better no window than a wrong one
        actions = self._said([*self._options.heard(message), *self._ask_for_bytes()])
        self._decoder.binary = self._options.they_do(Option.BINARY)
        self._encoder.binary = self._options.we_do(Option.BINARY)
        if self._options.we_do(Option.NAWS) and not told_window:
            columns, rows = (min(size, 65535) for size in (self._terminal.columns or 80, self._terminal.rows or 24))
            window = columns.to_bytes(2, "big") + rows.to_bytes(2, "big")
            actions.append(SendToNet(subnegotiation(Option.NAWS, window)))
        return actions

    def _ask_for_bytes(self) -> list[Negotiation]:
        if self._asked_for_bytes:
            return []
        self._asked_for_bytes = True
        return [*self._options.offer(Option.BINARY), *self._options.request(Option.BINARY)]

    def _said(self, messages: list[Negotiation]) -> list[SendToNet | Deliver | FarBroke]:
        out = b"".join(negotiation(message.command, message.option) for message in messages)
        return [SendToNet(out)] if out else []


def _joined(actions: list[SendToNet | Deliver | FarBroke]) -> list[SendToNet | Deliver | FarBroke]:
    """The same, neighbours of one kind made one."""
    joined: list[SendToNet | Deliver | FarBroke] = []
    for action in actions:
        match joined[-1] if joined else None, action:
            case Deliver(before), Deliver(data):
                joined[-1] = Deliver(before + data)
            case SendToNet(before), SendToNet(data):
                joined[-1] = SendToNet(before + data)
            case _:
                joined.append(action)
    return joined
