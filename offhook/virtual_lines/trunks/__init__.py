"""Trunks: calls that come over networks."""

from offhook.virtual_lines.trunks.telnet import TelnetTrunk

__all__ = ["TelnetTrunk"]
