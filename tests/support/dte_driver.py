"""A dialogue with a clock turned by hand: feeds its deadlines, keeps what it wants, and checks what always holds."""

from collections.abc import Callable

from offhook.modem.dte import (
    MOVES,
    Action,
    AllSent,
    DceCame,
    DceSent,
    DceSignals,
    Dialogue,
    Drain,
    DteSettings,
    Event,
    Note,
    PassOn,
    SendToDce,
    SetDteSignals,
    State,
    Tick,
)
from offhook.modem.rs232 import Signals

MAY_FOLLOW = {state: frozenset[State]().union(*moves.values()) | {state} for state, moves in MOVES.items()}


class DteDriver:
    """`modem` is called with each action that concerns the modem, and may answer by `hear`."""

    def __init__(self, settings: DteSettings | None = None, modem: Callable[[Action], None] | None = None) -> None:
        self.dialogue = Dialogue(settings)
        self.now = 50.0
        self.log: list[tuple[float, Event | Action]] = []
        self.modem = modem
        self.dtr = Signals.NONE
        self._inside = False
        self._waiting: list[Event] = []
        self.visited: list[State] = [State.ABSENT]

    @property
    def state(self) -> State:
        return self.dialogue.state

    def tell(self, event: Event) -> list[Action]:
        """One event now, and what follows from it."""
        if self._inside:
            self._waiting.append(event)
            return []
        self._inside = True
        done = self._told(event)
        while self._waiting:
            done += self._told(self._waiting.pop(0))
        self._inside = False
        return done

    def _told(self, event: Event) -> list[Action]:
        self.log.append((self.now, event))
        actions = self.dialogue.handle(event, self.now)
        deadline = self.dialogue.deadline
        assert deadline is None or deadline > self.now, "what was due has not been done"
        self.visited.append(self.state)
        for action in actions:
            self.log.append((self.now, action))
            if isinstance(action, SetDteSignals):
                self.dtr = action.on
            elif isinstance(action, Drain):
                self._waiting.append(AllSent())
            if self.modem is not None:
                self.modem(action)
        return actions

    def hear(self, data: bytes) -> list[Action]:
        """Bytes of the modem now."""
        return self.tell(DceSent(data))

    def passed_straight(self, data: bytes) -> None:
        """The edge has passed a chunk on without the dialogue."""
        self.log.append((self.now, PassOn(data)))

    def wait(self, seconds: float) -> list[Action]:
        """Let time pass, with a tick at each deadline on the way."""
        until = self.now + seconds
        actions: list[Action] = []
        while (deadline := self.dialogue.deadline) is not None and deadline <= until:
            assert deadline >= self.now - 1e-9, "a deadline lies in the past"
            self.now = max(self.now, deadline)
            actions += self.tell(Tick())
        self.now = until
        return actions

    def wait_for(self, state: State, most: float = 600.0) -> None:
        """Let time pass until the dialogue is in `state`."""
        until = self.now + most
        while self.state is not state:
            deadline = self.dialogue.deadline
            assert deadline is not None, f"{self.state} is for ever"
            assert deadline <= until, f"{self.state} does not lead to {state}"
            self.wait(deadline - self.now)

    @property
    def sent(self) -> bytes:
        """All that the modem was sent."""
        return b"".join(thing.data for _, thing in self.log if isinstance(thing, SendToDce))

    @property
    def passed(self) -> bytes:
        """All that the far end has sent, as it was passed on."""
        return b"".join(thing.data for _, thing in self.log if isinstance(thing, PassOn))

    @property
    def notes(self) -> list[str]:
        return [thing.text for _, thing in self.log if isinstance(thing, Note)]

    def of(self, *kinds: type) -> list[Action | Event]:
        """What has happened or been wanted of these kinds."""
        return [thing for _, thing in self.log if isinstance(thing, kinds)]


def set_up(
    driver: DteDriver,
    *,
    lines: bool = True,
    on: Signals = Signals.DSR | Signals.CTS,
    refused: tuple[bytes, ...] = (),
    texts: bytes = b"",
) -> None:
    """Have a modem that says OK to all but what is in `refused` set up; it is idle then."""
    driver.tell(DceCame(lines))
    driver.tell(DceSignals(on))
    answered = len(driver.of(SendToDce))
    for _ in range(200):
        if driver.state is State.IDLE:
            return
        commands = driver.of(SendToDce)[answered:]
        answered += len(commands)
        for command in commands:
            assert isinstance(command, SendToDce)
            told = texts if command.data == b"ATI\r" else b""
            driver.hear(told + (b"\r\nERROR\r\n" if any(part in command.data for part in refused) else b"\r\nOK\r\n"))
        deadline = driver.dialogue.deadline
        assert deadline is not None
        driver.wait(min(deadline - driver.now, 0.2))
    raise AssertionError(f"it has not been set up: {driver.log[-5:]}")
