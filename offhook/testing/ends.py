"""Ends of lines in memory: a name for each line of a test, and the ports that a test opens itself."""

import itertools
import os
from typing import Any

import serial

from offhook.serial_urls import set_ring_indicator
from offhook.testing.stage import Stage
from offhook.virtual_lines.pairs import LINES, CableOptions, Serial, Wire

_NUMBERS = itertools.count(1)
TIMEOUT = 10.0
"""Seconds of a port that a test opens here, if it says nothing else."""


class NamedLine:
    """A wire that pyserial finds by a name of its own."""

    def __init__(self, kind: str, wire: Wire) -> None:
        self.name = f"{kind}-{os.getpid()}-{next(_NUMBERS)}"
        self._opened: list[Serial] = []
        LINES.put(self.name, wire)

    def url(self, end: str) -> str:
        """The URL of the end `a` or `b`."""
        return f"offhook://{self.name}/{end}"

    def open(self, end: str, settings: dict[str, Any]) -> Serial:
        """A pyserial object on an end, closed with the line; an unset timeout is `TIMEOUT`."""
        port = serial.serial_for_url(self.url(end), **{"timeout": TIMEOUT} | settings)
        assert isinstance(port, Serial)
        self._opened.append(port)
        return port

    def close(self) -> None:
        """Close what was opened here, and forget the name; idempotent."""
        for port in self._opened:
            port.close()
        LINES.remove(self.name)


class NullModem:
    """A null-modem cable: `a` and `b` are the URLs of its ends."""

    def __init__(self, stage: Stage, options: CableOptions | None = None) -> None:
        self._line = NamedLine("cable", Wire(options, stage.clock))

    @property
    def a(self) -> str:
        """The URL of the one end."""
        return self._line.url("a")

    @property
    def b(self) -> str:
        """The URL of the other."""
        return self._line.url("b")

    def open_a(self, **settings: Any) -> Serial:
        """A pyserial object on the one end."""
        return self._line.open("a", settings)

    def open_b(self, **settings: Any) -> Serial:
        """A pyserial object on the other."""
        return self._line.open("b", settings)

    def set_ring_indicator(self, url: str, on: bool | None) -> None:
        """What an end sees of RI; None for nothing."""
        set_ring_indicator(url, on)

    def close(self) -> None:
        """Take the cable away; idempotent."""
        self._line.close()
