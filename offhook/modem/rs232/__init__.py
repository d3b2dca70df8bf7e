"""The serial line itself: its control signals, how they are wired or carried, its parity and its rate."""

from offhook.modem.rs232.autobaud import Autobaud
from offhook.modem.rs232.ip232 import Ip232Reader, ip232_characters, ip232_signals
from offhook.modem.rs232.parity import Parity, parity_of, with_parity
from offhook.modem.rs232.signals import Signals
from offhook.modem.rs232.wiring import INPUTS, OUTPUTS, Pin, Wiring

__all__ = [
    "INPUTS",
    "OUTPUTS",
    "Autobaud",
    "Ip232Reader",
    "Parity",
    "Pin",
    "Signals",
    "Wiring",
    "ip232_characters",
    "ip232_signals",
    "parity_of",
    "with_parity",
]
