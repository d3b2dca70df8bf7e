"""A port with faults made to order: what the modem says is garbled, withheld, doubled or late; lines glitch."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from offhook.modem.ports import Port, PortListener
from offhook.modem.rs232 import Signals


@dataclass(slots=True)
class _Fault:
    words: bytes
    instead: bytes
    late: float
    times: int


class FaultyPort:
    """A `Port` in front of another, without faults until it is told of some. Its words are those of one `send`."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._faults: list[_Fault] = []
        self._later: deque[Callable[[], None]] = deque()
        self._late = False
        self._dte = Signals.NONE
        self._off: list[Signals] = []

    # What a test orders.

    def replace(self, words: bytes, instead: bytes, times: int = 1) -> None:
        """The next so many times that the modem says `words`, the DTE hears something else."""
        self._faults.append(_Fault(words, instead, 0.0, times))

    def delay(self, words: bytes, seconds: float, times: int = 1) -> None:
        """`words` come so much later, and all behind them too."""
        self._faults.append(_Fault(words, words, seconds, times))

    def glitch(self, line: Signals, seconds: float) -> None:
        """An output of the DTE is off for so long, as its modem sees it."""
        self._off.append(line)
        self._tell()
        asyncio.get_running_loop().call_later(seconds, self._over, line)

    def _over(self, line: Signals) -> None:
        self._off.remove(line)
        self._tell()

    def _tell(self) -> None:
        on = self._dte
        for line in self._off:
            on &= ~line
        self._listener.dte_signals(on)

    # A port.

    @property
    def name(self) -> str:
        """The other port's."""
        return self._port.name

    def start(self, listener: PortListener) -> None:
        """Open the other port. Raises `PortError`."""
        self._listener = listener
        self._port.start(self)

    def send(self, data: bytes) -> None:
        """Bytes of the modem, right or wrong."""
        for fault in [each for each in self._faults if each.words in data]:
            data = data.replace(fault.words, fault.instead)
            fault.times -= 1
            if not fault.times:
                self._faults.remove(fault)
            if fault.late:
                self._late = True
                asyncio.get_running_loop().call_later(fault.late, self._catch_up)
        self._in_turn(lambda: self._port.send(data))

    def send_break(self) -> None:
        """A break of the modem."""
        self._in_turn(self._port.send_break)

    def set_signals(self, on: Signals) -> None:
        """The modem's lines."""
        self._in_turn(lambda: self._port.set_signals(on))

    def pause_reading(self) -> None:
        """As the other port does."""
        self._port.pause_reading()

    def resume_reading(self) -> None:
        """As the other port does."""
        self._port.resume_reading()

    def close(self) -> None:
        """Close the other port; idempotent."""
        self._later.clear()
        self._port.close()

    def _in_turn(self, what: Callable[[], None]) -> None:
        if self._late:
            self._later.append(what)
        else:
            what()

    def _catch_up(self) -> None:
        self._late = False
        while self._later:
            self._later.popleft()()

    # A listener.

    def dte_sent(self, data: bytes) -> None:
        """Bytes of the DTE."""
        self._listener.dte_sent(data)

    def dte_signals(self, on: Signals) -> None:
        """The DTE's lines, but for those that glitch."""
        self._dte = on
        self._tell()

    def dte_rate(self, rate: int) -> None:
        """The DTE's rate."""
        self._listener.dte_rate(rate)

    def dte_break(self) -> None:
        """A break of the DTE."""
        self._listener.dte_break()

    def pause_sending(self) -> None:
        """The DTE is slow."""
        self._listener.pause_sending()

    def resume_sending(self) -> None:
        """The DTE takes bytes again."""
        self._listener.resume_sending()
