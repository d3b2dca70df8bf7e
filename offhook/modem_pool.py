"""A pool of modems with no mail behind them: lines that call hosts and each other, and take calls from the network.

What tcpser is to one line, this is to any number of them: `offhook modem` runs it. The lines have the numbers 1, 2, and
so on; those who call from outside are put through to the first that is free and attended.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from offhook.lines import ModemLines, open_loudspeaker, raise_descriptor_limit
from offhook.modem.hayes import CallsByItself, Settings
from offhook.modem.ports import PortError, PtyWatch
from offhook.operations import Operations, OperationsOptions
from offhook.phone_book_file import PhoneBookFile
from offhook.port_names import make_port, memory_name, short_name
from offhook.virtual_lines.exchange import Directory, GroupDestination, LineDestination, Outside, Quality, Subscription
from offhook.virtual_lines.line_cards import TraceFile
from offhook.virtual_lines.phone_book import DialOut, PhoneBook
from offhook.virtual_lines.switchboard import Greetings, Switchboard
from offhook.virtual_lines.trunks import CallerTexts, Gate, GuardSettings, HostTrunk, ListenProtocol, TelnetTrunk

ALL_LINES = "0"
"""The number that rings any free line."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where callers come in, and what is asked of them."""

    host: str
    port: int
    protocol: ListenProtocol = ListenProtocol.TELNET
    guard: GuardSettings = field(default_factory=GuardSettings)
    key: bool = False
    password: str = ""
    texts: CallerTexts = field(default_factory=CallerTexts)


@dataclass(frozen=True, slots=True)
class LineOptions:
    """What all lines of a pool are like: their wire, what they say first and last, whom they call by themselves.

    `leased`: the first and the second have a wire of their own between them, and so on with the rest.
    """

    quality: Quality | None = None
    greetings: Greetings = field(default_factory=Greetings)
    hot_line: CallsByItself | None = None
    idle_text: bytes = b""
    leased: bool = False


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """What a pool is made of.

    `ports` as `make_port` reads them; `folder` is where relative paths begin, `memory` the one for what modems store;
    `charset` is that of the machines on the lines, if they are old ones; `loudspeaker` is as
    `open_loudspeaker` reads it, empty for none.
    """

    ports: Sequence[str]
    folder: Path
    settings: Settings = field(default_factory=Settings)
    listening: Sequence[Listening] = ()
    phone_book: Path | None = None
    dial_out: DialOut = DialOut.YES
    terminal_type: str = "ansi"
    trace: Path | None = None
    memory: Path | None = None
    charset: str | None = None
    loudspeaker: str = ""
    lines: LineOptions = field(default_factory=LineOptions)
    operations: OperationsOptions = field(default_factory=OperationsOptions)


