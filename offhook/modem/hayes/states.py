"""The states of a modem, and what it does about each event in each of them.

V.250's command state is `IDLE`, `RINGING` and `OFF_HOOK` here, its handshake `DIALLING` and
`ANSWERING`. The table names the method of `HayesModem` that takes the event; every pair is in
it, so that there is no event without an answer.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

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


class State(Enum):
    """Where a modem is; the value is how documents write it."""

    IDLE = "idle"
    RINGING = "ringing"
    OFF_HOOK = "off-hook"
    DIALLING = "dialling"
    ANSWERING = "answering"
    ONLINE = "online"
    ONLINE_COMMAND = "online command"


COMMAND_STATES = frozenset({State.IDLE, State.RINGING, State.OFF_HOOK, State.ONLINE_COMMAND})
HANDSHAKE_STATES = frozenset({State.DIALLING, State.ANSWERING})
CALL_STATES = frozenset({State.ONLINE, State.ONLINE_COMMAND})

_ANYWHERE: dict[type[Event], str] = {
    DteSignals: "on_signals",
    DteRate: "on_rate",
    DteBreak: "on_unexpected",
    FarFilled: "on_flow",
    FarDrained: "on_flow",
    NumberStored: "on_number",
    Tick: "on_tick",
}
_COMMAND: dict[type[Event], str] = _ANYWHERE | {
    DteSent: "on_command_bytes",
    DialOrdered: "on_unexpected",
    RingBegan: "on_unexpected",
    RingEnded: "on_unexpected",
    RingStopped: "on_unexpected",
    FarRinging: "on_unexpected",
    FarAnswered: "on_stray_call",
    FarBusy: "on_unexpected",
    FarNoAnswer: "on_unexpected",
    FarUnobtainable: "on_unexpected",
    NoDialTone: "on_unexpected",
    FarBarred: "on_unexpected",
    FarSent: "on_unexpected",
    FarBreak: "on_unexpected",
    CarrierLost: "on_unexpected",
}
_ON_HOOK = _COMMAND | {RingBegan: "on_ring", RingEnded: "on_ring_end", RingStopped: "on_ring_stop"}
_HANDSHAKE = _COMMAND | {
    DteSent: "on_abort",
    RingEnded: "on_ring_end",
    RingStopped: "on_ring_stop",
    FarRinging: "on_ringback",
    FarAnswered: "on_connected",
    FarBusy: "on_failed",
    FarNoAnswer: "on_failed",
    FarUnobtainable: "on_failed",
    NoDialTone: "on_failed",
    FarBarred: "on_failed",
    FarSent: "on_far_bytes",
    CarrierLost: "on_failed",
}
_CALL = _COMMAND | {
    RingEnded: "on_ring_end",
    RingStopped: "on_ring_stop",
    FarAnswered: "on_unexpected",
    FarSent: "on_far_bytes",
    CarrierLost: "on_carrier_lost",
}

HANDLERS: Mapping[State, Mapping[type[Event], str]] = MappingProxyType(
    {
        State.IDLE: _ON_HOOK | {DialOrdered: "on_dial_order"},
        State.RINGING: _ON_HOOK,
        State.OFF_HOOK: _COMMAND,
        State.DIALLING: _HANDSHAKE,
        State.ANSWERING: _HANDSHAKE,
        State.ONLINE: _CALL | {DteSent: "on_data", DteBreak: "on_break", FarBreak: "on_far_break"},
        State.ONLINE_COMMAND: _CALL,
    }
)

_BY_A_LINE = frozenset({State.IDLE, State.OFF_HOOK, State.DIALLING, State.ANSWERING})
_IDLE = frozenset({State.IDLE})
_HANDSHAKE_MOVES = {
    "on_abort": _IDLE,
    "on_signals": _IDLE,
    "on_connected": frozenset({State.ONLINE}),
    "on_failed": _IDLE,
    "clock": frozenset({State.IDLE, State.ONLINE}),
}
MOVES: Mapping[State, Mapping[str, frozenset[State]]] = MappingProxyType(
    {
        State.IDLE: {
            "on_command_bytes": _BY_A_LINE - _IDLE,
            "on_dial_order": frozenset({State.DIALLING}),
            "clock": frozenset({State.DIALLING}),
            "on_ring": frozenset({State.RINGING, State.ANSWERING}),
        },
        State.RINGING: {
            "on_command_bytes": frozenset({State.DIALLING, State.ANSWERING}),
            "on_ring": frozenset({State.ANSWERING}),
            "on_ring_stop": _IDLE,
            "clock": _IDLE,
        },
        State.OFF_HOOK: {
            "on_command_bytes": frozenset({State.IDLE, State.DIALLING, State.ANSWERING}),
            "on_signals": _IDLE,
            "on_stray_call": _IDLE,
            "clock": _IDLE,
        },
        State.DIALLING: _HANDSHAKE_MOVES,
        State.ANSWERING: _HANDSHAKE_MOVES,
        State.ONLINE: {
            "on_data": _BY_A_LINE | {State.ONLINE_COMMAND},
            "on_signals": frozenset({State.IDLE, State.ONLINE_COMMAND}),
            "on_break": frozenset({State.ONLINE_COMMAND}),
            "on_carrier_lost": _IDLE,
            "clock": frozenset({State.IDLE, State.ONLINE_COMMAND}),
        },
        State.ONLINE_COMMAND: {
            "on_command_bytes": _BY_A_LINE | {State.ONLINE},
            "on_signals": _IDLE,
            "on_carrier_lost": _IDLE,
            "clock": _IDLE,
        },
    }
)
"""Where each method may take the modem from each state, besides leaving it there; `clock` is a time that has come.

One line may do much: `ATHDT5` in a call dials from there.
"""
