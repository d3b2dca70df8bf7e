"""The ports: where a DTE's bytes enter the house."""

from offhook.modem.ports.backlog import Backlog
from offhook.modem.ports.dte_port import DtePort
from offhook.modem.ports.ip232_port import Ip232Port
from offhook.modem.ports.modem_port import DteListener, ModemPort
from offhook.modem.ports.one_client import OneClient
from offhook.modem.ports.port import FramedPort, Port, PortError, PortListener
from offhook.modem.ports.pty_port import PtyPort
from offhook.modem.ports.pty_watch import PtyWatch
from offhook.modem.ports.report import Report
from offhook.modem.ports.serial_port import FLOWS, SerialOptions, SerialPort
from offhook.modem.ports.tcp_port import TcpPort
from offhook.modem.ports.uucp_lock import alive, read_holder

__all__ = [
    "FLOWS",
    "Backlog",
    "DteListener",
    "DtePort",
    "FramedPort",
    "Ip232Port",
    "ModemPort",
    "OneClient",
    "Port",
    "PortError",
    "PortListener",
    "PtyPort",
    "PtyWatch",
    "Report",
    "SerialOptions",
    "SerialPort",
    "TcpPort",
    "alive",
    "read_holder",
]
