"""A cable in memory: two ends in one process, each held by a pyserial object, or by a port of an event loop.

Threads meet here, so all of it is done with `changed` held, and whoever waits for something on the wire waits for
`changed`. Nobody drives the wire: characters whose time has come arrive when somebody looks (`settle`), and whoever
waits looks again at `deadline`.
"""

import threading
from collections.abc import Callable
from typing import Protocol

from offhook.modem.rs232 import Signals
from offhook.virtual_lines.null_modem import (
    Deliver,
    Event,
    Framed,
    Hold,
    Purged,
    Release,
    Sent,
    TakesMore,
    TakesNoMore,
    Tick,
    crossed,
)
from offhook.virtual_lines.pairs.cable import CableOptions
from offhook.virtual_lines.pairs.line_clock import LineClock, SystemClock

MOST = 4096
"""Bytes that an end takes ahead of the line, as the buffer of a serial driver."""


class Holder(Protocol):
    """Who has an end. Called with the wire held; returns at once."""

    def arrived(self, data: bytes) -> None:
        """Bytes of the other end."""

    def lines_are(self, on: Signals) -> None:
        """The lines as they are at this end."""

    def broke(self) -> None:
        """The other end sent a break."""

    def rate_is(self, rate: int) -> None:
        """The other end set its rate, in bit/s."""

    def may_send(self, on: bool) -> None:
        """The way out is full (False), or free again."""

    def stirred(self) -> None:
        """The wire's deadline may be another."""


class Wire:
    """Two ends, numbered 0 and 1; `crossing` makes one end's outputs the other's inputs."""

    def __init__(
        self,
        options: CableOptions | None = None,
        clock: LineClock | None = None,
        crossing: Callable[[Signals], Signals] = crossed,
    ) -> None:
        self.changed = threading.Condition()
        self.clock: LineClock = clock or SystemClock()
        self.options = options or CableOptions()
        self._crossing = crossing
        self._ways = tuple(self.options.one_way(number, MOST) for number in (0, 1))
        self._holders: list[Holder | None] = [None, None]
        self._outputs = [Signals.NONE, Signals.NONE]
        self._forced: list[dict[Signals, bool]] = [{}, {}]
        self._inputs = [Signals.NONE, Signals.NONE]
        self._rates = [0, 0]
        self._stops: tuple[set[str], set[str]] = (set(), set())

    # An end, from being held to being let go.

    def take(self, number: int, holder: Holder) -> bool:
        """Hold an end from now on; whether nobody else does."""
        if self._holders[number] is not None:
            return False
        self._holders[number] = holder
        holder.lines_are(self._inputs[number])
        if rate := self._rates[1 - number]:
            holder.rate_is(rate)
        return True

    def leave(self, number: int) -> None:
        """Let go: outputs off, and what arrives is lost."""
        self._holders[number] = None
        self._forced[number].clear()
        for reason in list(self._stops[1 - number]):
            self.stop(number, False, reason)
        self.show(number, Signals.NONE)

    @property
    def held(self) -> bool:
        """Whether anybody holds an end."""
        return any(holder is not None for holder in self._holders)

    # What an end does.

    def send(self, number: int, data: bytes) -> None:
        """Bytes for the other end, behind those sent before."""
        self._heed(number, Sent(data))

    def show(self, number: int, on: Signals) -> None:
        """The outputs of an end are these."""
        self._outputs[number] = on
        self._look_at_lines(1 - number)

    def force(self, number: int, line: Signals, level: bool | None) -> None:
        """An input of an end is on or off whatever the other end does; None ends it."""
        if level is None:
            self._forced[number].pop(line, None)
        else:
            self._forced[number][line] = level
        self._look_at_lines(number)

    def send_break(self, number: int) -> None:
        """A break for the other end; it overtakes bytes."""
        if (holder := self._holders[1 - number]) is not None:
            holder.broke()
        self.stir()

    def set_rate(self, number: int, rate: int, bits: float) -> None:
        """An end is set to `rate` bit/s, with so many bits a character."""
        self._rates[number] = rate
        self._heed(number, Framed(bits))
        if (holder := self._holders[1 - number]) is not None:
            holder.rate_is(rate)

    def stop(self, number: int, on: bool, reason: str = "full") -> None:
        """An end takes no bytes (True), or does again when no other reason is left."""
        reasons = self._stops[1 - number]
        stopped = bool(reasons)
        (reasons.add if on else reasons.discard)(reason)
        if bool(reasons) != stopped:
            self._heed(1 - number, TakesNoMore() if reasons else TakesMore())

    def purge(self, number: int) -> None:
        """What has not left an end is taken back."""
        self._heed(number, Purged())

    # How things stand.

    def inputs(self, number: int) -> Signals:
        """The lines as they are at an end."""
        return self._inputs[number]

    def room(self, number: int) -> int:
        """Bytes that an end may send now."""
        return self._ways[number].room

    def unsent(self, number: int) -> int:
        """Bytes that an end sent and that have not left."""
        return self._ways[number].unsent

    @property
    def deadline(self) -> float | None:
        """When something arrives, if nothing happens before."""
        return min((at for way in self._ways if (at := way.deadline) is not None), default=None)

    def settle(self) -> None:
        """Have arrived what should have."""
        now = self.clock.now()
        for number, way in enumerate(self._ways):
            while (deadline := way.deadline) is not None and deadline <= now:
                self._heed(number, Tick())

    def stir(self) -> None:
        """Have everybody look who waits."""
        self.changed.notify_all()
        self.clock.stir()
        for holder in self._holders:
            if holder is not None:
                holder.stirred()

    def _heed(self, number: int, event: Event) -> None:
        near, far = self._holders[number], self._holders[1 - number]
        for action in self._ways[number].handle(event, self.clock.now()):
            match action:
                case Deliver(data):
                    if far is not None:
                        far.arrived(data)
                case Hold() | Release():
                    if near is not None:
                        near.may_send(isinstance(action, Release))
        self.stir()

    def _look_at_lines(self, number: int) -> None:
        on = self._crossing(self._outputs[1 - number])
        for line, level in self._forced[number].items():
            on = on | line if level else on & ~line
        if on != self._inputs[number]:
            self._inputs[number] = on
            if (holder := self._holders[number]) is not None:
                holder.lines_are(on)
            self.stir()
