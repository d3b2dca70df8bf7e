"""A serial port as a Telnet client may set it: its requests, their answers, and what they change (RFC 2217).

Theory: every request that sets something is answered with what is in force from then on, a request that only
asks with the same. The line is a virtual one: both ends have the same framing whatever it is, and flow is controlled
end to end, so all framings and all ways of flow control that the RFC names are in force as soon as they are asked for.

Rules: a request cut short asks only. What the RFC does not name has no answer, which is how a client learns of it.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from offhook.modem.rs232 import Framing, Signals

SIGNATURE = b"offhook"


class Request(IntEnum):
    """What the content of a subnegotiation begins with; the server's own begin with 100 more."""

    SIGNATURE = 0
    SET_BAUDRATE = 1
    SET_DATASIZE = 2
    SET_PARITY = 3
    SET_STOPSIZE = 4
    SET_CONTROL = 5
    NOTIFY_LINESTATE = 6
    NOTIFY_MODEMSTATE = 7
    FLOWCONTROL_SUSPEND = 8
    FLOWCONTROL_RESUME = 9
    SET_LINESTATE_MASK = 10
    SET_MODEMSTATE_MASK = 11
    PURGE_DATA = 12


class Control(IntEnum):
    """Values of SET-CONTROL."""

    WHICH_FLOW = 0
    FLOW_NONE = 1
    FLOW_XON_XOFF = 2
    FLOW_HARDWARE = 3
    WHICH_BREAK = 4
    BREAK_ON = 5
    BREAK_OFF = 6
    WHICH_DTR = 7
    DTR_ON = 8
    DTR_OFF = 9
    WHICH_RTS = 10
    RTS_ON = 11
    RTS_OFF = 12
    WHICH_INBOUND_FLOW = 13
    INBOUND_NONE = 14
    INBOUND_XON_XOFF = 15
    INBOUND_HARDWARE = 16
    FLOW_DCD = 17
    INBOUND_DTR = 18
    FLOW_DSR = 19


class ModemState(IntFlag):
    """The octet of NOTIFY-MODEMSTATE: the levels now, and what changed since the last one."""

    NONE = 0
    DELTA_CTS = 1
    DELTA_DSR = 2
    END_OF_RING = 4
    DELTA_DCD = 8
    CTS = 16
    DSR = 32
    RI = 64
    DCD = 128


class LineState(IntFlag):
    """The octet of NOTIFY-LINESTATE, as far as a virtual line has such states."""

    NONE = 0
    BREAK = 16
    HOLDING_EMPTY = 32
    SHIFT_EMPTY = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """Send this content to the client."""

    content: bytes


@dataclass(frozen=True, slots=True)
class TellSignals:
    """The DTE's outputs are to be these: DTR and RTS."""

    on: Signals


@dataclass(frozen=True, slots=True)
class TellRate:
    """The DTE has this rate, in bit/s, never 0."""

    rate: int


@dataclass(frozen=True, slots=True)
class TellBreak:
    """The DTE sent a break."""


@dataclass(frozen=True, slots=True)
class Purge:
    """Drop what waits for the client, what waits for the DCE, or both."""

    for_client: bool
    for_dce: bool


@dataclass(frozen=True, slots=True)
class Suspend:
    """The client takes no data (True), or takes it again."""

    on: bool


@dataclass(frozen=True, slots=True)
class ShowModemState:
    """Send the client the levels as they are now."""


@dataclass(frozen=True, slots=True)
class ShowLineState:
    """Send the client the state of the line as it is now."""


Step = Answer | TellSignals | TellRate | TellBreak | Purge | Suspend | ShowModemState | ShowLineState

_INBOUND_OF = {
    Control.FLOW_NONE: Control.INBOUND_NONE,
    Control.FLOW_XON_XOFF: Control.INBOUND_XON_XOFF,
    Control.FLOW_HARDWARE: Control.INBOUND_HARDWARE,
}
_DATA_SIZES = range(5, 9)
_PARITIES = range(1, 6)  # none, odd, even, mark, space
_PARITY_LETTERS = "NOEMS"
_STOP_SIZES = range(1, 4)
_STOP_BITS = (1, 2, 1.5)
_SHOWN = (
    (Signals.CTS, ModemState.CTS, ModemState.DELTA_CTS),
    (Signals.DSR, ModemState.DSR, ModemState.DELTA_DSR),
    (Signals.DCD, ModemState.DCD, ModemState.DELTA_DCD),
)


def modem_state(now: Signals, before: Signals) -> ModemState:
    """The octet that tells of `now` to who knows of `before`; the delta of RI tells only of its end."""
    state = ModemState.NONE
    for signal, level, delta in _SHOWN:
        if signal in now:
            state |= level
        if (now ^ before) & signal:
            state |= delta
    if Signals.RI in now:
        state |= ModemState.RI
    elif Signals.RI in before:
        state |= ModemState.END_OF_RING
    return state


def signals_of(state: ModemState) -> Signals:
    """The levels of an octet of NOTIFY-MODEMSTATE."""
    on = Signals.RI if ModemState.RI in state else Signals.NONE
    for signal, level, _ in _SHOWN:
        if level in state:
            on |= signal
    return on


