"""The bench: cables, modems and an exchange for one test, all taken away when it is over."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from serial.serialutil import SerialBase

from offhook.modem.hayes import Settings
from offhook.testing.ends import MemoryEnd, NullModem, TtyEnd
from offhook.testing.extension import Extension
from offhook.testing.far_end import FarEnd
from offhook.testing.modem_line import Modem, ModemLine
from offhook.testing.stage import LoopThread, Stage
from offhook.virtual_lines.exchange import (
    CallRecord,
    Directory,
    GroupDestination,
    LineDestination,
    Quality,
    Subscription,
    Vacant,
)
from offhook.virtual_lines.pairs import CableOptions
from offhook.virtual_lines.switchboard import Switchboard

NUMBERS = tuple(str(number) for number in range(101, 121))
"""Of a test exchange."""
ANY_LINE = "100"
"""The number that rings any line of a test exchange that is free."""
CONNECTED_WITHIN = 100.0
"""Seconds in which a call of the bench comes about."""


class _Made(Protocol):
    @property
    def transcripts(self) -> list[str]:
        """Of the modems in it."""

    def check(self) -> None:
        """Raises `AssertionError` if a step of a far end in it failed."""

    def close(self) -> None:
        """Idempotent."""


@dataclass(frozen=True, slots=True)
class DialledCall:
    """A call that is up: `port` is the pyserial object of the DTE that dialled, behind CONNECT."""

    modem: Modem
    port: SerialBase
    connect: str
    """The result code, as `CONNECT 2400`."""

    @property
    def far(self) -> FarEnd:
        """Whoever answered."""
        return self.modem.far


class TestExchange:
    """An exchange with these numbers, and 100 for any line that is free; `modem` plugs one in, `far` a far end.

    `vacant` numbers are out of service; `line` is the rate and the faults of every subscriber's line.
    """

    __test__ = False

    def __init__(
        self,
        stage: Stage,
        numbers: Iterable[str] = NUMBERS,
        vacant: Iterable[str] = (),
        line: Quality | None = None,
    ) -> None:
        self._stage = stage
        self._numbers = tuple(numbers)
        self._vacant = tuple(vacant)
        self._line = line
        self.records: list[CallRecord] = []
        """Of the calls that are over."""
        self._modems: dict[str, ModemLine] = {}
        self._far_ends: dict[str, FarEnd] = {}
        self._extensions: list[Extension] = []
        self._directory = self._numbered()
        self._switchboard = stage.call(lambda: Switchboard(self._directory, self._recorded))

    def _numbered(self) -> Directory:
        lines = [(number, LineDestination(number)) for number in self._numbers]
        others = [(number, Vacant()) for number in self._vacant]
        any_line = [] if ANY_LINE in (*self._numbers, *self._vacant) else [(ANY_LINE, self._any_line())]
        known = {number: Subscription(quality=self._line) for number in self._numbers}
        return Directory([*lines, *others, *any_line], subscriptions=known)

    def _recorded(self, record: CallRecord) -> None:
        self.records.append(record)
        for extension in self._extensions:
            extension.recorded(record)

    def _any_line(self) -> GroupDestination:
        return GroupDestination("lines", self._numbers)

    def modem(self, number: str, settings: Settings | None = None) -> ModemLine:
        """The modem at a number, there from now on; a `ValueError` for a number that is none or in use."""
        self._check_free(number)
        modem = self._modems[number] = ModemLine(
            self._stage, self._switchboard, number, MemoryEnd(self._stage, number), settings
        )
        self._stage.call(lambda: self._switchboard.plug_in(number, modem.card))
        modem.start()
        return modem

    def far(self, number: str) -> FarEnd:
        """A far end that plays a script at a number, as that of a `modem` does; a `ValueError` as for a modem."""
        self._check_free(number)
        extension = Extension(number, self._switchboard, self._directory, self._only_modem)
        self._extensions.append(extension)
        self._stage.call(lambda: self._switchboard.plug_in(number, extension))
        far = self._far_ends[number] = FarEnd(self._stage, extension, self._line)
        return far

    def _check_free(self, number: str) -> None:
        if number in self._modems or number in self._far_ends:
            raise ValueError(f"{number!r} is in use: a line has one modem")
        if number not in self._numbers:
            known = "101 to 120" if self._numbers == NUMBERS else ", ".join(self._numbers)
            remedy = "line_bench.exchange(numbers=[...]) has others"
            raise ValueError(f"{number!r} is no number of this exchange: they are {known}; {remedy}")

    def _only_modem(self) -> str:
        if len(self._modems) != 1:
            many = len(self._modems)
            raise AssertionError(f"whom does it ring? There are {many} modems: say ring(number=...)")
        return next(iter(self._modems))

    def check(self) -> None:
        """Raises `AssertionError` if a step of a far end has failed."""
        for far in self._far_ends.values():
            far.check()

    @property
    def transcripts(self) -> list[str]:
        """What happened to each modem and what it did."""
        return [text for modem in self._modems.values() for text in modem.transcripts]

    def close(self) -> None:
        """Take all of it away; idempotent."""
        for far in self._far_ends.values():
            self._stage.call(far.close)
        for modem in self._modems.values():
            modem.close()
        self._stage.call(self._switchboard.close)


@dataclass(slots=True)
class Bench:
    """Makes what a test asks for, in the time of its stage: turned or real."""

    stage: Stage = field(default_factory=LoopThread)
    _made: list[_Made] = field(default_factory=list)

    def null_modem(
        self,
        rate: int | None = None,
        noise: float = 0.0,
        drop: float = 0.0,
        latency: float = 0.0,
        seed: int = 0,
    ) -> NullModem:
        """A cable, as `offhook null-modem` makes it; `latency` in seconds."""
        cable = NullModem(self.stage, CableOptions(rate, noise, drop, latency, seed))
        self._made.append(cable)
        return cable

    def modem(self, settings: Settings | None = None, line: Quality | None = None) -> Modem:
        """A modem and its far end; `line` is the rate and the faults of the telephone line between them."""
        return self._started(Modem(self.stage, MemoryEnd(self.stage, "modem"), settings, line))

    def tty_modem(self, path: Path, settings: Settings | None = None, line: Quality | None = None) -> Modem:
        """A modem on a tty, which is a link at `path` while the test lasts; a `ValueError` in turned time."""
        if not isinstance(self.stage, LoopThread):
            raise ValueError("programs on a tty live in real time: ask for no turned_clock")
        return self._started(Modem(self.stage, TtyEnd(path), settings, line))

    def _started(self, modem: Modem) -> Modem:
        self._made.append(modem)
        modem.start()
        return modem

    def exchange(
        self, numbers: Iterable[str] = NUMBERS, vacant: Iterable[str] = (), line: Quality | None = None
    ) -> TestExchange:
        """An exchange with no modem yet; what is given is as in `TestExchange`."""
        exchange = TestExchange(self.stage, numbers, vacant, line)
        self._made.append(exchange)
        return exchange

    def dialled_call(self, **quality: Any) -> DialledCall:
        """A call that is up; `quality` is the line's, as `Quality` has it: rate, noise, drop, dropouts and so on."""
        modem = self.modem(line=Quality(**quality))
        modem.far.answer()
        port = modem.open()
        port.write(b"ATDT5550100\r")
        port.timeout, timeout = CONNECTED_WITHIN, port.timeout
        heard = port.read_until(b"CONNECT") + port.read_until(b"\r\n")
        port.timeout = timeout
        assert b"CONNECT" in heard, heard
        return DialledCall(modem, port, heard[heard.index(b"CONNECT") :].decode("ascii").strip())

    @property
    def transcripts(self) -> list[str]:
        """What happened to each modem and what it did."""
        return [text for thing in self._made for text in thing.transcripts]

    def close(self) -> None:
        """Take everything away. Raises `AssertionError` if a step of a far end failed."""
        with ExitStack() as closing:  # what cannot be closed does not keep the rest open
            if isinstance(self.stage, LoopThread):
                closing.callback(self.stage.close)
            for thing in self._made:
                closing.callback(thing.close)
        for thing in self._made:
            thing.check()
