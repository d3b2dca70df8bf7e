"""A modem with a clock turned by hand: says what it said, feeds its deadlines, and checks what always holds."""

from offhook.modem.hayes import (
    Action,
    DteSent,
    Event,
    FarAnswered,
    HayesModem,
    Note,
    SendToDte,
    SendToFar,
    SetSignals,
    Settings,
    State,
    Tick,
)
from offhook.modem.rs232 import Signals


class ModemDriver:
    def __init__(self, settings: Settings | None = None) -> None:
        self.modem = HayesModem(settings)
        self.now = 100.0
        self.log: list[tuple[float, Event | Action]] = []
        self.signals = self.modem.signals

    def tell(self, event: Event) -> list[Action]:
        """One event now; the orders that follow from it."""
        self.log.append((self.now, event))
        actions = self.modem.handle(event, self.now)
        deadline = self.modem.deadline
        assert deadline is None or deadline >= self.now, "what was due has not been done"
        for action in actions:
            self.log.append((self.now, action))
            if isinstance(action, SetSignals):
                self.signals = action.on
        return actions

    def tell_bytes(self, data: bytes) -> list[Action]:
        """Bytes of the DTE now; the orders that follow from them."""
        return self.tell(DteSent(data))

    def wait(self, seconds: float) -> list[Action]:
        """Let time pass, with a tick at each deadline on the way."""
        until = self.now + seconds
        actions: list[Action] = []
        while (deadline := self.modem.deadline) is not None and deadline <= until:
            assert deadline >= self.now - 1e-9, "a deadline lies in the past"
            self.now = max(self.now, deadline)
            actions += self.tell(Tick())
            after = self.modem.deadline
            assert after is None or after > self.now, "a deadline stays in the past after its tick"
        self.now = until
        return actions

    def type(self, data: bytes, gap: float = 0.0) -> bytes:
        """Bytes of the DTE, `gap` seconds before each; what the modem says to them."""
        if not gap:
            return said(self.tell(DteSent(data)))
        heard = b""
        for byte in data:
            heard += said(self.wait(gap))
            heard += said(self.tell(DteSent(bytes([byte]))))
        return heard

    def command(self, line: str) -> str:
        """A command line without its AT and Return; the answer without echo."""
        sent = b"AT" + line.encode() + b"\r"
        return self.type(sent).removeprefix(sent).decode("latin-1").strip("\r\n")

    @property
    def heard(self) -> bytes:
        """All that the DTE was sent."""
        return b"".join(thing.data for _, thing in self.log if isinstance(thing, SendToDte))

    @property
    def dcd(self) -> bool:
        return Signals.DCD in self.signals

    @property
    def state(self) -> State:
        return self.modem.state


def in_a_call(*commands: str) -> ModemDriver:
    """A modem that has carried out `commands` and has a call up, two seconds old."""
    driver = ModemDriver()
    for command in commands:
        driver.command(command)
    driver.type(b"ATDT100\r")
    driver.tell(FarAnswered())
    driver.wait(2)
    assert driver.state is State.ONLINE
    return driver


def said(actions: list[Action]) -> bytes:
    """What the DTE is sent."""
    return b"".join(action.data for action in actions if isinstance(action, SendToDte))


def passed_on(actions: list[Action]) -> bytes:
    """What the far end is sent."""
    return b"".join(action.data for action in actions if isinstance(action, SendToFar))


def orders(actions: list[Action]) -> list[Action]:
    """What is neither talk nor explanation."""
    return [action for action in actions if not isinstance(action, (SendToDte, SendToFar, Note))]
