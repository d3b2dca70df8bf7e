"""A modem's port on a Telnet line, with its rate, its signals and its breaks (RFC 2217).

Theory: two streams pass each other, and each has two kinds of things in it. Data may have to wait: for the client when
its connection is full or it asked for a pause (FLOWCONTROL-SUSPEND), for the DCE when that takes none. Requests and
their answers do not wait. What tells of the DCE's signals keeps its place among the data: DCD goes off behind the
last byte of the call.

Rules: a client that is there has DTR and RTS on until it says otherwise, as a tty has when it is opened, so that one
which knows nothing of RFC 2217 is a DTE too. Whoever sends a COM-PORT subnegotiation has the option on, agreed
or not: pyserial counts our asking as agreement. What the client sent before it changed its signals is delivered before.
"""

from collections import deque
from dataclasses import dataclass
from itertools import groupby

from offhook.modem.rs232 import Framing, Signals
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
from offhook.virtual_lines.telnet.com_port import (
    Answer,
    ComPort,
    LineState,
    Purge,
    Request,
    ShowLineState,
    ShowModemState,
    Step,
    Suspend,
    TellBreak,
    TellRate,
    TellSignals,
    modem_state,
    server_content,
)
from offhook.virtual_lines.telnet.options import Option, Options
from offhook.virtual_lines.telnet.server import Deliver, NetSent, Opened, SendToNet

MOST_UNDELIVERED = 32 * 1024
"""Bytes that wait for the DCE; then the connection is not read, and requests wait too."""
MOST_ANSWERS = 4096
"""Bytes of answers to a client that reads nothing; then it is not read either."""
_NOTICE = 8
"""Bytes that a change of signals is counted for while it waits: no less than it takes on the wire."""
_OURS = frozenset({Option.ECHO, Option.SGA, Option.BINARY, Option.COM_PORT})
_THEIRS = frozenset({Option.SGA, Option.BINARY, Option.COM_PORT})


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is gone."""


@dataclass(frozen=True, slots=True)
class DceSent:
    """Bytes for the client."""

    data: bytes


@dataclass(frozen=True, slots=True)
class DceSignals:
    """The DCE's outputs are these: DSR, CTS, DCD, RI."""

    on: Signals


@dataclass(frozen=True, slots=True)
class DceBreak:
    """The DCE sent a break."""


@dataclass(frozen=True, slots=True)
class DceTakes:
    """The DCE takes bytes (True), or takes none for now."""

    on: bool


@dataclass(frozen=True, slots=True)
class NetTakes:
    """The connection takes bytes (True), or is full for now."""

    on: bool


ComPortEvent = Opened | NetSent | Closed | DceSent | DceSignals | DceBreak | DceTakes | NetTakes


@dataclass(frozen=True, slots=True)
class ReadNet:
    """Read from the connection (True), or leave it alone until told otherwise."""

    on: bool


@dataclass(frozen=True, slots=True)
class TakeDce:
    """The DCE may send (True), or has to pause soon."""

    on: bool


ComPortAction = SendToNet | Deliver | TellSignals | TellRate | TellBreak | ReadNet | TakeDce


