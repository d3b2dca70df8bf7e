"""Trunks: calls that come and go over networks."""

from offhook.virtual_lines.trunks.gate import Gate
from offhook.virtual_lines.trunks.guard import GuardSettings
from offhook.virtual_lines.trunks.hosts import HostTrunk
from offhook.virtual_lines.trunks.protocols import ListenProtocol
from offhook.virtual_lines.trunks.telnet import BUSY, TelnetTrunk

__all__ = ["BUSY", "Gate", "GuardSettings", "HostTrunk", "ListenProtocol", "TelnetTrunk"]
