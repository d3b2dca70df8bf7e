"""The serial line itself: its control signals, how they are wired, its parity and its rate."""

from offhook.modem.rs232.autobaud import Autobaud
from offhook.modem.rs232.parity import Parity, parity_of, with_parity
from offhook.modem.rs232.signals import Signals
from offhook.modem.rs232.wiring import INPUTS, OUTPUTS, Pin, Wiring

__all__ = ["INPUTS", "OUTPUTS", "Autobaud", "Parity", "Pin", "Signals", "Wiring", "parity_of", "with_parity"]
