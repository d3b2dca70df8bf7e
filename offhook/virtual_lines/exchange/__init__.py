"""The telephone exchange: numbers, calls and their legs."""

from offhook.virtual_lines.exchange.cause import Cause
from offhook.virtual_lines.exchange.leg import Leg, Receiver, join

__all__ = ["Cause", "Leg", "Receiver", "join"]
