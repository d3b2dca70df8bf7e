"""Ends of lines in memory: a name for each line of a test, and the ports that a test opens itself."""

import asyncio
import itertools
import os
from pathlib import Path
from typing import Any, Protocol

import serial
from serial.serialutil import SerialBase

from offhook.modem.ports import Port, PtyPort
from offhook.modem.rs232 import Signals
from offhook.serial_urls import set_ring_indicator
from offhook.testing.stage import Stage
from offhook.virtual_lines.pairs import LINES, CableOptions, Serial, Wire, WirePort

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


class DteEnd(Protocol):
    """Where the DTE of a modem plugs in."""

    @property
    def port(self) -> Port:
        """The modem's side of it."""

    @property
    def url(self) -> str:
        """What the DTE opens."""

    def open(self, settings: dict[str, Any]) -> SerialBase:
        """A pyserial object there, closed with the end; an unset timeout is `TIMEOUT`."""

    def glitch(self, line: Signals, seconds: float) -> None:
        """In the event loop: one of the DTE's inputs is off for so long. A `ValueError` where there are none."""

    def close(self) -> None:
        """Close what was opened here; idempotent."""


def _straight(on: Signals) -> Signals:
    """A cable between a terminal and its modem crosses nothing."""
    return on


class MemoryEnd:
    """A `DteEnd` for pyserial in this process."""

    def __init__(self, stage: Stage, kind: str) -> None:
        self._wire = Wire(None, stage.clock, _straight)
        self._line = NamedLine(kind, self._wire)
        self.port: Port = WirePort(self._wire, 1, self._line.url("b"))

    @property
    def url(self) -> str:
        """As in `DteEnd`."""
        return self._line.url("a")

    def open(self, settings: dict[str, Any]) -> Serial:
        """As in `DteEnd`."""
        return self._line.open("a", settings)

    def glitch(self, line: Signals, seconds: float) -> None:
        """As in `DteEnd`."""
        self._force(line, False)
        asyncio.get_running_loop().call_later(seconds, self._force, line, None)

    def _force(self, line: Signals, level: bool | None) -> None:
        with self._wire.changed:
            self._wire.force(0, line, level)

    def close(self) -> None:
        """As in `DteEnd`."""
        self._line.close()


class TtyEnd:
    """A `DteEnd` for any program that opens a tty; in real time only."""

    def __init__(self, path: Path) -> None:
        self.port: Port = PtyPort(path)
        self._path = path
        self._opened: list[SerialBase] = []

    @property
    def url(self) -> str:
        """The path of the tty."""
        return str(self._path)

    def open(self, settings: dict[str, Any]) -> SerialBase:
        """As in `DteEnd`."""
        port = serial.serial_for_url(self.url, **{"timeout": TIMEOUT} | settings)
        self._opened.append(port)
        return port

    def glitch(self, line: Signals, seconds: float) -> None:
        """A tty made by a program has no lines."""
        raise ValueError("a tty without hardware shows no lines: they can glitch on offhook:// only")

    def close(self) -> None:
        """As in `DteEnd`."""
        for port in self._opened:
            port.close()


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

    @property
    def transcripts(self) -> list[str]:
        """None: there is no modem in it."""
        return []

    def check(self) -> None:
        """Nothing: no far end is at it."""

    def close(self) -> None:
        """Take the cable away; idempotent."""
        self._line.close()
