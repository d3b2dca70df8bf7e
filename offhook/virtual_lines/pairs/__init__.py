"""Pairs of ports with a cable between them: any two, or two ends in memory for pyserial and for the event loop."""

from offhook.virtual_lines.pairs.cable import Cable, CableOptions
from offhook.virtual_lines.pairs.line_clock import LineClock, SystemClock
from offhook.virtual_lines.pairs.lines import LINES, Lines, LineUrl, parse_url
from offhook.virtual_lines.pairs.received import as_heard, as_sent
from offhook.virtual_lines.pairs.serial_end import Serial
from offhook.virtual_lines.pairs.streams import LineTransport, create_serial_connection, open_serial_connection
from offhook.virtual_lines.pairs.wire import Holder, Wire
from offhook.virtual_lines.pairs.wire_port import MemoryPair, WirePort

__all__ = [
    "LINES",
    "Cable",
    "CableOptions",
    "Holder",
    "LineClock",
    "LineTransport",
    "LineUrl",
    "Lines",
    "MemoryPair",
    "Serial",
    "SystemClock",
    "Wire",
    "WirePort",
    "as_heard",
    "as_sent",
    "create_serial_connection",
    "open_serial_connection",
    "parse_url",
]
