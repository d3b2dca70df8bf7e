"""The serial line itself: its control signals."""

from offhook.modem.rs232.signals import Signals

__all__ = ["Signals"]
