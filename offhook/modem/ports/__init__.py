"""The ports: where a DTE's bytes enter the house."""

from offhook.modem.ports.backlog import Backlog
from offhook.modem.ports.inotify import Inotify
from offhook.modem.ports.one_client import OneClient
from offhook.modem.ports.port import Port, PortError, PortListener
from offhook.modem.ports.pty_port import PtyPort
from offhook.modem.ports.pty_watch import PtyWatch
from offhook.modem.ports.report import Report
from offhook.modem.ports.tcp_port import TcpPort

__all__ = [
    "Backlog",
    "Inotify",
    "OneClient",
    "Port",
    "PortError",
    "PortListener",
    "PtyPort",
    "PtyWatch",
    "Report",
    "TcpPort",
]
