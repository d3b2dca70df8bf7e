"""The telephone exchange: numbers, calls and their legs."""

from offhook.virtual_lines.exchange.call_record import CallRecord
from offhook.virtual_lines.exchange.cause import Cause
from offhook.virtual_lines.exchange.directory import Destination, Directory, LineDestination, ServiceDestination
from offhook.virtual_lines.exchange.leg import Leg, Receiver, join
from offhook.virtual_lines.exchange.numbers import normalised
from offhook.virtual_lines.exchange.orders import (
    Action,
    Answered,
    BeginRing,
    CameIntoService,
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
    Tick,
    WentOutOfService,
)
from offhook.virtual_lines.exchange.ringing import LONGEST_RING, NORTH_AMERICA, Cadence
from offhook.virtual_lines.exchange.switch import Switch

__all__ = [
    "LONGEST_RING",
    "NORTH_AMERICA",
    "Action",
    "Answered",
    "BeginRing",
    "Cadence",
    "CallRecord",
    "CameIntoService",
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
    "WentOutOfService",
    "join",
    "normalised",
]
