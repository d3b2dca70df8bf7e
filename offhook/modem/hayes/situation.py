"""Everything about a modem at one moment, shared by its events (`modem.py`) and its commands (`calls.py`)."""

from dataclasses import dataclass, field, replace

from offhook.modem.hayes.actions import Action, Note, SendToDte, SetSignals
from offhook.modem.hayes.command_reader import CommandReader
from offhook.modem.hayes.connect_report import Rates, Ways
from offhook.modem.hayes.dial_string import EMPTY
from offhook.modem.hayes.escape import EscapeStyle, EscapeWatcher, Watcher
from offhook.modem.hayes.memory import Memory, Stored
from offhook.modem.hayes.personality import HAYES, Personality
from offhook.modem.hayes.responder import Responder
from offhook.modem.hayes.result_codes import ResultCode
from offhook.modem.hayes.states import CALL_STATES, State
from offhook.modem.hayes.ties import TiesWatcher
from offhook.modem.hayes.timers import Timer, Timers
from offhook.modem.rs232 import Signals, with_parity

TYPING_PAUSE = 30.0
"""Seconds without a key after which a command line half typed is left alone and holds nothing up."""


@dataclass(frozen=True, slots=True)
class CallsByItself:
    """The number that a hot line calls when DTR comes on; `again` seconds after each call, None for not again."""

    number: str
    again: float | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the host chooses for a modem.

    `connect_hold` is the quiet between CONNECT and the first byte of the far end, in seconds:
    minicom throws away what it reads together with CONNECT. `line_rate` is told where the line
    has no rate of its own, `dte_rate` until the DTE's is known, both in bit/s. `stored` is what outlasted the last
    restart, `init` a command line without its AT that is carried out at the start. `lenient`: unknown commands are
    passed over and get OK. `strict`: AT is in one case, and NO ANSWER is told only where `@` asks for it.
    `realistic`: dialling and training take the time they take on a real line.
    `loudspeaker`: there is one, to be heard where times are real. `virtual_port`: the DTE's port has no rate that a
    character could be late for (a pty, a TCP port), so CONNECT may tell the line's. `hot_line`: it calls by itself.
    `idle_text` is sent to the far end of a call that is hung up for want of data.
    """

    connect_hold: float = 0.25
    line_rate: int = 115200
    dte_rate: int = 115200
    personality: Personality = HAYES
    version: str = ""
    stored: Stored = field(default_factory=Stored)
    init: str = ""
    lenient: bool = False
    strict: bool = False
    realistic: bool = False
    escape: EscapeStyle = EscapeStyle.HAYES
    loudspeaker: bool = False
    virtual_port: bool = False
    hot_line: CallsByItself | None = None
    idle_text: bytes = b""


class Situation:
    """The state, the settings and the orders given so far in this `handle`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.state = State.IDLE
        self.memory = Memory(settings.version, settings.personality, settings.stored)
        self.responder = Responder(self.memory.active, settings.personality)
        self.reader = CommandReader(one_case=settings.strict)
        self.watcher = self._watcher()
        self.timers = Timers()
        self.actions: list[Action] = []
        self.now = 0.0
        self.dtr = True
        self.rts = True
        """Whether the DTE takes bytes, as far as it is there."""
        self.far_full = False
        self.xoff_heard = False
        """The DTE has sent XOFF, and no XON since."""
        self.xoff_said = False
        """It was sent XOFF, and no XON since."""
        self.heard_flow = b""
        """XON and XOFF, while they mean something in what the DTE sends."""
        self.far_held = False
        self.dte_rate = settings.dte_rate
        self.line_rate = settings.line_rate
        self.call_rate: int | None = None
        self.ways: Ways | None = None
        self.answering = False
        self.ringback = False
        self.ringing_now = False
        self.dialled = EMPTY
        self.called = EMPTY
        self.training = False
        self.handshake_began = 0.0
        self.last_typed = 0.0
        self.line_ended: float | None = None
        self.late = bytearray()
        self.idle_since = 0.0
        self.idle_limit = 0.0
        self.call_began: float | None = None
        self.last_call = "no call yet"
        self.signals = Signals.NONE
        self.signals = self.wanted_signals()

    def _watcher(self) -> Watcher:
        style = self.settings.escape
        if style is EscapeStyle.TIES:
            return TiesWatcher(self.memory.active)
        return EscapeWatcher(self.memory.active, withhold=style is EscapeStyle.WITHHELD)

    def option(self, name: str) -> int:
        """The value of an option of the active profile."""
        return self.memory.active.options[name]

    def register(self, number: int) -> int:
        """The value of an S-register of the active profile."""
        return self.memory.active.registers[number]

    @property
    def typing(self) -> bool:
        """Whether the DTE is in the middle of a command line."""
        return self.reader.typing and self.now < self.last_typed + TYPING_PAUSE

    @property
    def told_rate(self) -> int:
        """The DTE's rate, in bit/s: as +IPR has it, or as its port has it."""
        return int(self.memory.active.extended["+IPR"]) or self.dte_rate

    @property
    def dte_holds(self) -> bool:
        """Whether the far end has to wait for the DTE's RTS, or its XON."""
        flow = self.memory.active.flow
        return (not self.rts and flow.rts) or (self.xoff_heard and flow.heard)

    @property
    def xon_xoff(self) -> bytes:
        """XON and XOFF in the DTE's parity."""
        numbers = self.settings.personality.xon_xoff
        return with_parity(bytes(self.register(number) for number in numbers), self.responder.parity)

    def do(self, action: Action) -> None:
        """Add an order."""
        self.actions.append(action)

    def note(self, text: str) -> None:
        """Say why in the trace."""
        self.actions.append(Note(text))

    def say(self, data: bytes) -> None:
        """Send bytes to the DTE, joined to those just before."""
        if not data:
            return
        if self.actions and isinstance(self.actions[-1], SendToDte):
            self.actions[-1] = SendToDte(self.actions[-1].data + data)
        else:
            self.actions.append(SendToDte(data))

    def tell(self, *lines: str) -> None:
        """Send information text."""
        self.say(self.responder.information(*lines))

    def result(self, code: ResultCode, *, insisted: bool = False) -> None:
        """Say a result code; `insisted`: whatever X allows."""
        self.say(self.responder.result(code, answering=self.answering, insisted=insisted))

    def say_connect(self) -> None:
        """Say CONNECT, with what is to be told of the line: its rate, where it has one and no DTE follows CONNECT."""
        follows = not self.settings.virtual_port or self.call_rate is None
        rates = Rates(self.told_rate, self.line_rate, self.ways)
        if not follows and self.memory.active.extended["+IPR"] == "0":
            rates = replace(rates, dte=self.line_rate, line_told=True)
        self.say(self.responder.connect(rates, answering=self.answering))

    def say_unasked(self, code: ResultCode) -> None:
        """Say a result that no command asked for; later, if the DTE is in the middle of a line."""
        if self.typing:
            self.responder.hold(code)
            self.timers.set(Timer.TYPING, self.last_typed + TYPING_PAUSE)
        else:
            self.result(code)

    def say_held(self) -> None:
        """Say what had to wait for the end of a line; or wait on, if the line still grows."""
        if self.typing:
            self.timers.set(Timer.TYPING, self.last_typed + TYPING_PAUSE)
            return
        self.timers.stop(Timer.TYPING)
        self.say(self.responder.release(answering=self.answering))

    def forget_held(self) -> None:
        """Drop what had to wait: nobody is there for it, or it would be taken for the next command's result."""
        self.timers.stop(Timer.TYPING)
        self.responder.forget()

    def wanted_signals(self) -> Signals:
        """DSR, CTS, DCD and RI as they should be now (&C, &S)."""
        carrier = self.state in CALL_STATES
        on = Signals.NONE if carrier and self.far_full and self.memory.active.flow.cts else Signals.CTS
        if carrier or not self.option("&C"):
            on |= Signals.DCD
        if carrier or not self.option("&S"):
            on |= Signals.DSR
        if self.ringing_now:
            on |= Signals.RI
        return on

    def show_signals(self) -> None:
        """Order the signals that have changed."""
        wanted = self.wanted_signals()
        if wanted != self.signals:
            self.signals = wanted
            self.actions.append(SetSignals(wanted))

    def enter(self, state: State) -> None:
        """Go to another state; DCD, DSR and RI follow at once."""
        self.state = state
        self.show_signals()
