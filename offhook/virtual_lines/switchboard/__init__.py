"""The switchboard: carries out what the exchange decides."""

from offhook.virtual_lines.switchboard.subscriber import Subscriber

__all__ = ["Subscriber"]
