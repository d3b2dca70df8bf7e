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

from offhook.modem.hayes.actions import Action, BreakToDte, BreakToFar, HangUp, SendToFar
from offhook.modem.hayes.bell import Bell
from offhook.modem.hayes.calls import Calls
from offhook.modem.hayes.command_reader import CommandLine, Repeat
from offhook.modem.hayes.dtr_watch import DtrWatch
from offhook.modem.hayes.events import (
    CarrierLost,
    DteBreak,
    DteSent,
    Event,
    FarAnswered,
    FarBreak,
    FarBusy,
    FarNoAnswer,
    FarRinging,
    FarSent,
    NoDialTone,
)
from offhook.modem.hayes.executor import Executor, Outcome
from offhook.modem.hayes.result_codes import ResultCode
from offhook.modem.hayes.situation import Settings, Situation
from offhook.modem.hayes.states import COMMAND_STATES, HANDLERS, HANDSHAKE_STATES, State
from offhook.modem.hayes.timers import Timer
from offhook.modem.rs232 import Signals

ABORT_IMMUNITY = 0.125
"""Seconds after a dial line in which bytes do not abort it (V.250 5.6.1)."""
MOST_LATE = 65536
"""Bytes kept that the far end sent although it was held; an edge that obeys sends none."""
LINE_FEED = b"\n"
"""DOS ends command lines with CR LF; it is part of the line even if the call is up when it comes."""
PADDING = LINE_FEED + b"\0"
"""What is no key of anybody's: it gives no call up."""


