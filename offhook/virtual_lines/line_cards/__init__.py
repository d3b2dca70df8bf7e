"""The line cards: each joins one subscriber's line to the exchange."""

from offhook.virtual_lines.line_cards.emulated import EmulatedLineCard
from offhook.virtual_lines.line_cards.partners import Ear, Exchange, Keeper, Modem
from offhook.virtual_lines.line_cards.trace import Trace, TraceFile

__all__ = ["Ear", "EmulatedLineCard", "Exchange", "Keeper", "Modem", "Trace", "TraceFile"]
