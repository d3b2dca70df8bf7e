"""The line cards: each joins one subscriber's line to the exchange."""

from offhook.virtual_lines.line_cards.direct import DirectLineCard
from offhook.virtual_lines.line_cards.emulated import EmulatedLineCard
from offhook.virtual_lines.line_cards.partners import Ear, Entries, Exchange, Keeper, Modem, OuterExchange
from offhook.virtual_lines.line_cards.real import RealLineCard
from offhook.virtual_lines.line_cards.trace import Trace, TraceFile

__all__ = [
    "DirectLineCard",
    "Ear",
    "EmulatedLineCard",
    "Entries",
    "Exchange",
    "Keeper",
    "Modem",
    "OuterExchange",
    "RealLineCard",
    "Trace",
    "TraceFile",
]
