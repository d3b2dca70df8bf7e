"""Trunks: calls that come and go over networks."""

from offhook.virtual_lines.trunks.gate import Gate
from offhook.virtual_lines.trunks.guard import GuardSettings
from offhook.virtual_lines.trunks.hosts import HostTrunk
from offhook.virtual_lines.trunks.protocols import ListenProtocol
from offhook.virtual_lines.trunks.telnet import TelnetTrunk
from offhook.virtual_lines.trunks.texts import CallerTexts

__all__ = ["CallerTexts", "Gate", "GuardSettings", "HostTrunk", "ListenProtocol", "TelnetTrunk"]
