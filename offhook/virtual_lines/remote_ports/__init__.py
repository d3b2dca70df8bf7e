"""Ports whose DTE is on another machine and keeps its control lines all the same: RFC 2217."""

from offhook.virtual_lines.remote_ports.rfc2217_port import Rfc2217Port

__all__ = ["Rfc2217Port"]
