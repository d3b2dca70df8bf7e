"""The circuit of a call: what a line of some quality does to the characters of both ends.

A machine: tell it what happened with the time, carry out its actions in order, and feed it a `Tick` at `deadline`.
"""

from offhook.virtual_lines.circuit.circuit import (
    Action,
    Broke,
    Circuit,
    Close,
    Deliver,
    Ended,
    Event,
    Hold,
    Leaving,
    Release,
    Sent,
    Side,
    TakesMore,
    TakesNoMore,
    Tick,
)

__all__ = [
    "Action",
    "Broke",
    "Circuit",
    "Close",
    "Deliver",
    "Ended",
    "Event",
    "Hold",
    "Leaving",
    "Release",
    "Sent",
    "Side",
    "TakesMore",
    "TakesNoMore",
    "Tick",
]
