"""The modem as DCE: AT commands in, result codes out.

An edge makes a `HayesModem`, shows its `signals`, and from then on tells it every event with
the time, carries out the actions in order, and feeds it a `Tick` at `deadline`:

    for action in modem.handle(event, now):
        ...  # carry it out; what happens meanwhile waits, `handle` is not entered twice
    ...  # arm one timer for modem.deadline, if there is one; handle(Tick(), now) when it comes

The time is in seconds of any clock that never goes back. The modem takes DTR to be on until it is
told otherwise, so an edge whose DTE is not there yet says `DteSignals(Signals.NONE)` first.
A `Tick` may come late: what was due is done before whatever event comes next.

While a call is up, a chunk for which `online_chunk` is true may be written straight to the far
end, and far bytes straight to the DTE while `far_passes`; the modem needs no event for either.
"""

from offhook.modem.hayes.actions import (
    Action,
    Answer,
    BreakToDte,
    BreakToFar,
    Dial,
    HangUp,
    HoldFar,
    KeepNumber,
    KeepProfiles,
    LetHear,
    Note,
    ReleaseFar,
    SeizeLine,
    SendToDte,
    SendToFar,
    SetSignals,
)
from offhook.modem.hayes.bit_maps import BIT_MAPS
from offhook.modem.hayes.caller_id import CallerId
from offhook.modem.hayes.commands import DEEDS, EXTENDED, OPTIONS
from offhook.modem.hayes.dial_string import DialString, parse_dial_string
from offhook.modem.hayes.escape import EscapeStyle
from offhook.modem.hayes.events import (
    CarrierLost,
    DialOrdered,
    DteBreak,
    DteRate,
    DteSent,
    DteSignals,
    Event,
    FarAnswered,
    FarBarred,
    FarBreak,
    FarBusy,
    FarDrained,
    FarFilled,
    FarNoAnswer,
    FarRinging,
    FarSent,
    FarUnobtainable,
    NoDialTone,
    NumberStored,
    RingBegan,
    RingEnded,
    RingStopped,
    Tick,
)
from offhook.modem.hayes.memory import PROFILES, Stored
from offhook.modem.hayes.modem import HayesModem
from offhook.modem.hayes.personality import HAYES, PERSONALITIES, Personality
from offhook.modem.hayes.profile import Profile
from offhook.modem.hayes.registers import REGISTERS
from offhook.modem.hayes.result_codes import ALLOWED, ResultCode
from offhook.modem.hayes.situation import CallsByItself, Settings
from offhook.modem.hayes.states import HANDLERS, MOVES, State
from offhook.modem.hayes.transcript import format_entry, parse_entry

__all__ = [
    "ALLOWED",
    "BIT_MAPS",
    "DEEDS",
    "EXTENDED",
    "HANDLERS",
    "HAYES",
    "MOVES",
    "OPTIONS",
    "PERSONALITIES",
    "PROFILES",
    "REGISTERS",
    "Action",
    "Answer",
    "BreakToDte",
    "BreakToFar",
    "CallerId",
    "CallsByItself",
    "CarrierLost",
    "Dial",
    "DialOrdered",
    "DialString",
    "DteBreak",
    "DteRate",
    "DteSent",
    "DteSignals",
    "EscapeStyle",
    "Event",
    "FarAnswered",
    "FarBarred",
    "FarBreak",
    "FarBusy",
    "FarDrained",
    "FarFilled",
    "FarNoAnswer",
    "FarRinging",
    "FarSent",
    "FarUnobtainable",
    "HangUp",
    "HayesModem",
    "HoldFar",
    "KeepNumber",
    "KeepProfiles",
    "LetHear",
    "NoDialTone",
    "Note",
    "NumberStored",
    "Personality",
    "Profile",
    "ReleaseFar",
    "ResultCode",
    "RingBegan",
    "RingEnded",
    "RingStopped",
    "SeizeLine",
    "SendToDte",
    "SendToFar",
    "SetSignals",
    "Settings",
    "State",
    "Stored",
    "Tick",
    "format_entry",
    "parse_dial_string",
    "parse_entry",
]
