"""A serial port that a Telnet server has, as the DTE at our end uses it: a modem behind a terminal server (RFC 2217).

Theory: the server is asked for the settings and the outputs we want, and told what of its inputs we want to know. Bytes
may have to wait, ours while the server asks for a pause, the modem's while nobody takes them; what is asked of the
port does not wait, and the port's lines are heard all the time.

Rules: the modem is there once the server has told of the port's lines. A server that refuses the option, or has told of
none `PATIENCE` seconds after the connection, carries bytes alone. What comes before that is the server's, not the
modem's: a greeting, or that the port is in use. What it confirms matters only where it says that a rate is another.
"""

from dataclasses import dataclass

from offhook.modem.rs232 import Signals
from offhook.virtual_lines.telnet.codec import (
    Command,
    Data,
    Decoder,
    Encoder,
    Negotiation,
    Piece,
    Subnegotiation,
    negotiation,
    subnegotiation,
)
from offhook.virtual_lines.telnet.com_port import Control, ModemState, Request, signals_of
from offhook.virtual_lines.telnet.com_port_server import ReadNet
from offhook.virtual_lines.telnet.options import Option, Options
from offhook.virtual_lines.telnet.server import Deliver, NetSent, Opened, SendToNet, Tick

PATIENCE = 3.0
"""Seconds in which a server has to tell of the port's lines."""
BREAK = 0.3
"""Seconds that a break lasts."""
MOST_HELD = 64 * 1024
"""Bytes kept for a server that has asked for a pause; and for a DTE that takes none, before the server is not read."""
_OURS = frozenset({Option.SGA, Option.BINARY, Option.COM_PORT})
_THEIRS = frozenset({Option.ECHO, Option.SGA, Option.BINARY, Option.COM_PORT})
_FLOWS = {"none": Control.FLOW_NONE, "xonxoff": Control.FLOW_XON_XOFF, "rtscts": Control.FLOW_HARDWARE}
_TOLD = 100
"""What a server's words begin with is so much more than what asks for them."""


@dataclass(frozen=True, slots=True)
class DteSent:
    """Bytes for the modem."""

    data: bytes


@dataclass(frozen=True, slots=True)
class DteSignals:
    """Our outputs, DTR and RTS, are to be these."""

    on: Signals


@dataclass(frozen=True, slots=True)
class DteBreak:
    """The modem is to get a break."""


@dataclass(frozen=True, slots=True)
class DteTakes:
    """We take the modem's bytes (True), or none for now."""

    on: bool


ClientEvent = Opened | NetSent | DteSent | DteSignals | DteBreak | DteTakes | Tick


@dataclass(frozen=True, slots=True)
class PortCame:
    """The port is ours; `lines`: the server tells of its lines."""

    lines: bool


@dataclass(frozen=True, slots=True)
class TellLines:
    """The port's inputs (DSR, CTS, DCD, RI) are these."""

    on: Signals


@dataclass(frozen=True, slots=True)
class TakeDte:
    """We may send (True), or have to pause soon."""

    on: bool


@dataclass(frozen=True, slots=True)
class Warn:
    """What whoever runs the host should know."""

    text: str


ClientAction = SendToNet | Deliver | PortCame | TellLines | TakeDte | ReadNet | Warn


