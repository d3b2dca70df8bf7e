"""Serial ports on other machines, whose DTE is there, or whose modem: by RFC 2217 with lines, or as bytes alone."""

from offhook.virtual_lines.remote_ports.reached_port import ReachedPort
from offhook.virtual_lines.remote_ports.remote_modem import RemoteModem
from offhook.virtual_lines.remote_ports.rfc2217_port import Rfc2217Port

__all__ = ["ReachedPort", "RemoteModem", "Rfc2217Port"]
