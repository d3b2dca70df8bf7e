"""The operator's console: what whoever runs an exchange may ask of it and order, as words in and facts out."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from offhook.modem.hayes import CallerId, parse_dial_string
from offhook.operations.metrics import Metrics
from offhook.virtual_lines.exchange import Cause, Leg, LineState
from offhook.virtual_lines.line_cards import TraceFile
from offhook.virtual_lines.switchboard import LineView, Switchboard

LONGEST_RING = 600.0
"""Seconds that `ring` may ring a line at most."""
USUAL_RING = 30.0
MOST_RINGING = 100
"""Lines that it rings at a time."""

Facts = dict[str, object]


class OperatorError(Exception):
    """An order that cannot be carried out; the text says why, in a sentence."""


class ModemBank(Protocol):
    """The lines that have a modem of ours."""

    def dial(self, line: str, number: str) -> None:
        """Have `line` dial. Raises `KeyError` for a line that is none of these."""

    def trace_to(self, trace: TraceFile | None) -> None:
        """Write what happens from now on to another trace, or to none."""


class Console:
    """Carries out the orders. Every answer is facts that JSON can hold."""

    def __init__(
        self,
        switchboard: Switchboard,
        modems: ModemBank,
        metrics: Metrics,
        trace_path: Path,
        trace: TraceFile | None = None,
    ) -> None:
        """`trace` is the one that is being written, if any; `trace on` opens `trace_path` if there is none."""
        self._switchboard = switchboard
        self._modems = modems
        self._metrics = metrics
        self._trace_path = trace_path
        self._given = trace
        self._opened: TraceFile | None = None
        self._bells: set[_Bell] = set()
        self._count = 0

    def answer(self, words: Sequence[str]) -> Facts:
        """Carry out one order. Raises `OperatorError`."""
        if not words:
            raise OperatorError(f"say what: {', '.join(ORDERS)}")
        order = ORDERS.get(words[0])
        if order is None:
            raise OperatorError(f"there is no {words[0]!r}: known are {', '.join(ORDERS)}")
        least, most, usage, method = order
        if not least <= len(words) - 1 <= most:
            raise OperatorError(f"write {usage}")
        return method(self, *words[1:])

    def close(self) -> None:
        """Ring nobody any longer, and end the trace that was ordered."""
        for bell in list(self._bells):
            bell.stop()
        if self._opened is not None:
            self._opened.close()

    def lines(self) -> Facts:
        """What every line is doing."""
        return {"lines": [{**asdict(line), "state": line.state.value} for line in self._switchboard.lines]}

    def calls(self) -> Facts:
        """The calls going on."""
        found = [asdict(call) for call in self._switchboard.calls]
        for call in found:
            for key in ("seconds", "talking"):
                call[key] = None if call[key] is None else round(call[key], 1)
        return {"calls": found}

    def busy(self, line: str, on: str) -> Facts:
        """Have callers of a line find it busy, or no longer."""
        self._line(line)
        self._switchboard.make_busy(line, _on(on))
        return {}

    def hang_up(self, line: str) -> Facts:
        """End the call of a line."""
        state = self._line(line).state
        if state not in (LineState.CALLING, LineState.RINGING, LineState.TALKING):
            raise OperatorError(f"{line} has no call: it is {state.value}")
        self._switchboard.clear(line)
        return {}

    def dial(self, line: str, number: str) -> Facts:
        """Have the modem of a line dial."""
        state = self._line(line).state
        if state not in (LineState.IDLE, LineState.MADE_BUSY):
            raise OperatorError(f"{line} is {state.value}")
        if parse_dial_string(number) is None:
            raise OperatorError(f"{number!r} is nothing to dial")
        try:
            self._modems.dial(line, number)
        except KeyError:
            raise OperatorError(f"{line} has no modem of ours that could dial") from None
        return {}

    def ring(self, line: str, seconds: str = "") -> Facts:
        """Ring a line until it is answered, and then hang up; or for so long."""
        number = self._line(line).number
        if number is None:
            raise OperatorError(f"{line} has no number to ring it by")
        try:
            patience = float(seconds or USUAL_RING)
        except ValueError:
            patience = 0.0
        if not 0 < patience <= LONGEST_RING:
            raise OperatorError(f"{seconds!r}: ring for 1 to {LONGEST_RING:g} seconds")
        if len(self._bells) >= MOST_RINGING:
            raise OperatorError(f"{MOST_RINGING} lines are being rung already")
        self._count += 1
        bell = _Bell(self._switchboard, f"console-{self._count}", self._bells.discard)
        self._bells.add(bell)
        bell.ring(number, patience)
        if bell.refused is not None:
            raise OperatorError(f"{line} cannot be rung: {bell.refused.value}")
        return {}

    def trace(self, on: str) -> Facts:
        """Write every event and action of the modems to the trace, or stop."""
        if not _on(on):
            self._modems.trace_to(None)
            return {}
        trace = self._given or self._opened
        if trace is None or trace.ended:
            self._given = None
            try:
                trace = self._opened = TraceFile(self._trace_path)
            except OSError as error:
                raise OperatorError(f"{self._trace_path} cannot be written: {error.strerror}") from None
        self._modems.trace_to(trace)
        return {"trace": str(self._trace_path)}

    def metrics(self) -> Facts:
        """The figures, as Prometheus reads them."""
        return {"metrics": self._metrics.text(self._switchboard)}

    def _line(self, name: str) -> LineView:
        """The line of that name."""
        lines = self._switchboard.lines
        for line in lines:
            if line.line == name:
                return line
        other = next((line.line for line in lines if line.number == name), "")
        raise OperatorError(f"there is no line {name!r}" + (f": {name} is the number of {other}" if other else ""))


def _on(word: str) -> bool:
    if word not in ("on", "off"):
        raise OperatorError(f"{word!r}: write on or off")
    return word == "on"


ORDERS: Mapping[str, tuple[int, int, str, Callable[..., Facts]]] = {
    "lines": (0, 0, "lines", Console.lines),
    "calls": (0, 0, "calls", Console.calls),
    "busy": (2, 2, "busy LINE on|off", Console.busy),
    "hangup": (1, 1, "hangup LINE", Console.hang_up),
    "ring": (1, 2, "ring LINE [SECONDS]", Console.ring),
    "dial": (2, 2, "dial LINE NUMBER", Console.dial),
    "trace": (1, 1, "trace on|off", Console.trace),
    "metrics": (0, 0, "metrics", Console.metrics),
}
"""By word: the fewest and most words after it, how it is written, and what carries it out."""


class _Bell:
    """A line of the console's own, for one call that rings another line: a `Subscriber`."""

    def __init__(self, switchboard: Switchboard, name: str, done: Callable[["_Bell"], None]) -> None:
        self._switchboard = switchboard
        self._name = name
        self._done = done
        self._timer: asyncio.TimerHandle | None = None
        self._over = False
        self.refused: Cause | None = None

    def ring(self, number: str, seconds: float) -> None:
        """Call, for so long at most."""
        self._timer = asyncio.get_running_loop().call_later(seconds, self.stop)
        self._switchboard.plug_in(self._name, self)
        self._switchboard.dial(self._name, number, CallerId(None, "console"))

    def stop(self) -> None:
        """It is enough; idempotent."""
        if self._over:
            return
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        self._switchboard.hang_up(self._name)
        self._switchboard.unplug(self._name)
        self._done(self)

    def ring_began(self, caller: CallerId) -> None:
        """Nobody can call it: it has no number."""

    def ring_ended(self) -> None:
        """See `ring_began`."""

    def ring_stopped(self) -> None:
        """See `ring_began`."""

    def far_ringing(self) -> None:
        """As wanted."""

    def joined(self, leg: Leg) -> None:
        """It was answered, and there is nothing to say."""
        leg.close()
        self.stop()

    def failed(self, cause: Cause) -> None:
        """It cannot be rung, or nobody answered."""
        self.refused = cause
        self.stop()