class ModemPool:
    """Runs the lines; `facts` are what to connect to, by line, once it is ready."""

    def __init__(self, options: PoolOptions) -> None:
        """Raises `PortError` for ports that are none, there twice, or without the other end that a wire needs.

        Raises `ConfigError` for a file that is wrong.
        """
        self._options = options
        self._watch = PtyWatch()
        names = _names(options.ports)
        if options.lines.leased and len(names) % 2:
            raise PortError(f"{len(names)} ports: wires between two lines want an even number of them")
        _each_once([port for port in options.ports if port.startswith("pty:")], options.folder)
        self._ports = {
            name: make_port(port, options.folder, self._watch) for name, port in zip(names, options.ports, strict=True)
        }
        self._book: Outside = PhoneBook((), options.dial_out)
        if options.phone_book is not None:
            self._book = PhoneBookFile(options.phone_book, options.dial_out)
        book = self._book if isinstance(self._book, PhoneBookFile) else None
        self._trace = TraceFile(options.trace) if options.trace else None
        self._loudspeaker = open_loudspeaker(options.loudspeaker) if options.loudspeaker else None
        self._lines = ModemLines(
            self._ports,
            options.settings,
            self._memory_files(),
            book,
            self._trace,
            dict.fromkeys(self._ports, options.charset),
            self._loudspeaker,
            dict.fromkeys(self._ports, options.lines.hot_line) if options.lines.hot_line else {},
            dict.fromkeys(self._ports, options.lines.idle_text),
        )
        self.facts: dict[str, str] = {}

    async def run(self, stop: asyncio.Event, ready: Callable[[dict[str, str]], None]) -> None:
        """Serve until `stop` is set; `ready` is told the facts. Raises `PortError` and `OSError`."""
        raise_descriptor_limit()
        options = self._options
        greetings = dict.fromkeys(self._ports, options.lines.greetings)
        operations = Operations(options.operations)
        switchboard = Switchboard(self._directory(), operations.record, greetings)
        hosts = HostTrunk(switchboard, terminal_type=options.terminal_type, trace=self._trace)
        trunks: list[TelnetTrunk] = []
        try:
            self._lines.plug_in(switchboard)
            self.facts |= self._lines.names
            for listening in options.listening:
                trunk = self._trunk(switchboard, listening)
                trunks.append(trunk)
                host, number = await _started(trunk, listening)
                self.facts[f"listening for callers ({listening.protocol.value})"] = f"{host}:{number}"
            self.facts |= await operations.start(switchboard, self._lines, self._trace)
            ready(self.facts)
            await stop.wait()
        finally:
            await operations.close()
            for trunk in trunks:
                await trunk.close()
            await hosts.close()
            self._lines.close()
            switchboard.close()
            if self._loudspeaker is not None:
                self._loudspeaker.close()
            if self._trace is not None:
                self._trace.close()

    def _memory_files(self) -> dict[str, Path]:
        folder, ports = self._options.memory, self._options.ports
        if folder is None:
            return {}
        return {
            name: folder / memory_name(port, self._options.folder)
            for name, port in zip(self._ports, ports, strict=True)
        }

    def _directory(self) -> Directory:
        lines = tuple(self._ports)
        numbers = [(str(number), LineDestination(line)) for number, line in enumerate(lines, 1)]
        own = self._options.lines
        partners = {one: other for pair in _pairs(lines) for one, other in (pair, pair[::-1])} if own.leased else {}
        wires = {line: Subscription(quality=own.quality, partner=partners.get(line)) for line in lines}
        return Directory([*numbers, (ALL_LINES, GroupDestination("lines", lines))], self._book, subscriptions=wires)

    def _trunk(self, switchboard: Switchboard, listening: Listening) -> TelnetTrunk:
        return TelnetTrunk(
            switchboard,
            ALL_LINES,
            protocol=listening.protocol,
            guard=listening.guard,
            gate=partial(Gate, key=listening.key, password=listening.password),
            texts=listening.texts,
            trace=self._trace,
        )


async def _started(trunk: TelnetTrunk, listening: Listening) -> tuple[str, int]:
    try:
        return await trunk.start(listening.host, listening.port)
    except (OSError, UnicodeError) as error:  # a UnicodeError is a name that no host can have
        known = isinstance(error, OSError) and not isinstance(error, socket.gaierror) and error.errno
        why = os.strerror(known) if known else str(getattr(error, "strerror", "") or error)
        raise PortError(f"cannot listen for callers on {listening.host}:{listening.port}: {why}") from error


def _pairs(lines: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(lines[::2], lines[1::2], strict=True))


def _each_once(ports: Sequence[str], folder: Path) -> None:
    known: set[str] = set()
    for port in ports:
        name = memory_name(port, folder)
        if name in known:
            raise PortError(f"{port!r} is there twice: each line needs a port of its own")
        known.add(name)


def _names(ports: Sequence[str]) -> list[str]:
    names: list[str] = []
    for port in ports:
        name = plain = short_name(port)
        count = 1
        while name in names:
            count += 1
            name = f"{plain}-{count}"
        names.append(name)
    return names
