"""What can happen to a modem, as facts: the only way in to `HayesModem`."""

from dataclasses import dataclass

from offhook.modem.hayes.caller_id import CallerId
from offhook.modem.rs232 import Signals


@dataclass(frozen=True, slots=True)
class DteSent:
    """Bytes arrived from the DTE, in any chunking."""

    data: bytes


@dataclass(frozen=True, slots=True)
class DteSignals:
    """The DTE's outputs changed: DTR and RTS as they are now."""

    on: Signals


@dataclass(frozen=True, slots=True)
class DteRate:
    """The DTE set its port to another rate, in bit/s."""

    rate: int


@dataclass(frozen=True, slots=True)
class DteBreak:
    """The DTE sent a break."""


@dataclass(frozen=True, slots=True)
class RingBegan:
    """A burst of ringing began on the line; `caller` is who rings, as far as known."""

    caller: CallerId


@dataclass(frozen=True, slots=True)
class RingEnded:
    """The burst of ringing ended; another may follow."""


@dataclass(frozen=True, slots=True)
class RingStopped:
    """The caller gave up, or another line took the call."""


@dataclass(frozen=True, slots=True)
class FarRinging:
    """Ringback is heard: the number dialled exists, is free and rings."""


@dataclass(frozen=True, slots=True)
class FarAnswered:
    """The two ends are joined. `rate` is the line rate in bit/s, or None to tell the DTE its own.

    `sent_rate` is that of what this modem sends, where it is another, as with V.23; what it hears has `rate` then.
    """

    rate: int | None = None
    sent_rate: int | None = None


@dataclass(frozen=True, slots=True)
class FarBusy:
    """The number dialled is in use."""


@dataclass(frozen=True, slots=True)
class FarNoAnswer:
    """The number dialled rang and nobody took the call."""


@dataclass(frozen=True, slots=True)
class FarUnobtainable:
    """The number dialled does not exist or cannot be reached."""


@dataclass(frozen=True, slots=True)
class NoDialTone:
    """The line is dead: there is no exchange, no network."""


@dataclass(frozen=True, slots=True)
class FarBarred:
    """This line may not call the number dialled."""


@dataclass(frozen=True, slots=True)
class FarSent:
    """Bytes arrived from the far end, in any chunking."""

    data: bytes


@dataclass(frozen=True, slots=True)
class FarBreak:
    """The far end sent a break."""


@dataclass(frozen=True, slots=True)
class FarFilled:
    """The far end takes no more for now, and the DTE's bytes wait; `heard`: those that come are looked at still."""

    heard: bool = False


@dataclass(frozen=True, slots=True)
class FarDrained:
    """It takes bytes again."""


@dataclass(frozen=True, slots=True)
class CarrierLost:
    """The far end has gone. In order: all it sent has come as `FarSent` before."""


@dataclass(frozen=True, slots=True)
class NumberStored:
    """Another modem, or a person in the phone book, has stored a number in `slot`; an empty text forgets it."""

    slot: int
    text: str


@dataclass(frozen=True, slots=True)
class DialOrdered:
    """Whoever runs the host wants this number dialled, as D on a command line would."""

    number: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of `deadline` has come."""


Event = (
    DteSent
    | DteSignals
    | DteRate
    | DteBreak
    | RingBegan
    | RingEnded
    | RingStopped
    | FarRinging
    | FarAnswered
    | FarBusy
    | FarNoAnswer
    | FarUnobtainable
    | NoDialTone
    | FarBarred
    | FarSent
    | FarBreak
    | FarFilled
    | FarDrained
    | CarrierLost
    | NumberStored
    | DialOrdered
    | Tick
)
