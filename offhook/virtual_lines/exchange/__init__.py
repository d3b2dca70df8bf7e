"""The telephone exchange: numbers, calls and their legs."""

from offhook.virtual_lines.exchange.call_record import CallRecord
from offhook.virtual_lines.exchange.cause import Cause
from offhook.virtual_lines.exchange.directory import (
    Barred,
    Destination,
    Directory,
    LineDestination,
    Outside,
    ServiceDestination,
)
from offhook.virtual_lines.exchange.hunt_group import GroupDestination, HuntOrder
from offhook.virtual_lines.exchange.leg import Leg, Receiver, join
from offhook.virtual_lines.exchange.numbers import normalised
from offhook.virtual_lines.exchange.orders import (
    Action,
    Answered,
    Attended,
    BeginRing,
    CallOut,
    CameIntoService,
    Connect,
    Dialled,
    EndRing,
    Event,
    Fail,
    GiveUp,
    HungUp,
    Join,
    Record,
    Ringback,
    RouteAnswered,
    RouteFailed,
    Seized,
    Serve,
    StopRing,
    Tick,
    WentOutOfService,
)
from offhook.virtual_lines.exchange.ringing import LONGEST_RING, NORTH_AMERICA, Cadence
from offhook.virtual_lines.exchange.route import Route, Transport
from offhook.virtual_lines.exchange.switch import Switch

__all__ = [
    "LONGEST_RING",
    "NORTH_AMERICA",
    "Action",
    "Answered",
    "Attended",
    "Barred",
    "BeginRing",
    "Cadence",
    "CallOut",
    "CallRecord",
    "CameIntoService",
    "Cause",
    "Connect",
    "Destination",
    "Dialled",
    "Directory",
    "EndRing",
    "Event",
    "Fail",
    "GiveUp",
    "GroupDestination",
    "HungUp",
    "HuntOrder",
    "Join",
    "Leg",
    "LineDestination",
    "Outside",
    "Receiver",
    "Record",
    "Ringback",
    "Route",
    "RouteAnswered",
    "RouteFailed",
    "Seized",
    "Serve",
    "ServiceDestination",
    "StopRing",
    "Switch",
    "Tick",
    "Transport",
    "WentOutOfService",
    "join",
    "normalised",
]
