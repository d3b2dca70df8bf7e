"""An emulated line card between fakes: a port, a modem with no manners, an exchange and a far end."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from offhook.modem.hayes import (
    Action,
    Answer,
    BreakToDte,
    BreakToFar,
    CarrierLost,
    Dial,
    DialString,
    DteBreak,
    DteSent,
    DteSignals,
    Event,
    FarBreak,
    FarSent,
    HangUp,
    HoldFar,
    ReleaseFar,
    SeizeLine,
    SendToDte,
    SendToFar,
)
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.line_cards import EmulatedLineCard
from tests.support.line_card_fakes import FakeExchange, FakePort, ScriptedModem
from tests.support.outer_line_fakes import Far


@dataclass
class Bench:
    port: FakePort = field(default_factory=FakePort)
    modem: ScriptedModem = field(default_factory=ScriptedModem)
    exchange: FakeExchange = field(default_factory=FakeExchange)
    far: Far = field(default_factory=Far)

    def __post_init__(self) -> None:
        self.card = EmulatedLineCard("201", self.port, self.modem, self.exchange)
        self.modem.script = transparent
        self.card.start()
        assert self.port.done == [Signals.DSR]
        self.port.done.clear()

    def call(self) -> None:
        """Dial and be joined."""
        self.card.dte_sent(b"ATDT100")
        self.card.joined(self.far.near)
        self.modem.events.clear()


def transparent(event: Event) -> Sequence[Action]:
    """A modem with no manners: what it hears on one side it says on the other."""
    match event:
        case DteSent(b"ATDT100"):
            return [Dial(DialString("100", "100"))]
        case DteSent(b"ATH1"):
            return [SeizeLine()]
        case DteSent(b"ATA"):
            return [Answer()]
        case DteSent(b"ATH") | CarrierLost() | DteSignals(Signals.NONE):
            return [HangUp()]
        case DteSent(b"hold"):
            return [HoldFar()]
        case DteSent(b"release"):
            return [ReleaseFar()]
        case DteSent(data):
            return [SendToFar(data)]
        case FarSent(data):
            return [SendToDte(data)]
        case DteBreak():
            return [BreakToFar()]
        case FarBreak():
            return [BreakToDte()]
    return []
