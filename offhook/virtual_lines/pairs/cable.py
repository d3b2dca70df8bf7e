"""A null-modem cable between two ports: what the program on one end sends, the one on the other hears.

Signals and breaks cross at once, on wires of their own; bytes take the time of the line.
"""

import asyncio
import random
from dataclasses import dataclass

from offhook.modem.ports import FramedPort, Port
from offhook.modem.rs232 import EIGHT_N_ONE, Framing, Signals
from offhook.virtual_lines.null_modem import (
    MOST,
    Deliver,
    Event,
    Framed,
    Hold,
    Impairments,
    OneWay,
    Release,
    Sent,
    TakesMore,
    TakesNoMore,
    Tick,
    crossed,
)


@dataclass(frozen=True, slots=True)
class CableOptions:
    """`rate` in bit/s (None: no time), `noise` the bit error rate, `drop` the part of characters lost.

    `latency` is in seconds, `framing` says how long a character takes (None: as the end that sends it is set, where
    that is known, or 8N1). The same `seed` gives the same errors.
    """

    rate: int | None = None
    noise: float = 0.0
    drop: float = 0.0
    latency: float = 0.0
    seed: int = 0
    framing: Framing | None = None

    def one_way(self, number: int, most: int = MOST) -> OneWay:
        """The way from end `number`, with its own chances; `most` as in `OneWay`."""
        chances = [random.Random(f"{self.seed} {number} {what}").random for what in ("noise", "drop")]
        impairments = Impairments(self.noise, self.drop, *chances)
        return OneWay(impairments, self.rate, self.latency, bits=(self.framing or EIGHT_N_ONE).bits, most=most)


class Cable:
    """Joins two ports from `start` to `close`."""

    def __init__(self, one: Port, other: Port, options: CableOptions | None = None) -> None:
        options = options or CableOptions()
        self._ends = tuple(_End(port, options.framing) for port in (one, other))
        for number, end in enumerate(self._ends):
            end.join(self._ends[1 - number], options.one_way(number))

    def start(self) -> None:
        """Open both ports; needs a running event loop. Raises `PortError`."""
        for end in self._ends:
            end.start()

    def close(self) -> None:
        """Close both ports; idempotent."""
        for end in self._ends:
            end.close()


class _End:
    """One end: the port, and the way from it to the other. A `PortListener`."""

    def __init__(self, port: Port, framing: Framing | None) -> None:
        self.port = port
        self._framed = port if framing is None and isinstance(port, FramedPort) else None
        self._framing = EIGHT_N_ONE
        self._timer: asyncio.TimerHandle | None = None
        self._started = False
        self._shown = Signals.NONE

    def join(self, other: "_End", way: OneWay) -> None:
        self._other = other
        self._way = way

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._started = True
        try:
            self.port.start(self)
        except BaseException:  # raised again: an end whose port did not open takes nothing
            self._started = False
            raise
        self.port.set_signals(self._shown)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._started:
            self._started = False
            self.port.close()

    def show(self, on: Signals) -> None:
        self._shown = on
        if self._started:
            self.port.set_signals(on)

    def take_break(self) -> None:
        if self._started:
            self.port.send_break()

    def heeds(self, event: Event) -> None:
        """Something happened on the way from this end."""
        for action in self._way.handle(event, self._loop.time()):
            match action:
                case Deliver(data):
                    if self._other._started:
                        self._other.port.send(data)
                case Hold():
                    self.port.pause_reading()
                case Release():
                    self.port.resume_reading()
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._way.deadline
        if deadline is not None and self._started:
            self._timer = self._loop.call_at(deadline, self._time)

    def _time(self) -> None:
        self._timer = None
        self.heeds(Tick())

    # From the port.

    def dte_sent(self, data: bytes) -> None:
        """Bytes of the program at this end."""
        if self._framed is not None and self._framed.framing != self._framing:
            self._framing = self._framed.framing
            self.heeds(Framed(self._framing.bits))
        self.heeds(Sent(data))

    def dte_signals(self, on: Signals) -> None:
        """Its DTR and RTS: the other's DSR, DCD and CTS."""
        self._other.show(crossed(on))

    def dte_rate(self, rate: int) -> None:
        """A cable has no rate of its own."""

    def dte_break(self) -> None:
        """Its break."""
        self._other.take_break()

    def pause_sending(self) -> None:
        """It takes no more of what the other sends."""
        if self._other._started:
            self._other.heeds(TakesNoMore())

    def resume_sending(self) -> None:
        """It takes bytes again."""
        if self._other._started:
            self._other.heeds(TakesMore())