class HayesModem:
    """One modem. `handle` never raises for anything the wire can bring."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._now = Situation(settings or Settings())
        self._calls = Calls(self._now)
        self._executor = Executor(self._now.memory, self._calls)
        self._bell = Bell(self._now, self._calls)
        self._last_body = ""
        self._dtr = DtrWatch(self._now, self._calls)
        self._table = {
            state: {kind: self._handler(name) for kind, name in by_kind.items()} for state, by_kind in HANDLERS.items()
        }

    def _handler(self, name: str) -> Callable[..., None]:
        owner = next(part for part in (self, self._bell, self._dtr) if hasattr(part, name))
        handler: Callable[..., None] = getattr(owner, name)
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
    def far_passes(self) -> bool:
        """Whether bytes of the far end may go straight to the DTE."""
        now = self._now
        return now.state is State.ONLINE and not now.timers.running(Timer.CONNECT_HOLD) and not now.register(30)

    def online_chunk(self, data: bytes, now: float) -> bool:
        """Whether a chunk of the DTE may go straight to the far end; the modem has taken note of it then."""
        situation = self._now
        watcher = situation.watcher
        if situation.state is not State.ONLINE:
            return False
        if situation.line_ended is not None:
            if data[:1] == LINE_FEED:
                return False
            situation.line_ended = None
        if ((due := watcher.deadline) is not None and now >= due) or not watcher.plain(data, now):
            return False
        situation.idle_since = now
        return True

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now` (seconds, never going back); what is to be done, in order."""
        situation = self._now
        situation.now = now
        while (deadline := self.deadline) is not None and deadline <= now:
            self._came_due(deadline)
        self._table[situation.state][type(event)](event)
        situation.actions, actions = [], situation.actions
        return actions

    # Commands

    def on_command_bytes(self, event: DteSent) -> None:
        """Bytes in a command state: read lines and carry them out; what follows A, D or O is for the next state."""
        now = self._now
        now.last_typed = now.now
        rest = event.data
        while rest:
            if now.state not in COMMAND_STATES:
                self._table[now.state][DteSent](DteSent(rest))
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

    def on_abort(self, event: DteSent) -> None:
        """Bytes while dialling or answering: any key gives the call up; minicom's is a Return."""
        now = self._now
        now.line_ended = None
        if now.now < now.handshake_began + ABORT_IMMUNITY or not event.data.strip(PADDING):
            return
        self._calls.clear("given up by a key")
        now.result(ResultCode.NO_CARRIER)

    # The call

    def on_ringback(self, _event: FarRinging) -> None:
        """The number dialled rings."""
        self._now.ringback = True

    def on_connected(self, event: FarAnswered) -> None:
        """The far end is there."""
        self._calls.connected(event.rate)

    def on_stray_call(self, _event: FarAnswered) -> None:
        """A call came up that this modem has given up meanwhile."""
        now = self._now
        now.note("a call came up that was given up already")
        if now.state is State.RINGING:
            now.do(HangUp())  # and the line is on-hook as it was: who rings is somebody else
        else:
            self._calls.clear("given up")

    def on_failed(self, event: Event) -> None:
        """The call does not come about."""
        now = self._now
        match event:
            case FarBusy():
                code = ResultCode.BUSY
            case FarNoAnswer():
                code = ResultCode.NO_ANSWER
            case NoDialTone():
                code = ResultCode.NO_DIALTONE
            case _:
                code = ResultCode.NO_CARRIER
        self._calls.clear(code.words.lower())
        now.result(code)

    def on_data(self, event: DteSent) -> None:
        """Bytes of the DTE in a call."""
        now = self._now
        data = self._after_line_end(event.data)
        if not data:
            return
        now.idle_since = now.now
        plain = now.watcher.plain(data, now.now)
        call_bytes = None if plain else now.watcher.sent(data, now.now)
        if call_bytes is None:
            now.do(SendToFar(data))
            if now.watcher.why:
                now.note(f"no escape: {now.watcher.why}")
                now.watcher.why = ""
            return
        now.do(SendToFar(data[:call_bytes]))
        self._calls.escape()
        self.on_command_bytes(DteSent(data[call_bytes:]))

    def _after_line_end(self, data: bytes) -> bytes:
        """The first bytes of a call without the line feed of the dial line, if the call is up that soon."""
        now = self._now
        ended, now.line_ended = now.line_ended, None
        if ended is None or now.now >= ended + ABORT_IMMUNITY or data[:1] != LINE_FEED:
            return data
        return data[1:]

    def on_break(self, _event: DteBreak) -> None:
        """A break of the DTE goes on to the far end."""
        self._now.do(BreakToFar())

    def on_far_break(self, _event: FarBreak) -> None:
        """A break of the far end goes on to the DTE."""
        self._now.do(BreakToDte())

    def on_far_bytes(self, event: FarSent) -> None:
        """Bytes of the far end: to the DTE, unless they have to wait."""
        now = self._now
        now.idle_since = now.now
        if now.state is State.ONLINE and not now.timers.running(Timer.CONNECT_HOLD):
            now.say(event.data)
        elif len(now.late) + len(event.data) <= MOST_LATE:
            now.late += event.data
        else:
            now.note(f"{len(event.data)} bytes lost: the far end sends although it is held")

    def on_carrier_lost(self, _event: CarrierLost) -> None:
        """The far end has gone: what it sent first, then DCD off, then NO CARRIER."""
        now = self._now
        if now.state is State.ONLINE:
            now.say(bytes(now.late))
        elif now.late:
            now.note(f"{len(now.late)} bytes lost: the far end sent them although it was held, and hung up")
        self._calls.clear("the far end hung up")
        now.say_unasked(ResultCode.NO_CARRIER)

    # The clock

    def on_tick(self, _event: Event) -> None:
        """A time the modem waited for has come: `handle` has seen to it, as it does before any event."""

    def _came_due(self, deadline: float) -> None:
        now = self._now
        if deadline == self._escape_deadline:
            self._calls.escape()
            return
        match now.timers.take(deadline):
            case Timer.PAUSE:
                self._calls.dial_now()
            case Timer.CARRIER if now.state in HANDSHAKE_STATES:
                self._calls.clear("no answer within S7")
                now.result(ResultCode.NO_ANSWER if now.ringback else ResultCode.NO_CARRIER)
            case Timer.CONNECT_HOLD:
                self._calls.release_far()
            case Timer.RING_MEMORY:
                self._bell.forget()
            case Timer.CALLER_ID:
                self._bell.tell_caller()
            case Timer.DTR:
                self._dtr.dropped()
            case Timer.IDLE:
                self._idle()
            case Timer.TYPING:
                now.say_held()

    def _idle(self) -> None:
        now = self._now
        limit = now.register(30) * 10
        if limit and now.idle_since + limit > now.now:
            now.timers.set(Timer.IDLE, now.idle_since + limit)
        elif limit:
            self._calls.clear("no data for as long as S30 allows")
            now.say_unasked(ResultCode.NO_CARRIER)

    def on_unexpected(self, event: Event) -> None:
        """An event that this state has no use for."""
        self._now.note(f"{type(event).__name__} means nothing while {self._now.state.value}")
