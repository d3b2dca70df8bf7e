"""How whoever runs an exchange sees it and reaches into it: console, figures, records of calls."""

from offhook.operations.call_records import CallRecords, read_records
from offhook.operations.console import ORDERS, Console, OperatorError
from offhook.operations.control_socket import LONGEST_ORDER, MOST_CLIENTS, ControlSocket
from offhook.operations.metrics import LONGEST_REQUEST, Metrics, MetricsPage
from offhook.operations.operations import Operations, OperationsOptions

__all__ = [
    "LONGEST_ORDER",
    "LONGEST_REQUEST",
    "MOST_CLIENTS",
    "ORDERS",
    "CallRecords",
    "Console",
    "ControlSocket",
    "Metrics",
    "MetricsPage",
    "Operations",
    "OperationsOptions",
    "OperatorError",
    "read_records",
]
