"""A port of an event loop on one end of a wire in memory; and two of them, a pair."""

import asyncio
from collections import deque
from collections.abc import Callable

from offhook.modem.ports import PortError, PortListener, Report
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.pairs.cable import CableOptions
from offhook.virtual_lines.pairs.line_clock import LineClock
from offhook.virtual_lines.pairs.wire import Wire

_DTE = Signals.DTR | Signals.RTS


class WirePort:
    """A `Port` on end `number` of a wire, whose clock is that of the event loop.

    Whoever has the other end may be in another thread: what happens there is told from the event loop.
    """

    def __init__(self, wire: Wire, number: int, name: str) -> None:
        self._wire = wire
        self._number = number
        self._name = name
        self._report = Report()
        self._told: deque[Callable[[], None]] = deque()
        self._looks = False
        self._started = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def name(self) -> str:
        """What people call the end."""
        return self._name

    def start(self, listener: PortListener) -> None:
        """Hold the end; raises `PortError` if it is held already."""
        self._loop = asyncio.get_running_loop()
        self._report.begin(listener)
        with self._wire.changed:
            self._started = self._wire.take(self._number, self)
        if not self._started:
            self._report.listener = None
            raise PortError(f"{self._name} is in use: close what has it open")

    def send(self, data: bytes) -> None:
        """Bytes for the other end."""
        self._do(lambda: self._wire.send(self._number, data))

    def send_break(self) -> None:
        """A break for the other end."""
        self._do(lambda: self._wire.send_break(self._number))

    def set_signals(self, on: Signals) -> None:
        """The DCE's outputs."""
        self._do(lambda: self._wire.show(self._number, on))

    def pause_reading(self) -> None:
        """Let the other end's bytes wait on the wire, and then in the program there."""
        self._do(lambda: self._wire.stop(self._number, True))

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._do(lambda: self._wire.stop(self._number, False))

    def close(self) -> None:
        """Let go of the end; idempotent."""
        self._report.listener = None
        self._do(lambda: self._wire.leave(self._number))
        self._started = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _do(self, what: Callable[[], None]) -> None:
        if self._started:
            with self._wire.changed:
                what()

    # From the wire: it is held, and the thread may be any.

    def arrived(self, data: bytes) -> None:
        """Tell soon."""
        self._told.append(lambda: self._report.sent(data))

    def lines_are(self, on: Signals) -> None:
        """Tell soon."""
        self._told.append(lambda: self._report.signals(on & _DTE))
        self.stirred()

    def broke(self) -> None:
        """Tell soon."""
        self._told.append(self._report.broke)

    def rate_is(self, rate: int) -> None:
        """Tell soon."""
        self._told.append(lambda: self._report.rate(rate))
        self.stirred()

    def may_send(self, on: bool) -> None:
        """Tell soon."""
        self._told.append(self._report.resume_sending if on else self._report.pause_sending)

    def stirred(self) -> None:
        """Have the event loop look."""
        if not self._looks and self._loop is not None and not self._loop.is_closed():
            self._looks = True
            self._loop.call_soon_threadsafe(self._look)

    # In the event loop.

    def _look(self) -> None:
        with self._wire.changed:
            if self._started:
                self._wire.settle()
            self._looks = False
            self._arm()
        while self._told and self._started:
            self._told.popleft()()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._wire.deadline
        if deadline is not None and self._started and self._loop is not None:
            self._timer = self._loop.call_at(deadline, self._look)


class MemoryPair:
    """Two ports with a null-modem cable between them and nothing outside the process.

    What is sent at one is heard at the other; DSR and DCD of one are the DTR that the other hears of, CTS the RTS.
    """

    def __init__(
        self, options: CableOptions | None = None, clock: LineClock | None = None, name: str = "memory"
    ) -> None:
        wire = Wire(options, clock)
        self.one = WirePort(wire, 0, f"{name}/a")
        self.other = WirePort(wire, 1, f"{name}/b")
