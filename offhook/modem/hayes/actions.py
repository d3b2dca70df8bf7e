"""What a modem wants done, as orders to its edge: the only way out of `HayesModem`."""

from dataclasses import dataclass

from offhook.modem.hayes.dial_string import DialString
from offhook.modem.rs232 import Signals


@dataclass(frozen=True, slots=True)
class SendToDte:
    """Write these bytes to the DTE, after all earlier ones."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SendToFar:
    """Write these bytes to the far end of the call."""

    data: bytes


@dataclass(frozen=True, slots=True)
class BreakToDte:
    """Send the DTE a break, where its port can."""


@dataclass(frozen=True, slots=True)
class BreakToFar:
    """Send the far end a break, as its line has it."""


@dataclass(frozen=True, slots=True)
class SetSignals:
    """Set the DCE's outputs (DSR, CTS, DCD, RI) to exactly these, once earlier bytes are out."""

    on: Signals


@dataclass(frozen=True, slots=True)
class SeizeLine:
    """Go off-hook and do nothing else: callers find the line busy (ATH1, `D...;`)."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Originate a call; the line is seized by it if it was not."""

    string: DialString


@dataclass(frozen=True, slots=True)
class Answer:
    """Take the ringing call, or wait off-hook in answer mode if none rings."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Go on-hook: abandon what was dialled, drop the call."""


@dataclass(frozen=True, slots=True)
class HoldFar:
    """Take no more bytes from the far end until `ReleaseFar`: let them wait where they are."""


@dataclass(frozen=True, slots=True)
class ReleaseFar:
    """The far end's bytes are wanted again."""


@dataclass(frozen=True, slots=True)
class KeepProfiles:
    """Have the modem's `stored` outlast a restart (&W, &Y)."""


@dataclass(frozen=True, slots=True)
class KeepNumber:
    """Have the number stored in `slot` outlast a restart, here and wherever it is shared; an empty text forgets it."""

    slot: int
    text: str


@dataclass(frozen=True, slots=True)
class LetHear:
    """Let this be heard from the loudspeaker, in place of what is heard or `behind` it (M and L).

    The fields are those of `sounds.Part`, `tone` the value of a `sounds.Tone`. Modems without a loudspeaker order none.
    """

    tone: str
    seconds: float | None = None
    digits: str = ""
    pulse: bool = False
    each: float = 0.095
    volume: int = 2
    behind: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Say why in the trace; changes nothing."""

    text: str


Action = (
    SendToDte
    | SendToFar
    | BreakToDte
    | BreakToFar
    | SetSignals
    | SeizeLine
    | Dial
    | Answer
    | HangUp
    | HoldFar
    | ReleaseFar
    | KeepProfiles
    | KeepNumber
    | LetHear
    | Note
)
