"""Serial ports on other machines that keep their control lines: RFC 2217, whose DTE is there, or whose modem."""

from offhook.virtual_lines.remote_ports.remote_modem import RemoteModem
from offhook.virtual_lines.remote_ports.rfc2217_port import Rfc2217Port

__all__ = ["RemoteModem", "Rfc2217Port"]
