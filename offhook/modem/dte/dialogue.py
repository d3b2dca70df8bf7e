"""Our side of a talk with a real modem: the DTE that sets it up, answers, dials, and gets it back when it is stuck.

An edge tells a `Dialogue` every event with the time, carries out the actions in order, and feeds it a `Tick` at
`deadline`. While a call is up, a chunk for which `far_chunk` is true goes straight on.

Rules: a ring is answered only right after a RING; every state but idle and a call that is up ends within a bound;
whoever wanted a call is told `Join` or `Refuse` once; a call that was put through or joined ends with one `EndCall`,
or because that was wanted; nothing the modem says raises.
"""

from collections.abc import Callable

from offhook.modem.dte.bell import Bell
from offhook.modem.dte.calls import Calls
from offhook.modem.dte.events import (
    Action,
    AllSent,
    CallWanted,
    DceCame,
    DceSent,
    DceSignals,
    Event,
    Failure,
    Refuse,
)
from offhook.modem.dte.replies import CallerField, Connect, Progress, Reply, Result, Text
from offhook.modem.dte.states import CALLS, HANDLERS, PROCEDURES, State
from offhook.modem.dte.talk import DteSettings, Talk
from offhook.modem.dte.upkeep import Upkeep
from offhook.modem.rs232 import Signals

BABBLE = 400
"""Characters of nonsense from an idle modem after which it is taken to be in a call that nobody knows of."""
_FAILURES = {
    Result.BUSY: Failure.BUSY,
    Result.NO_ANSWER: Failure.NO_ANSWER,
    Result.NO_DIALTONE: Failure.NO_DIALTONE,
    Result.NO_CARRIER: Failure.NO_CARRIER,
    Result.VOICE: Failure.NO_CARRIER,
    Result.ERROR: Failure.BARRED,
    Result.DELAYED: Failure.BARRED,
    Result.BLACKLISTED: Failure.BARRED,
}
"""What ends an attempt; a stray OK does not."""


class Dialogue:
    """The machine. Absent until `DceCame`."""

    def __init__(self, settings: DteSettings | None = None) -> None:
        talk = self._talk = Talk(settings or DteSettings())
        self._upkeep = Upkeep(talk)
        self._bell = Bell(talk)
        self._calls = Calls(talk, self._upkeep, self._bell)
        self._babble = 0
        self._handlers: dict[str, Callable[..., None]] = {
            name: getattr(self, name) for table in HANDLERS.values() for name in table.values()
        }

    @property
    def state(self) -> State:
        """Where the talk is."""
        return self._talk.state

    @property
    def deadline(self) -> float | None:
        """When it wants a `Tick`."""
        return self._calls.watch.deadline if self._talk.state is State.ONLINE else self._talk.deadline

    def far_chunk(self, data: bytes) -> bool:
        """Whether a chunk from the modem is data of a call and may go straight on; it has been taken note of then."""
        return self._talk.state is State.ONLINE and self._calls.watch.plain(data)

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now` (seconds, never going back); what is to be done, in order."""
        talk = self._talk
        while (due := self.deadline) is not None and due <= now:
            talk.now = max(talk.now, due)
            self._came_due()
        talk.now = max(talk.now, now)
        self._handlers[HANDLERS[talk.state][type(event)]](event)
        talk.actions, actions = [], talk.actions
        return actions

    def _came_due(self) -> None:
        match self._talk.state:
            case State.IDLE:
                self._talk.note("no call for long: the modem is set up anew")
                self._upkeep.set_up()
            case State.RINGING:
                self._calls.answer()
            case State.ANSWERING | State.DIALLING:
                self._calls.waited()
            case State.CONNECTED:
                self._calls.put_through()
            case State.ONLINE:
                self._calls.doubt_over()
            case _:
                self._upkeep.heard(None)

    # The modem comes, goes, and shows its lines.

    def on_came(self, event: DceCame) -> None:
        """The port is open."""
        self._talk.lines = event.lines
        self._talk.on = Signals.NONE
        self._talk.reader.forget()
        self._upkeep.begin()

    def on_gone(self, _event: Event) -> None:
        """The port is gone, and the call with it."""
        self._calls.lost()

    def on_signals(self, event: DceSignals) -> None:
        """DSR, CTS, DCD and RI as they are now."""
        self._talk.on = event.on
        self._calls.signals()

    # What the modem says.

    def on_bytes(self, event: DceSent) -> None:
        """Bytes of a modem in no call; those behind CONNECT are of one."""
        data = event.data
        while data and self._talk.state not in CALLS:
            replies, data = self._talk.reader.read(data)
            for reply in replies:
                self._hear(reply)
        if data:
            self._calls.early_data(data)

    def _hear(self, reply: Reply) -> None:
        state = self._talk.state
        match reply:
            case _ if state in PROCEDURES:
                self._upkeep.heard(reply)
            case Result.RING if state in (State.IDLE, State.RINGING):
                self._bell.rang()
            case CallerField():
                self._bell.told(reply)
            case Progress(carrier):
                self._calls.carrier = carrier or self._calls.carrier
            case Connect():
                self._calls.connected(reply)
            case Text(text) if state is State.IDLE:
                self._babbled(text)
            case Result.NO_CARRIER | Result.ERROR if state is State.ANSWERING:
                self._calls.failed(Failure.NO_CARRIER)
            case Result() if state is State.DIALLING and reply in _FAILURES:
                self._calls.failed(_FAILURES[reply])

    def _babbled(self, text: str) -> None:
        self._babble += len(text)
        if self._babble > BABBLE:
            self._babble = 0
            self._talk.note("the modem babbles: it may be in a call that nobody knows of")
            self._upkeep.hang_up()

    def on_early_data(self, event: DceSent) -> None:
        """Bytes right after CONNECT."""
        self._calls.early_data(event.data)

    def on_data(self, event: DceSent) -> None:
        """Bytes of a call that has been put through."""
        self._calls.data(event.data)

    # What is wanted.

    def on_call_wanted(self, event: CallWanted) -> None:
        """Dial."""
        self._babble = 0
        self._calls.want(event.number)

    def on_call_refused(self, _event: CallWanted) -> None:
        """Somebody else has the modem, or it is not ready."""
        state = self._talk.state
        away = state is State.ABSENT or state in PROCEDURES
        self._talk.do(Refuse(Failure.NOT_READY if away else Failure.IN_USE))

    def on_hang_up(self, _event: Event) -> None:
        """The call is over on our side, or not wanted any longer."""
        self._calls.hang_up()

    # What needs no more than a word.

    def on_all_sent(self, event: AllSent) -> None:
        """A procedure may wait for it."""
        self._upkeep.heard(event)

    def on_tick(self, _event: Event) -> None:
        """A time has come: `handle` has seen to it, as it does before any event."""

    def on_unexpected(self, event: Event) -> None:
        """An event that this state has no use for."""
        self._talk.note(f"{type(event).__name__} means nothing while {self._talk.state.value}")