class ComPort:
    """What one client has set: 8N1, no flow control, DTR and RTS on until it says otherwise, as a tty when opened."""

    def __init__(self, rate: int) -> None:
        """`rate` in bit/s is in force until the client sets one."""
        self.rate = rate
        self.signals = Signals.DTR | Signals.RTS
        self.modem_mask = ModemState(255)
        self.line_mask = LineState.NONE
        self._sizes = {Request.SET_DATASIZE: 8, Request.SET_PARITY: 1, Request.SET_STOPSIZE: 1}
        self._outbound = Control.FLOW_NONE
        self._inbound = Control.INBOUND_NONE
        self._breaking = False

    @property
    def framing(self) -> Framing:
        """Data bits, parity and stop bits as the client has set them."""
        sizes = self._sizes
        parity = _PARITY_LETTERS[sizes[Request.SET_PARITY] - 1]
        return Framing(sizes[Request.SET_DATASIZE], parity, _STOP_BITS[sizes[Request.SET_STOPSIZE] - 1])

    def heard(self, content: bytes) -> list[Step]:
        """Take the content of a subnegotiation; what is to be done, in order."""
        request, value = content[:1], content[1:]
        match request[0] if request else -1:
            case Request.SIGNATURE:
                return [] if value else [_answer(Request.SIGNATURE, SIGNATURE)]
            case Request.SET_BAUDRATE:
                return self._set_rate(value)
            case Request.SET_DATASIZE:
                return self._set_size(Request.SET_DATASIZE, value, _DATA_SIZES)
            case Request.SET_PARITY:
                return self._set_size(Request.SET_PARITY, value, _PARITIES)
            case Request.SET_STOPSIZE:
                return self._set_size(Request.SET_STOPSIZE, value, _STOP_SIZES)
            case Request.SET_CONTROL if value and value[0] <= max(Control):
                return self._control(Control(value[0]))
            case Request.NOTIFY_LINESTATE:
                return [ShowLineState()]
            case Request.NOTIFY_MODEMSTATE:
                return [ShowModemState()]
            case Request.FLOWCONTROL_SUSPEND:
                return [Suspend(True)]
            case Request.FLOWCONTROL_RESUME:
                return [Suspend(False)]
            case Request.SET_LINESTATE_MASK:
                self.line_mask = LineState(value[0]) if value else self.line_mask
                return [_answer(Request.SET_LINESTATE_MASK, bytes((self.line_mask,)))]
            case Request.SET_MODEMSTATE_MASK:
                self.modem_mask = ModemState(value[0]) if value else self.modem_mask
                return [_answer(Request.SET_MODEMSTATE_MASK, bytes((self.modem_mask,))), ShowModemState()]
            case Request.PURGE_DATA if value and 1 <= value[0] <= 3:
                purge = Purge(for_client=bool(value[0] & 1), for_dce=bool(value[0] & 2))
                return [purge, _answer(Request.PURGE_DATA, value[:1])]
        return []

    def _set_rate(self, value: bytes) -> list[Step]:
        rate = int.from_bytes(value[:4]) if len(value) >= 4 else 0
        self.rate = rate or self.rate
        answer = _answer(Request.SET_BAUDRATE, self.rate.to_bytes(4))
        return [TellRate(rate), answer] if rate else [answer]

    def _set_size(self, request: Request, value: bytes, possible: range) -> list[Step]:
        if value and value[0] in possible:
            self._sizes[request] = value[0]
        return [_answer(request, bytes((self._sizes[request],)))]

    def _control(self, control: Control) -> list[Step]:
        steps: list[Step] = []
        match control:
            case Control.WHICH_FLOW:
                control = self._outbound
            case Control.FLOW_NONE | Control.FLOW_XON_XOFF | Control.FLOW_HARDWARE:
                self._outbound, self._inbound = control, _INBOUND_OF[control]
            case Control.FLOW_DCD | Control.FLOW_DSR:
                self._outbound = control
            case Control.WHICH_INBOUND_FLOW:
                control = self._inbound
            case Control.INBOUND_NONE | Control.INBOUND_XON_XOFF | Control.INBOUND_HARDWARE | Control.INBOUND_DTR:
                self._inbound = control
            case Control.WHICH_BREAK:
                control = Control.BREAK_ON if self._breaking else Control.BREAK_OFF
            case Control.BREAK_ON | Control.BREAK_OFF:
                if control is Control.BREAK_ON and not self._breaking:
                    steps.append(TellBreak())
                self._breaking = control is Control.BREAK_ON
            case Control.WHICH_DTR:
                control = Control.DTR_ON if Signals.DTR in self.signals else Control.DTR_OFF
            case Control.WHICH_RTS:
                control = Control.RTS_ON if Signals.RTS in self.signals else Control.RTS_OFF
            case _:
                signal = Signals.DTR if control in (Control.DTR_ON, Control.DTR_OFF) else Signals.RTS
                on = control in (Control.DTR_ON, Control.RTS_ON)
                self.signals = self.signals | signal if on else self.signals & ~signal
                steps.append(TellSignals(self.signals))
        return [*steps, _answer(Request.SET_CONTROL, bytes((control,)))]


def server_content(request: Request, value: bytes = b"") -> bytes:
    """The content of a subnegotiation that the server sends."""
    return bytes((100 + request,)) + value


def _answer(request: Request, value: bytes) -> Answer:
    return Answer(server_content(request, value))