class ComPortClient:
    """The machine of one connection."""

    def __init__(self, rate: int, flow: str, signals: Signals) -> None:
        """`rate` in bit/s; `flow` is "none", "rtscts" or "xonxoff"; `signals` are our outputs at first."""
        self._rate = rate
        self._flow = flow
        self._outputs = signals
        self._options = Options(_OURS, _THEIRS)
        self._decoder = Decoder(for_terminal=True)
        self._encoder = Encoder(for_terminal=True)
        self._agreed = False  # the server speaks RFC 2217
        self._lines: Signals | None = None
        self._there = False
        self._suspended = False
        self._taken = True
        self._for_net = bytearray()
        self._for_dte = bytearray()
        self._times: dict[str, float] = {}

    @property
    def deadline(self) -> float | None:
        """When a `Tick` is wanted."""
        return min(self._times.values(), default=None)

    @property
    def waiting(self) -> bool:
        """Whether bytes for the modem are kept here."""
        return bool(self._for_net)

    def handle(self, event: ClientEvent, now: float) -> list[ClientAction]:
        """Take what happened at `now`; what is to be done, in order."""
        match event:
            case NetSent(data):
                return [action for piece in self._decoder.pieces(data) for action in self._heard(piece)]
            case DteSent(data):
                return self._send(data)
            case DteSignals(on):
                self._outputs = on
                return self._ask_outputs()
            case DteBreak():
                if not self._agreed:
                    return []
                self._times["break"] = now + BREAK
                return [_asked(Request.SET_CONTROL, Control.BREAK_ON)]
            case DteTakes(on):
                return self._take(on)
            case Tick():
                return self._due(now)
            case Opened():
                return self._open(now)

    def _open(self, now: float) -> list[ClientAction]:
        options = self._options
        self._times["patience"] = now + PATIENCE
        return _said(
            [
                *options.offer(Option.COM_PORT),
                *options.offer(Option.SGA),
                *options.request(Option.SGA),
                *options.offer(Option.BINARY),
                *options.request(Option.BINARY),
            ]
        )

    def _due(self, now: float) -> list[ClientAction]:
        actions: list[ClientAction] = []
        for name in [name for name, time in self._times.items() if time <= now]:
            del self._times[name]
            if name == "break":
                actions.append(_asked(Request.SET_CONTROL, Control.BREAK_OFF))
            else:
                actions += self._come()
        return actions

    def _come(self) -> list[ClientAction]:
        """The modem's bytes are heard from now on, with its lines if there are any."""
        self._times.pop("patience", None)
        if self._there:
            return []
        self._there = True
        return [PortCame(False)] if self._lines is None else [PortCame(True), TellLines(self._lines)]

    # From the server.

    def _heard(self, piece: Piece) -> list[ClientAction]:
        match piece:
            case Data(data):
                return self._deliver(data) if self._there else []
            case Negotiation():
                actions = _said(self._options.heard(piece))
                self._decoder.binary = self._options.they_do(Option.BINARY)
                self._encoder.binary = self._options.we_do(Option.BINARY)
                if piece in (Negotiation(Command.DO, Option.COM_PORT), Negotiation(Command.WILL, Option.COM_PORT)):
                    actions += self._agree()
                elif piece == Negotiation(Command.DONT, Option.COM_PORT) and not self._agreed:
                    actions += self._come()
                return actions
            case Subnegotiation(Option.COM_PORT, content) if content:
                return [*self._agree(), *self._told(content[0] - _TOLD, content[1:])]
        return []

    def _agree(self) -> list[ClientAction]:
        """Ask for all that we want, and for the lines as they are; once."""
        if self._agreed:
            return []
        self._agreed = True
        return [
            _asked(Request.SET_BAUDRATE, *self._rate.to_bytes(4)),
            _asked(Request.SET_DATASIZE, 8),
            _asked(Request.SET_PARITY, 1),
            _asked(Request.SET_STOPSIZE, 1),
            _asked(Request.SET_CONTROL, _FLOWS[self._flow]),
            *self._ask_outputs(),
            _asked(Request.SET_MODEMSTATE_MASK, 255),
            _asked(Request.NOTIFY_MODEMSTATE),
        ]

    def _ask_outputs(self) -> list[ClientAction]:
        if not self._agreed:
            return []
        dtr = Control.DTR_ON if Signals.DTR in self._outputs else Control.DTR_OFF
        rts = Control.RTS_ON if Signals.RTS in self._outputs else Control.RTS_OFF
        asked: list[ClientAction] = [_asked(Request.SET_CONTROL, dtr)]
        if self._flow != "rtscts":  # else RTS is the server's
            asked.append(_asked(Request.SET_CONTROL, rts))
        return asked

    def _told(self, what: int, value: bytes) -> list[ClientAction]:
        match what:
            case Request.NOTIFY_MODEMSTATE if value:
                return self._see(signals_of(ModemState(value[0])))
            case Request.SET_BAUDRATE if len(value) >= 4 and int.from_bytes(value[:4]) != self._rate:
                return [Warn(f"the server has set {int.from_bytes(value[:4])} bit/s and not {self._rate}")]
            case Request.FLOWCONTROL_SUSPEND if not self._suspended:
                self._suspended = True
                return [TakeDte(False)]
            case Request.FLOWCONTROL_RESUME if self._suspended:
                self._suspended = False
                kept = bytes(self._for_net)
                self._for_net.clear()
                return [*(self._send(kept) if kept else []), TakeDte(True)]
        return []

    def _see(self, lines: Signals) -> list[ClientAction]:
        before = self._lines
        if self._there and (before is None or before == lines):  # it came without lines, or nothing has changed
            return []
        self._lines = lines
        return [TellLines(lines)] if self._there else self._come()

    def _deliver(self, data: bytes) -> list[ClientAction]:
        if self._taken:
            return [Deliver(data)]
        had = len(self._for_dte)
        self._for_dte += data
        return [ReadNet(False)] if had <= MOST_HELD < len(self._for_dte) else []

    # From our end.

    def _send(self, data: bytes) -> list[ClientAction]:
        if self._suspended:
            self._for_net += data[: MOST_HELD - len(self._for_net)]
            return []
        return [SendToNet(self._encoder.encode(data))]

    def _take(self, on: bool) -> list[ClientAction]:
        if on == self._taken:
            return []
        self._taken = on
        request = Request.FLOWCONTROL_RESUME if on else Request.FLOWCONTROL_SUSPEND
        actions: list[ClientAction] = [_asked(request)] if self._agreed else []
        if on and self._for_dte:
            kept = bytes(self._for_dte)
            self._for_dte.clear()
            actions.append(Deliver(kept))
            if len(kept) > MOST_HELD:
                actions.append(ReadNet(True))
        return actions


def _asked(request: Request, *value: int) -> SendToNet:
    return SendToNet(subnegotiation(Option.COM_PORT, bytes((request, *value))))


def _said(messages: list[Negotiation]) -> list[ClientAction]:
    out = b"".join(negotiation(message.command, message.option) for message in messages)
    return [SendToNet(out)] if out else []
