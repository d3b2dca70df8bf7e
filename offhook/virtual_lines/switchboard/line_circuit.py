"""The legs of a call: joined directly, or with a circuit between them where the line has a quality.

A circuit is a far end to both holders. It takes what each sends, and gives it to the other when the machine says so.
"""

import asyncio
import random
from collections import deque

from offhook.virtual_lines.circuit import (
    Action,
    Broke,
    Circuit,
    Close,
    Deliver,
    Ended,
    Event,
    Hold,
    Leaving,
    Release,
    Sent,
    Side,
    TakesMore,
    TakesNoMore,
    Tick,
)
from offhook.virtual_lines.exchange import Leg, Quality, join


def legs_of(quality: Quality | None, rate: int | None = None) -> tuple[Leg, Leg]:
    """The caller's leg and the called's; `rate` is told where the quality has none, in bit/s."""
    if quality is None:
        return join(rate)
    caller, theirs = join(quality.told or rate)
    called, ours = join(quality.told or rate)
    there, back = quality.rate, quality.back_rate
    if there and back and there != back:
        caller.ways, called.ways = (back, there), (there, back)
    LineCircuit(quality, theirs, ours)
    return caller, called


class LineCircuit:
    """Runs a `Circuit` between two legs, whose far ends are the caller's and the called's."""

    def __init__(self, quality: Quality, caller: Leg, called: Leg) -> None:
        self._loop = asyncio.get_running_loop()
        self._legs = {Side.CALLER: caller, Side.CALLED: called}
        self._machine = Circuit(quality, lambda name: random.Random(f"{quality.seed} {name}").random, self._loop.time())
        self._timer: asyncio.TimerHandle | None = None
        self._events: deque[Event] = deque()
        self._left: set[Side] = set()
        self._busy = False
        self._open = True
        for side, leg in self._legs.items():
            leg.attach(_End(self, side))

    def happened(self, event: Event) -> None:
        """Something happened at one of the ends; what happens while it is seen to waits its turn."""
        self._events.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._events and self._open:
                self._handle(self._events.popleft())
        finally:  # a holder that raises costs its bytes, and not the end of the call
            self._busy = False
            self._arm()

    def _handle(self, event: Event) -> None:
        self._carry_out(self._machine.handle(event, self._loop.time()))
        for side, leg in self._legs.items():
            if leg.far_left and side not in self._left:
                self._left.add(side)
                self._events.append(Leaving(side))

    def _carry_out(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Deliver(side, data):
                    self._legs[side].send(data)
                case Broke(side):
                    self._legs[side].send_break()
                case Hold(side):
                    self._legs[side].pause()
                case Release(side):
                    self._legs[side].resume()
                case Close(side):
                    self._open = False
                    self._legs[side].close()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._machine.deadline
        if deadline is not None and self._open:
            self._timer = self._loop.call_at(deadline, self._time)

    def _time(self) -> None:
        self._timer = None
        self.happened(Tick())


class _End:
    """Where one holder's bytes go: the `Receiver` of a leg of the circuit."""

    def __init__(self, circuit: LineCircuit, side: Side) -> None:
        self._circuit = circuit
        self._side = side

    def far_sent(self, data: bytes) -> None:
        self._circuit.happened(Sent(self._side, data))

    def far_closed(self) -> None:
        self._circuit.happened(Ended(self._side))

    def far_break(self) -> None:
        self._circuit.happened(Broke(self._side))

    def pause_sending(self) -> None:
        self._circuit.happened(TakesNoMore(self._side))

    def resume_sending(self) -> None:
        self._circuit.happened(TakesMore(self._side))
