"""The switchboard: carries out what the exchange decides."""

from offhook.virtual_lines.switchboard.call_facts import CallFacts, TerminalFacts
from offhook.virtual_lines.switchboard.subscriber import Carrier, OutsideCall, Subscriber
from offhook.virtual_lines.switchboard.switchboard import Answerer, Switchboard

__all__ = ["Answerer", "CallFacts", "Carrier", "OutsideCall", "Subscriber", "Switchboard", "TerminalFacts"]
