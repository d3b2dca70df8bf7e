"""The states of our side of a talk with a real modem, and what is done about each event in each of them.

`SETTING_UP`, `HANGING_UP`, `UNSTICKING` and `RESTING` are procedures: they run by themselves and end within a bound.
The table names the method of `Dialogue` that takes the event; every pair is in it: no event is without an answer.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from offhook.modem.dte.events import (
    AllSent,
    CallWanted,
    DceCame,
    DceSent,
    DceSignals,
    DceWent,
    Event,
    HangUpWanted,
    Tick,
)


class State(Enum):
    """Where the talk is; the value is how documents write it."""

    ABSENT = "absent"
    SETTING_UP = "setting up"
    IDLE = "idle"
    RINGING = "ringing"
    ANSWERING = "answering"
    DIALLING = "dialling"
    CONNECTED = "connected"
    ONLINE = "online"
    HANGING_UP = "hanging up"
    UNSTICKING = "unsticking"
    RESTING = "resting"


PROCEDURES = frozenset({State.SETTING_UP, State.HANGING_UP, State.UNSTICKING, State.RESTING})
HANDSHAKES = frozenset({State.ANSWERING, State.DIALLING})
CALLS = frozenset({State.CONNECTED, State.ONLINE})

_ANYWHERE: dict[type[Event], str] = {
    DceCame: "on_unexpected",
    DceWent: "on_gone",
    DceSignals: "on_signals",
    AllSent: "on_unexpected",
    CallWanted: "on_call_refused",
    HangUpWanted: "on_unexpected",
    Tick: "on_tick",
}
_PROCEDURE: dict[type[Event], str] = _ANYWHERE | {DceSent: "on_bytes", AllSent: "on_all_sent"}
_WAITING: dict[type[Event], str] = _ANYWHERE | {DceSent: "on_bytes"}

HANDLERS: Mapping[State, Mapping[type[Event], str]] = MappingProxyType(
    {
        State.ABSENT: _ANYWHERE | {DceSent: "on_unexpected", DceCame: "on_came", DceWent: "on_unexpected"},
        State.SETTING_UP: _PROCEDURE,
        State.IDLE: _WAITING | {CallWanted: "on_call_wanted"},
        State.RINGING: _WAITING,
        State.ANSWERING: _WAITING,
        State.DIALLING: _WAITING | {HangUpWanted: "on_hang_up"},
        State.CONNECTED: _WAITING | {DceSent: "on_early_data", HangUpWanted: "on_hang_up"},
        State.ONLINE: _WAITING | {DceSent: "on_data", HangUpWanted: "on_hang_up"},
        State.HANGING_UP: _PROCEDURE,
        State.UNSTICKING: _PROCEDURE,
        State.RESTING: _PROCEDURE,
    }
)

_GONE = {"on_gone": frozenset({State.ABSENT})}
MOVES: Mapping[State, Mapping[str, frozenset[State]]] = MappingProxyType(
    {
        State.ABSENT: {"on_came": frozenset({State.SETTING_UP})},
        State.SETTING_UP: _GONE
        | {"ready": frozenset({State.IDLE}), "no answer": frozenset({State.UNSTICKING, State.RESTING})},
        State.IDLE: _GONE
        | {
            "RING": frozenset({State.RINGING}),
            "CONNECT": frozenset({State.CONNECTED, State.HANGING_UP}),
            "babble": frozenset({State.HANGING_UP}),
            "on_call_wanted": frozenset({State.DIALLING}),
            "clock": frozenset({State.SETTING_UP}),
        },
        State.RINGING: _GONE
        | {
            "CONNECT": frozenset({State.CONNECTED, State.HANGING_UP}),
            "clock": frozenset({State.ANSWERING, State.IDLE, State.DIALLING}),
        },
        State.ANSWERING: _GONE
        | {
            "CONNECT": frozenset({State.CONNECTED}),
            "no call": frozenset({State.IDLE}),
            "clock": frozenset({State.CONNECTED, State.HANGING_UP}),
        },
        State.DIALLING: _GONE
        | {
            "CONNECT": frozenset({State.CONNECTED}),
            "no call": frozenset({State.IDLE}),
            "on_hang_up": frozenset({State.HANGING_UP}),
            "clock": frozenset({State.CONNECTED, State.HANGING_UP}),
        },
        State.CONNECTED: _GONE
        | {
            "NO CARRIER": frozenset({State.HANGING_UP}),
            "on_signals": frozenset({State.HANGING_UP}),
            "on_hang_up": frozenset({State.HANGING_UP}),
            "clock": frozenset({State.ONLINE}),
        },
        State.ONLINE: _GONE
        | {
            "on_signals": frozenset({State.HANGING_UP}),
            "on_hang_up": frozenset({State.HANGING_UP}),
            "NO CARRIER": frozenset({State.HANGING_UP}),
        },
        State.HANGING_UP: _GONE
        | {"hung up": frozenset({State.IDLE, State.SETTING_UP}), "no answer": frozenset({State.UNSTICKING})},
        State.UNSTICKING: _GONE | {"answer": frozenset({State.SETTING_UP}), "no answer": frozenset({State.RESTING})},
        State.RESTING: _GONE | {"clock": frozenset({State.SETTING_UP})},
    }
)
"""Where each event or word of the modem may take the talk from each state, besides leaving it there."""
