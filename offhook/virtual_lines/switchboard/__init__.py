"""The switchboard: carries out what the exchange decides."""

from offhook.virtual_lines.switchboard.call_facts import CallFacts, TerminalFacts
from offhook.virtual_lines.switchboard.line_circuit import legs_of
from offhook.virtual_lines.switchboard.line_view import CallView, LineView
from offhook.virtual_lines.switchboard.patching import LONGEST_GREETING, Greetings
from offhook.virtual_lines.switchboard.subscriber import Carrier, OutsideCall, Subscriber
from offhook.virtual_lines.switchboard.switchboard import Answerer, Switchboard

__all__ = [
    "LONGEST_GREETING",
    "Answerer",
    "CallFacts",
    "CallView",
    "Carrier",
    "Greetings",
    "LineView",
    "OutsideCall",
    "Subscriber",
    "Switchboard",
    "TerminalFacts",
    "legs_of",
]
