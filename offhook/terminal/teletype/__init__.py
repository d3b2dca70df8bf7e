"""Where bytes meet a dialogue: a leg made into a terminal, and the local console."""

from offhook.terminal.teletype.console import Console, console_capabilities, opened, window_size
from offhook.terminal.teletype.leg import Leg, Receiver
from offhook.terminal.teletype.teletype import Teletype

__all__ = ["Console", "Leg", "Receiver", "Teletype", "console_capabilities", "opened", "window_size"]
