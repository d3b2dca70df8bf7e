"""One suite for `offhook://` and `rfc2217://`: a program with pyserial sees the same lines move in the same order."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

import pytest
import serial

from offhook.modem.hayes import HayesModem, Settings
from offhook.modem.ports import Port
from offhook.testing import FarEnd, LoopThread
from offhook.testing.ends import NamedLine
from offhook.testing.telephone import NOBODY_KNOWN, PAUSE, Ringing, Telephone
from offhook.virtual_lines.line_cards import EmulatedLineCard
from offhook.virtual_lines.pairs import Cable, Wire, WirePort
from offhook.virtual_lines.remote_ports import Rfc2217Port
from tests.support.remote_url import remote_url

pytestmark = [
    # pyserial 3.5 names its reader thread and makes it a daemon in the manner of Python 2.
    pytest.mark.filterwarnings(r"ignore:setDaemon\(\) is deprecated:DeprecationWarning:serial"),
    pytest.mark.filterwarnings(r"ignore:setName\(\) is deprecated:DeprecationWarning:serial"),
]

PATIENCE = 60.0


def until(happened: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.005)


@dataclass
class Watcher:
    """Looks at the lines of a port all the time; `edges` has what went on (+) or off (-), in the order it was seen."""

    port: serial.SerialBase
    edges: list[str] = field(default_factory=list)
    rings: Counter[str] = field(default_factory=Counter)
    going: bool = True

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.before = self.lines()
        self.thread.start()

    def lines(self) -> dict[str, bool]:
        """The lines at one moment: four looks one after the other are one only if the next four see the same."""
        lines = self.look()
        while lines != (again := self.look()):
            lines = again
        return lines

    def look(self) -> dict[str, bool]:
        port = self.port
        return {"DSR": bool(port.dsr), "CTS": bool(port.cts), "DCD": bool(port.cd), "RI": bool(port.ri)}

    def watch(self) -> None:
        while self.going:
            lines = self.lines()
            edges = [("+" if on else "-") + name for name, on in lines.items() if on != self.before[name]]
            self.edges += edges
            self.rings.update(edges)
            self.before = lines
            time.sleep(0.001)

    def saw(self, *edges: str) -> None:
        """Wait for exactly these edges, and forget them."""
        until(lambda: len(self.edges) >= len(edges), f"{edges}, saw {self.edges}")
        assert self.edges == list(edges)
        self.edges.clear()

    def close(self) -> None:
        self.going = False
        self.thread.join(PATIENCE)
        self.port.close()


@pytest.fixture
def stage() -> Iterator[LoopThread]:
    with closing(LoopThread()) as stage:
        yield stage


class Bell(Telephone):
    """Rings until the program has seen it, and is silent until it has seen that: so it misses nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.program: Watcher | None = None
        self._rung = 0

    async def _ring(self, ringing: Ringing) -> bool:
        assert self.modem is not None
        self._rung += 1
        self.modem.ring_began(NOBODY_KNOWN)
        await self._seen("+RI")
        self.modem.ring_ended()
        await self._seen("-RI")
        return await self.until(lambda: self.off_hook, PAUSE if ringing.off is None else ringing.off)

    async def _seen(self, edge: str) -> None:
        while self.program is None or self.program.rings[edge] < self._rung:  # noqa: ASYNC110  # it is seen elsewhere
            await asyncio.sleep(0.005)


@dataclass
class Line:
    """A modem's line, or an end of a cable: the port of the house, and how pyserial gets at it."""

    port: Port
    url: Callable[[], str]


@pytest.fixture(params=["offhook", "rfc2217"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def remote_line() -> Line:
    port = Rfc2217Port("127.0.0.1", 0)
    return Line(port, lambda: remote_url(port.name))


@pytest.fixture
def call(stage: LoopThread, kind: str) -> Iterator[tuple[Watcher, FarEnd]]:
    """A program on a modem's line, and whoever is at the far end of the telephone line."""
    with ExitStack() as left:
        if kind == "offhook":
            wire = Wire(crossing=lambda on: on)
            named = left.enter_context(closing(NamedLine("either", wire)))
            line = Line(WirePort(wire, 1, named.url("b")), lambda: named.url("a"))
        else:
            line = remote_line()
        telephone = Bell()
        modem = HayesModem(Settings(connect_hold=0.05, init="&S1&C1E0"))
        telephone.modem = card = EmulatedLineCard("modem", line.port, modem, telephone)
        stage.call(card.start)
        left.callback(lambda: stage.call(card.close))
        far = FarEnd(stage, telephone)
        left.callback(lambda: stage.call(far.close))
        port = serial.serial_for_url(line.url(), baudrate=9600, timeout=PATIENCE)
        until(lambda: port.cts, "the modem")
        telephone.program = left.enter_context(closing(Watcher(port)))
        yield telephone.program, far
        far.check()


def test_a_call_that_comes_in(call: tuple[Watcher, FarEnd]) -> None:
    program, far = call
    far.ring(2, off=0).ring(1, off=60)
    program.saw("+RI", "-RI", "+RI", "-RI", "+RI", "-RI")
    program.port.write(b"ATA\r")
    program.saw("+DSR", "+DCD")
    assert program.port.read_until(b"9600\r\n").endswith(b"CONNECT 9600\r\n")
    far.send(b"the last words").hang_up()
    program.saw("-DSR", "-DCD")
    assert program.port.read_until(b"CARRIER\r\n") == b"the last words\r\nNO CARRIER\r\n"


def test_a_call_that_goes_out_and_is_ended_by_dtr(call: tuple[Watcher, FarEnd]) -> None:
    program, far = call
    far.answer()
    program.port.write(b"ATDT5550100\r")
    program.saw("+DSR", "+DCD")
    program.port.read_until(b"9600\r\n")
    program.port.dtr = False
    program.saw("-DSR", "-DCD")
    until(lambda: not far.in_call, "the end of the call")
    program.port.dtr = True
    far.ring(2, off=0)
    program.saw("+RI", "-RI", "+RI", "-RI")


@pytest.fixture
def ends(stage: LoopThread, kind: str) -> Iterator[tuple[Watcher, Watcher]]:
    """Two programs on the ends of a null-modem cable."""
    with ExitStack() as left:
        if kind == "offhook":
            named = left.enter_context(closing(NamedLine("cable", Wire())))
            urls = [named.url("a"), named.url("b")]
        else:
            one, other = remote_line(), remote_line()
            cable = Cable(one.port, other.port)
            stage.call(cable.start)
            left.callback(lambda: stage.call(cable.close))
            urls = [one.url(), other.url()]
        ports = [serial.serial_for_url(url, timeout=PATIENCE) for url in urls]
        for port in ports:
            until(lambda port=port: port.cts and port.cd and port.dsr, "the other end")
        watchers = [left.enter_context(closing(Watcher(port))) for port in ports]
        yield watchers[0], watchers[1]


def test_the_lines_of_a_cable_cross(ends: tuple[Watcher, Watcher]) -> None:
    for near, far in (ends, reversed(ends)):
        for level, sign in ((False, "-"), (True, "+")):
            near.port.rts = level
            far.saw(f"{sign}CTS")
            near.port.dtr = level
            far.saw(f"{sign}DSR", f"{sign}DCD")
        near.port.write(b"over")
        assert far.port.read(4) == b"over"
        assert near.edges == []