class ComPortServer:
    """The machine of one connection."""

    def __init__(self, signals: Signals, rate: int, most_held: int) -> None:
        """`signals` are the DCE's outputs at first, `rate` (bit/s) the DTE's.

        `most_held` bytes wait for the client at most, for a sender that does not pause.
        """
        self._most_held = most_held
        self._options = Options(_OURS, _THEIRS)
        self._decoder = Decoder()
        self._encoder = Encoder()
        self._port = ComPort(rate)
        self._agreed = False  # the client speaks RFC 2217
        self._telnet = False  # it speaks Telnet
        self._shown = signals
        self._held: deque[bytes | Signals] = deque()
        self._held_bytes = 0
        self._undelivered = bytearray()
        self._answers = 0
        self._suspended = False
        self._net_takes = True
        self._dce_takes = True
        self._read_net = True
        self._take_dce = True
        self.dropped = 0
        """Bytes of a sender that did not pause."""

    @property
    def framing(self) -> Framing:
        """Data bits, parity and stop bits as the client has set them."""
        return self._port.framing

    @property
    def deadline(self) -> None:
        """Never: nothing here has a time."""
        return

    def handle(self, event: ComPortEvent, now: float) -> list[ComPortAction]:
        """Take what happened at `now`; what is to be done, in order."""
        match event:
            case NetSent(data):
                actions = [action for piece in self._decoder.pieces(data) for action in self._heard(piece)]
                if not self._net_takes:
                    self._answers += sum(len(each.data) for each in actions if isinstance(each, SendToNet))
            case DceSent(data):
                actions = self._send(data)
            case DceSignals(on):
                actions = self._signal(on)
            case DceBreak():
                actions = self._break()
            case DceTakes(on):
                actions = self._dce(on)
            case NetTakes(on):
                self._net_takes = on
                self._answers = 0
                actions = self._let_go()
            case Opened():
                actions = self._open()
            case Closed():
                self._held.clear()
                self._held_bytes = 0
                actions = [*self._deliver_all(), TellSignals(Signals.NONE)]
        actions += self._balanced()
        return actions if len(actions) < 2 else _joined(actions)

    def _open(self) -> list[ComPortAction]:
        options = self._options
        messages = [
            *options.offer(Option.ECHO),  # the modem echoes
            *options.offer(Option.SGA),
            *options.request(Option.SGA),
            *options.offer(Option.BINARY),
            *options.request(Option.BINARY),
            *options.request(Option.COM_PORT),
        ]
        return [*_said(messages), TellSignals(self._port.signals)]

    # From the client.

    def _heard(self, piece: Piece) -> list[ComPortAction]:
        match piece:
            case Data(data):
                return self._deliver(data)
            case Negotiation():
                self._telnet = True
                return self._negotiated(piece)
            case Subnegotiation(Option.COM_PORT, content):
                return [*self._agree(), *(action for step in self._port.heard(content) for action in self._do(step))]
            case Plain(Command.BRK):
                return [TellBreak()]
            case Plain(Command.IP):
                return self._deliver(b"\x03")
            case Plain(Command.AYT):
                return [SendToNet(b"\r\n[Yes]\r\n")]
        return []

    def _negotiated(self, message: Negotiation) -> list[ComPortAction]:
        actions = _said(self._options.heard(message))
        self._decoder.binary = self._options.they_do(Option.BINARY)
        self._encoder.binary = self._options.we_do(Option.BINARY)
        if message == Negotiation(Command.WILL, Option.COM_PORT):
            actions += self._agree()
        elif message == Negotiation(Command.WONT, Option.COM_PORT):
            self._agreed = False
        return actions

    def _agree(self) -> list[ComPortAction]:
        """From now on it is told of signals, and at once of those there are."""
        if self._agreed:
            return []
        self._agreed = self._telnet = True
        return self._do(ShowModemState())

    def _do(self, step: Step) -> list[ComPortAction]:
        match step:
            case Answer(content):
                return [_content(content)]
            case TellSignals():
                return [*self._deliver_all(), step]
            case TellRate() | TellBreak():
                return [step]
            case Suspend(on):
                self._suspended = on
                return self._let_go()
            case Purge(for_client, for_dce):
                return self._purge(for_client, for_dce)
            case ShowModemState():
                state = modem_state(self._shown, self._shown) & self._port.modem_mask
                return [_content(server_content(Request.NOTIFY_MODEMSTATE, bytes((state,))))]
            case ShowLineState():
                idle = LineState.NONE if self._undelivered else LineState.HOLDING_EMPTY | LineState.SHIFT_EMPTY
                return [_content(server_content(Request.NOTIFY_LINESTATE, bytes((idle,))))]

    def _deliver(self, data: bytes) -> list[ComPortAction]:
        if self._dce_takes:
            return [Deliver(data)]
        self._undelivered += data
        return []

    def _deliver_all(self) -> list[ComPortAction]:
        if not self._undelivered:
            return []
        data = bytes(self._undelivered)
        self._undelivered.clear()
        return [Deliver(data)]

    def _purge(self, for_client: bool, for_dce: bool) -> list[ComPortAction]:
        if for_dce:
            self._undelivered.clear()
        if not for_client:
            return []
        signals = [each for each in self._held if isinstance(each, Signals)]
        self._held.clear()
        self._held_bytes = 0
        return self._show(signals[-1]) if signals else []

    # From the DCE.

    def _dce(self, takes: bool) -> list[ComPortAction]:
        if takes == self._dce_takes:
            return []
        self._dce_takes = takes
        if not self._agreed:
            return self._deliver_all() if takes else []
        request = Request.FLOWCONTROL_RESUME if takes else Request.FLOWCONTROL_SUSPEND
        return [*(self._deliver_all() if takes else []), _content(server_content(request))]

    def _send(self, data: bytes) -> list[ComPortAction]:
        if self._net_takes and not self._suspended:
            return [SendToNet(self._encoder.encode(data))]
        kept = data[: max(0, self._most_held - self._held_bytes)]
        self.dropped += len(data) - len(kept)
        if kept:
            self._held.append(kept)
            self._held_bytes += len(kept)
        return []

    def _signal(self, on: Signals) -> list[ComPortAction]:
        if not self._held:
            return self._show(on)
        if isinstance(self._held[-1], Signals):
            self._held[-1] = on
        else:
            self._held.append(on)
            self._held_bytes += _NOTICE
        return []

    def _break(self) -> list[ComPortAction]:
        if not self._agreed:
            return [SendToNet(plain(Command.BRK))] if self._telnet else []
        if LineState.BREAK not in self._port.line_mask:
            return []
        return [_content(server_content(Request.NOTIFY_LINESTATE, bytes((LineState.BREAK,))))]

    def _let_go(self) -> list[ComPortAction]:
        """What was held for the client, if it takes it."""
        actions: list[ComPortAction] = []
        if self._net_takes and not self._suspended:
            while self._held:
                actions += self._show(self._held.popleft())
            self._held_bytes = 0
        return actions

    def _show(self, what: bytes | Signals) -> list[ComPortAction]:
        if isinstance(what, bytes):
            return [SendToNet(self._encoder.encode(what))]
        before, self._shown = self._shown, what
        mask = self._port.modem_mask
        state = modem_state(what, before)
        levels = state ^ modem_state(before, before)  # and the deltas, which were not there before
        if not self._agreed or not levels & mask:
            return []
        return [_content(server_content(Request.NOTIFY_MODEMSTATE, bytes((state & mask,))))]

    def _balanced(self) -> list[ComPortAction]:
        """Pause and go on, on both sides, where that has changed."""
        actions: list[ComPortAction] = []
        read_net = len(self._undelivered) <= MOST_UNDELIVERED and self._answers <= MOST_ANSWERS
        if read_net != self._read_net:
            self._read_net = read_net
            actions.append(ReadNet(read_net))
        take_dce = not self._held_bytes
        if take_dce != self._take_dce:
            self._take_dce = take_dce
            actions.append(TakeDce(take_dce))
        return actions


def _content(content: bytes) -> SendToNet:
    return SendToNet(subnegotiation(Option.COM_PORT, content))


def _said(messages: list[Negotiation]) -> list[ComPortAction]:
    out = b"".join(negotiation(message.command, message.option) for message in messages)
    return [SendToNet(out)] if out else []


def _joined(actions: list[ComPortAction]) -> list[ComPortAction]:
    """The same, neighbours that only carry bytes made one."""
    joined: list[ComPortAction] = []
    for kind, run in groupby(actions, type):
        if kind is Deliver or kind is SendToNet:
            joined.append(kind(b"".join(each.data for each in run if isinstance(each, Deliver | SendToNet))))
        else:
            joined += run
    return joined
