"""The ports: where a DTE's bytes enter the house."""

from offhook.modem.ports.backlog import Backlog
from offhook.modem.ports.port import Port, PortError, PortListener
from offhook.modem.ports.pty_port import PtyPort
from offhook.modem.ports.pty_watch import PtyWatch

__all__ = ["Backlog", "Port", "PortError", "PortListener", "PtyPort", "PtyWatch"]
