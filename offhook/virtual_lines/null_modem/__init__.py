"""A null-modem cable: lines crossed, characters at the line's rate, and what a bad line does to them.

`OneWay` is one direction, a machine: tell it what happened with the time, carry out its actions in order, and feed it
a `Tick` at `deadline`.
"""

from offhook.virtual_lines.null_modem.crossing import crossed
from offhook.virtual_lines.null_modem.impairments import Chance, Impairments
from offhook.virtual_lines.null_modem.one_way import (
    MOST,
    Action,
    Deliver,
    Event,
    Framed,
    Hold,
    OneWay,
    Purged,
    Release,
    Sent,
    TakesMore,
    TakesNoMore,
    Tick,
)

__all__ = [
    "MOST",
    "Action",
    "Chance",
    "Deliver",
    "Event",
    "Framed",
    "Hold",
    "Impairments",
    "OneWay",
    "Purged",
    "Release",
    "Sent",
    "TakesMore",
    "TakesNoMore",
    "Tick",
    "crossed",
]
