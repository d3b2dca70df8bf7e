"""The telephone exchange: numbers, calls and their legs."""

from offhook.virtual_lines.exchange.call_record import CallRecord
from offhook.virtual_lines.exchange.cause import Cause
from offhook.virtual_lines.exchange.directory import Destination, Directory, LineDestination, ServiceDestination
from offhook.virtual_lines.exchange.leg import Leg, Receiver, join
from offhook.virtual_lines.exchange.switch import (
    Action,
    Answered,
    BeginRing,
    Dialled,
    EndRing,
    Event,
    Fail,
    HungUp,
    Join,
    Record,
    Ringback,
    Seized,
    Serve,
    StopRing,
    Switch,
    Tick,
)

__all__ = [
    "Action",
    "Answered",
    "BeginRing",
    "CallRecord",
    "Cause",
    "Destination",
    "Dialled",
    "Directory",
    "EndRing",
    "Event",
    "Fail",
    "HungUp",
    "Join",
    "Leg",
    "LineDestination",
    "Receiver",
    "Record",
    "Ringback",
    "Seized",
    "Serve",
    "ServiceDestination",
    "StopRing",
    "Switch",
    "Tick",
    "join",
]
