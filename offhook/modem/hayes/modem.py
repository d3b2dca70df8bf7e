"""The modem as DCE: what happens goes in, what is to be done comes out.

Theory: a modem is a state (`states.py`), settings (`profile.py`) and clocks (`timers.py`). Its
edge tells it each event with the time, carries out the actions in order, and feeds it a
`Tick` at `deadline`. A call that is up is the fast path: chunks for which `online_chunk` is
true, and all far bytes while `far_passes` holds, need no `handle`.

Rules that hold in every state: an AT line has exactly one final result (A, D and O have it
when the handshake ends); DCD is on from CONNECT to NO CARRIER (&C1); RING and NO CARRIER
do not break into a line being typed. What was due before an event is done before it, so that
an edge whose `Tick` comes late loses nothing but the time.
"""

from collections.abc import Callable

from offhook.modem.hayes.actions import Action
from offhook.modem.hayes.bell import Bell
from offhook.modem.hayes.bit_maps import dte_bits
from offhook.modem.hayes.calls import Calls
from offhook.modem.hayes.command_reader import CommandLine, Repeat
from offhook.modem.hayes.dtr_watch import DtrWatch
from offhook.modem.hayes.events import DteSent, Event
from offhook.modem.hayes.executor import Executor, Outcome
from offhook.modem.hayes.handshake import Handshake
from offhook.modem.hayes.hot_line import HotLine
from offhook.modem.hayes.memory import Stored
from offhook.modem.hayes.online import Online
from offhook.modem.hayes.panel import FrontPanel
from offhook.modem.hayes.responder import said_parity
from offhook.modem.hayes.result_codes import ResultCode
from offhook.modem.hayes.situation import Settings, Situation
from offhook.modem.hayes.states import COMMAND_STATES, HANDLERS, State
from offhook.modem.hayes.timers import Timer
from offhook.modem.rs232 import Signals


class HayesModem:
    """One modem. `handle` never raises for anything the wire can bring."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Raises `ValueError` for an `init` that is no line of settings."""
        now = self._now = Situation(settings or Settings())
        self._calls = Calls(now)
        self._panel = FrontPanel(now)
        self._executor = Executor(now.memory, self._calls, self._panel, lenient=now.settings.lenient)
        self._bell = Bell(now, self._calls)
        self._dtr = DtrWatch(now, self._calls)
        self._handshake = Handshake(now, self._calls)
        self._hot_line = HotLine(now, self._calls)
        self._online = Online(now, self._calls, self.on_command_bytes)
        self._last_body = ""
        names = {name for by_kind in HANDLERS.values() for name in by_kind.values()}
        self._handlers = {name: self._handler(name) for name in names}

        if now.settings.init:
            self._initialise(now.settings.init)

    def _initialise(self, line: str) -> None:
        outcome = self._executor.execute(line)
        if outcome is Outcome.ERROR or self._now.state is not State.IDLE:
            raise ValueError(f"AT{line} is nothing to begin with: write settings, as in S0=1&C1")
        self._now.show_signals()
        self._now.actions.clear()

    def _handler(self, name: str) -> Callable[..., None]:
        parts = (self, self._bell, self._dtr, self._handshake, self._hot_line, self._online, self._panel)
        handler: Callable[..., None] = getattr(next(part for part in parts if hasattr(part, name)), name)
        return handler

    @property
    def state(self) -> State:
        """Where the modem is."""
        return self._now.state

    @property
    def signals(self) -> Signals:
        """DSR, CTS, DCD and RI as last ordered; what the edge shows before the first action."""
        return self._now.signals

    @property
    def stored(self) -> Stored:
        """What should outlast a restart."""
        return self._now.memory.stored

    @property
    def deadline(self) -> float | None:
        """When the modem wants a `Tick`, or None."""
        earliest, escape = self._now.timers.earliest, self._escape_deadline
        if earliest is None or (escape is not None and escape < earliest):
            return escape
        return earliest

    @property
    def _escape_deadline(self) -> float | None:
        return self._now.watcher.deadline if self._now.state is State.ONLINE else None

    @property
    def shows_cts(self) -> bool:
        """Whether it wants to know when the far end takes no more: for CTS, to send XOFF, or to wait for no XON."""
        now = self._now
        told = not now.settings.virtual_port or now.xoff_heard or now.far_full
        return told or now.memory.active.flow.said

    @property
    def awaits_xon(self) -> bool:
        """Whether the far end waits for an XON of the DTE."""
        return self._now.xoff_heard

    @property
    def far_passes(self) -> bool:
        """Whether bytes of the far end may go straight to the DTE."""
        return self._online.far_passes

    def online_chunk(self, data: bytes, now: float) -> bool:
        """Whether a chunk of the DTE may go straight to the far end; the modem has taken note of it then."""
        return self._online.chunk(data, now)

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now` (seconds, never going back); what is to be done, in order."""
        situation = self._now
        situation.now = now
        while (deadline := self.deadline) is not None and deadline <= now:
            self._came_due(deadline)
        self._answer(event)
        situation.actions, actions = [], situation.actions
        return actions

    def _answer(self, event: Event) -> None:
        self._handlers[HANDLERS[self._now.state][type(event)]](event)

    def on_command_bytes(self, event: DteSent) -> None:
        """Bytes in a command state: read lines and carry them out; what follows A, D or O is for the next state."""
        now = self._now
        now.last_typed = now.now
        rest = event.data
        while rest:
            if now.state not in COMMAND_STATES:
                self._answer(DteSent(rest))
                return
            echo, line, rest = now.reader.read(rest, now.register(3), now.register(5))
            if now.option("E"):
                now.say(echo)
            if line is not None:
                self._line(line)
        if not now.reader.typing:
            now.say_held()

    def _line(self, line: CommandLine | Repeat) -> None:
        now = self._now
        if isinstance(line, Repeat):
            body: str | None = self._last_body
        else:
            body = line.body
            now.line_ended = now.now
            now.responder.parity = said_parity(now.memory.active.extended["+ICF"], line.parity)
            now.memory.found[23] = dte_bits(now.told_rate, line.parity)
            if body is not None:
                self._last_body = body
        if body is None:
            now.note("ERROR: the command line was too long")
            outcome = Outcome.ERROR
        else:
            outcome = self._executor.execute(body)
        now.show_signals()
        if outcome is Outcome.ERROR:
            now.result(ResultCode.ERROR)
        elif outcome in (Outcome.NEXT, Outcome.STOP):
            now.result(ResultCode.OK)

    def on_tick(self, _event: Event) -> None:
        """A time the modem waited for has come: `handle` has seen to it, as it does before any event."""

    def _came_due(self, deadline: float) -> None:
        if deadline == self._escape_deadline:
            self._online.silence()
            return
        match self._now.timers.take(deadline):
            case Timer.PAUSE:
                self._calls.dial_now()
            case Timer.CARRIER:
                self._handshake.waited_enough()
            case Timer.TRAINING:
                self._calls.connected()
            case Timer.CONNECT_HOLD:
                self._calls.flow.release_far()
            case Timer.RING_MEMORY:
                self._bell.forget()
            case Timer.RING_KIND:
                self._bell.ring_is_over()
            case Timer.CALLER_ID:
                self._bell.tell_caller()
            case Timer.DTR:
                self._dtr.dropped()
            case Timer.IDLE:
                self._online.idle()
            case Timer.HOT_LINE:
                self._hot_line.due()
            case Timer.TYPING:
                self._now.say_held()

    def on_unexpected(self, event: Event) -> None:
        """An event that this state has no use for."""
        self._now.note(f"{type(event).__name__} means nothing while {self._now.state.value}")
