"""What happens to the DTE of a real modem, as facts, and what it wants done: the ways in and out of `Dialogue`."""

from dataclasses import dataclass
from enum import Enum

from offhook.modem.dte.replies import Connect
from offhook.modem.hayes import CallerId
from offhook.modem.rs232 import Signals


@dataclass(frozen=True, slots=True)
class DceCame:
    """The port is open; `lines` tells whether it has modem lines at all (a pty has none)."""

    lines: bool


@dataclass(frozen=True, slots=True)
class DceWent:
    """The port is gone: a USB adapter was unplugged, or another program has it."""


@dataclass(frozen=True, slots=True)
class DceSent:
    """Bytes arrived from the modem, in any chunking."""

    data: bytes


@dataclass(frozen=True, slots=True)
class DceSignals:
    """The modem's outputs (DSR, CTS, DCD, RI) as they are now."""

    on: Signals


@dataclass(frozen=True, slots=True)
class AllSent:
    """What was sent before `Drain` is out, or will not be."""


@dataclass(frozen=True, slots=True)
class CallWanted:
    """Somebody at the exchange wants a number of the outer telephone network."""

    number: str


@dataclass(frozen=True, slots=True)
class HangUpWanted:
    """The call is over on our side, or is not wanted any longer."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of `deadline` has come."""


Event = DceCame | DceWent | DceSent | DceSignals | AllSent | CallWanted | HangUpWanted | Tick


class Failure(Enum):
    """Why a number cannot be had; the value is how the trace writes it."""

    BUSY = "busy"
    NO_ANSWER = "no answer"
    NO_DIALTONE = "no dial tone"
    NO_CARRIER = "no carrier"
    BARRED = "barred by the modem"
    NO_NUMBER = "no number a modem can dial"
    IN_USE = "the modem is in use"
    NOT_READY = "the modem is not ready"


@dataclass(frozen=True, slots=True)
class SendToDce:
    """Write bytes to the modem."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SetDteSignals:
    """Set our outputs, DTR and RTS, to these at once."""

    on: Signals


@dataclass(frozen=True, slots=True)
class BreakToDce:
    """Send the modem a break."""


@dataclass(frozen=True, slots=True)
class Drain:
    """Tell by `AllSent` when all that was sent is out; not later than half a minute from now."""


@dataclass(frozen=True, slots=True)
class PutThrough:
    """A call has come in and is up: put it through."""

    caller: CallerId
    connect: Connect


@dataclass(frozen=True, slots=True)
class Join:
    """The call that was wanted is up."""

    connect: Connect


@dataclass(frozen=True, slots=True)
class Refuse:
    """The call that was wanted cannot be had."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class PassOn:
    """Bytes of the far end of a call that is up."""

    data: bytes


@dataclass(frozen=True, slots=True)
class EndCall:
    """The call that was up has ended at the other side; `why` says how that was known."""

    why: str


@dataclass(frozen=True, slots=True)
class ShowReady:
    """Whether calls can come and go by this modem, from now on."""

    ready: bool


@dataclass(frozen=True, slots=True)
class Note:
    """Why something was done, or was not: for the log and for tests."""

    text: str


Action = (
    SendToDce | SetDteSignals | BreakToDce | Drain | PutThrough | Join | Refuse | PassOn | EndCall | ShowReady | Note
)
