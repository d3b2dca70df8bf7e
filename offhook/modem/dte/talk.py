"""What the parts of a dialogue share: the state, the time, the orders given so far, and what is known of the modem."""

from collections.abc import Generator
from dataclasses import dataclass, field

from offhook.modem.dte.events import Action, AllSent, Note, SendToDce, SetDteSignals, ShowReady
from offhook.modem.dte.reader import Reader
from offhook.modem.dte.recipes import GENERIC, Recipe
from offhook.modem.dte.replies import Reply, Result, Text
from offhook.modem.dte.states import State
from offhook.modem.rs232 import Signals

PAUSE = 0.12
"""Seconds between a result and the next command: V.250 asks for 100 ms."""
PATIENCE = 2.5
"""Seconds for a command that does nothing on the line."""
MOST_TEXTS = 60
_INSTANT = 1e-6


@dataclass(frozen=True, slots=True)
class DteSettings:
    """How a modem is used. `recipe` is a name or "auto"; `init` is given after the recipe, without AT.

    A call is answered at RING number `rings`; by the modem itself (S0) if `auto_answer`. `renew` is the seconds of
    silence after which it is set up anew. A caller whose number is in `dial_back` is not answered but called. `dtr` is
    whether the way to the modem carries that line, and breaks.
    """

    recipe: str = "auto"
    init: str = ""
    rings: int = 2
    auto_answer: bool = False
    caller_id: bool = True
    flow: str = "none"
    dial: str = "DT"
    renew: float = 3600.0
    dial_back: frozenset[str] = frozenset()
    dtr: bool = True


Heard = Reply | AllSent | None
Steps = Generator[float, Heard, None]
"""Yields how many seconds it waits; is sent what the modem said, or None when they have passed."""
Procedure = Generator[float, Heard, bool]
"""As `Steps`; it ends with whether it succeeded."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command: its result, None if there was none in time, and the lines before it."""

    result: Result | None
    texts: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.result is Result.OK


@dataclass
class Talk:
    """The shared part."""

    settings: DteSettings
    state: State = State.ABSENT
    deadline: float | None = None
    """When the state is left, or a step of its procedure is over."""
    now: float = 0.0
    actions: list[Action] = field(default_factory=list)
    reader: Reader = field(default_factory=Reader)
    recipe: Recipe = GENERIC
    lines: bool = False
    on: Signals = Signals.NONE
    escape: bytes = b"+"
    """The character of the way back to commands (S2), three times."""
    dtr_hangs_up: bool | None = None
    """Whether dropping DTR has been seen to bring the modem back to commands."""

    def enter(self, state: State, seconds: float | None = None) -> None:
        """Go to a state; `seconds` until its time has come."""
        if (state is State.IDLE) is not (self.state is State.IDLE):
            self.do(ShowReady(state is State.IDLE))
        self.state = state
        self.deadline = None if seconds is None else self.now + seconds

    def do(self, action: Action) -> None:
        """Give an order."""
        self.actions.append(action)

    def note(self, text: str) -> None:
        """Say why."""
        self.actions.append(Note(text))

    def send(self, data: bytes) -> None:
        """Say something to the modem."""
        self.actions.append(SendToDce(data))

    def set_dtr(self, on: bool) -> None:
        """Raise DTR or drop it; RTS stays as it is for the other direction of flow control."""
        self.actions.append(SetDteSignals(Signals.DTR | Signals.RTS if on else Signals.RTS))

    # Steps that procedures are made of.

    def pause(self, seconds: float) -> Steps:
        """Let time pass, whatever is said meanwhile."""
        until = self.now + seconds
        while (left := until - self.now) > _INSTANT:
            yield left

    def drained(self, seconds: float) -> Steps:
        """Wait until all that was sent is out, `seconds` at most."""
        until = self.now + seconds
        while (left := until - self.now) > _INSTANT:
            if isinstance((yield left), AllSent):
                return

    def ask(self, command: str, patience: float = PATIENCE) -> Generator[float, Heard, Answer]:
        """Give a command, without its AT, and wait for its result; what is said of other things is let pass."""
        self.reader.forget()
        self.send(b"AT" + command.encode("ascii", "ignore") + b"\r")
        until = self.now + patience
        texts: list[str] = []
        result: Result | None = None
        while result is None and (left := until - self.now) > _INSTANT:
            reply = yield left
            if reply is None:
                reply = self.reader.flush()
            if isinstance(reply, Text) and len(texts) < MOST_TEXTS:
                texts.append(reply.text[:80])
            elif isinstance(reply, Result) and reply is not Result.RING:
                result = reply
        if result is not None:
            yield from self.pause(PAUSE)
        return Answer(result, tuple(texts))
