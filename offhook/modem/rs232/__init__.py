"""The serial line itself: its control signals, how they are wired or carried, its framing, parity and rate."""

from offhook.modem.rs232.autobaud import Autobaud
from offhook.modem.rs232.framing import EIGHT_N_ONE, Framing, parse_framing
from offhook.modem.rs232.ip232 import Ip232Reader, ip232_characters, ip232_signals
from offhook.modem.rs232.parity import Parity, ParityFinder, parity_of, with_parity, without_parity
from offhook.modem.rs232.signals import Signals
from offhook.modem.rs232.wiring import INPUTS, OUTPUTS, Pin, Wiring

__all__ = [
    "EIGHT_N_ONE",
    "INPUTS",
    "OUTPUTS",
    "Autobaud",
    "Framing",
    "Ip232Reader",
    "Parity",
    "ParityFinder",
    "Pin",
    "Signals",
    "Wiring",
    "ip232_characters",
    "ip232_signals",
    "parity_of",
    "parse_framing",
    "with_parity",
    "without_parity",
]
