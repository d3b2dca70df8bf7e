"""The line of a terminal on a cable: the machine that has a getty's work, and no process.

A terminal that is there, by its DTR, is given its call: at once, or when a key is pressed. The call ends when DTR
falls, when the far end has gone, or by a key that was chosen for it; then the line shows no carrier for a moment, as a
port that is closed does, and begins anew. The parity of a terminal is found by what it types first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from offhook.modem.rs232 import Parity, ParityFinder, with_parity, without_parity
from offhook.virtual_lines.direct.orders import (
    Action,
    Call,
    CallEnded,
    CallUp,
    Event,
    HangUp,
    Note,
    PassOn,
    SendBreak,
    SendToTerminal,
    ShowCarrier,
    TerminalBroke,
    TerminalSent,
    TerminalSignals,
    Tick,
    ToTerminal,
)

SETTLE = 0.5
"""Seconds between DTR and the call: a terminal that is switched on sends noise, and a program flushes its tty."""
REST = 1.0
"""Seconds without carrier after a call."""
BREAK_HANGS_UP = "break"


class State(Enum):
    """Where the line is; the value is how documents write it."""

    VACANT = "vacant"
    WAITING = "waiting for a key"
    SETTLING = "settling"
    CALLING = "calling"
    UP = "up"
    RESTING = "resting"


@dataclass(frozen=True, slots=True)
class TerminalSettings:
    """`by_key`: a call begins by a key, not by DTR. `parity` None is to be found out.

    `hang_up` is the character that ends a call, `BREAK_HANGS_UP` a break, or empty.
    """

    by_key: bool = False
    parity: Parity | None = None
    hang_up: str = ""


_ANYWHERE: dict[type[Event], str] = {
    TerminalSignals: "on_signals",
    TerminalSent: "on_unexpected",
    TerminalBroke: "on_unexpected",
    CallUp: "on_stray_call",
    ToTerminal: "on_unexpected",
    CallEnded: "on_unexpected",
    Tick: "on_tick",
}
HANDLERS: Mapping[State, Mapping[type[Event], str]] = MappingProxyType(
    {
        State.VACANT: _ANYWHERE,
        State.WAITING: _ANYWHERE | {TerminalSent: "on_key", TerminalBroke: "on_break_before"},
        State.SETTLING: _ANYWHERE,
        State.CALLING: _ANYWHERE | {CallUp: "on_up", CallEnded: "on_ended", TerminalSent: "on_early"},
        State.UP: _ANYWHERE
        | {
            TerminalSent: "on_data",
            TerminalBroke: "on_break",
            ToTerminal: "on_far_data",
            CallEnded: "on_ended",
            CallUp: "on_unexpected",
        },
        State.RESTING: _ANYWHERE,
    }
)
"""The method of `TerminalLine` that takes each event in each state."""


class TerminalLine:
    """The machine. Nobody is there until `TerminalSignals` says so."""

    def __init__(self, settings: TerminalSettings | None = None) -> None:
        self._settings = settings or TerminalSettings()
        self._key = b"" if self._settings.hang_up == BREAK_HANGS_UP else self._settings.hang_up.encode("ascii")
        self.state = State.VACANT
        self.deadline: float | None = None
        """When it wants a `Tick`."""
        self._present = False
        self._now = 0.0
        self._actions: list[Action] = []
        self._finder = ParityFinder(self._settings.parity)
        self._handlers: dict[str, Callable[..., None]] = {
            name: getattr(self, name) for table in HANDLERS.values() for name in table.values()
        }

    @property
    def parity(self) -> Parity:
        """That of the terminal, as far as it is known."""
        return self._finder.parity

    @property
    def passes(self) -> bool:
        """Whether bytes of the call may go straight both ways."""
        plain = self._finder.found and self._finder.parity is Parity.NONE
        return plain and not self._key and self.state is State.UP

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now` (seconds, never going back); what is to be done, in order."""
        self._now = now
        if self.deadline is not None and self.deadline <= now:
            self._came_due()
        self._handlers[HANDLERS[self.state][type(event)]](event)
        actions, self._actions = self._actions, []
        return actions

    def _enter(self, state: State, seconds: float | None = None) -> None:
        self.state = state
        self.deadline = None if seconds is None else self._now + seconds

    def _came_due(self) -> None:
        if self.state is State.SETTLING:
            self._call()
        elif self.state is State.RESTING:
            self._actions.append(ShowCarrier(on=True))
            self._begin()

    def _begin(self) -> None:
        """Nobody is in a call: wait for whoever is there."""
        self._finder = ParityFinder(self._settings.parity)
        if not self._present:
            self._enter(State.VACANT)
        elif self._settings.by_key:
            self._enter(State.WAITING)
        else:
            self._enter(State.SETTLING, SETTLE)

    def _call(self) -> None:
        self._enter(State.CALLING)
        self._actions.append(Call())

    def _rest(self) -> None:
        self._actions.append(ShowCarrier(on=False))
        self._enter(State.RESTING, REST)

    def on_signals(self, event: TerminalSignals) -> None:
        """Somebody is there, or nobody any longer."""
        if event.present == self._present:
            return
        self._present = event.present
        if self.state in (State.CALLING, State.UP):
            self._actions += [Note("the terminal has gone"), HangUp()]
            self._rest()
        elif self.state is not State.RESTING:
            self._begin()

    def on_key(self, event: TerminalSent) -> None:
        """Any key begins a call; it is nobody's input."""
        self._finder.heard(event.data)
        self._call()

    def on_break_before(self, _event: Event) -> None:
        """A break asks for another rate, and is no key."""

    def on_early(self, event: TerminalSent) -> None:
        """What is typed while the call is being put through tells the parity, and is lost."""
        self._finder.heard(event.data)

    def on_up(self, _event: Event) -> None:
        """The call is up."""
        self._enter(State.UP)

    def on_data(self, event: TerminalSent) -> None:
        """Keys."""
        self._finder.heard(event.data)
        data = without_parity(event.data, self._finder.parity)
        if self._key and self._key in data:
            self._actions += [PassOn(before)] if (before := data[: data.index(self._key)]) else []
            self._hang_up("its key")
        else:
            self._actions.append(PassOn(data))

    def on_break(self, _event: Event) -> None:
        """A break: for the far end, or the end."""
        if self._settings.hang_up == BREAK_HANGS_UP:
            self._hang_up("a break")
        else:
            self._actions.append(SendBreak())

    def on_far_data(self, event: ToTerminal) -> None:
        """Bytes for the terminal."""
        self._actions.append(SendToTerminal(with_parity(event.data, self._finder.parity)))

    def _hang_up(self, why: str) -> None:
        self._actions += [Note(f"the terminal hangs up by {why}"), HangUp()]
        self._rest()

    def on_ended(self, event: CallEnded) -> None:
        """The call is over, or was none."""
        if event.said:
            self._actions.append(SendToTerminal(with_parity(event.said, self._finder.parity)))
        self._actions.append(HangUp())
        self._rest()

    def on_stray_call(self, _event: Event) -> None:
        """A call that nobody waits for any longer."""
        self._actions.append(HangUp())

    def on_tick(self, _event: Event) -> None:
        """A time has come: `handle` has seen to it."""

    def on_unexpected(self, event: Event) -> None:
        """An event that this state has no use for."""
        self._actions.append(Note(f"{type(event).__name__} means nothing while {self.state.value}"))
