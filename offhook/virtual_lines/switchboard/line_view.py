"""Lines and calls as whoever runs the exchange sees them."""

from collections.abc import Iterable
from dataclasses import dataclass

from offhook.virtual_lines.exchange import Call, Directory, LineState, Switch
from offhook.virtual_lines.switchboard.patching import Patching


@dataclass(frozen=True, slots=True)
class LineView:
    """A line: the first number that rings it, if any does; `made_busy` as ordered by whoever runs the exchange."""

    line: str
    number: str | None
    state: LineState
    made_busy: bool


@dataclass(frozen=True, slots=True)
class CallView:
    """A call going on; `seconds` since it was dialled, `talking` since it was answered, None if it has not been.

    `sent` and `received` are bytes of the caller and for the caller so far, `rate` the line's in bit/s.
    """

    caller: str
    number: str
    destination: str
    seconds: float
    talking: float | None
    sent: int
    received: int
    rate: int | None


class Overview:
    """What is going on at a switch, and on the legs of its calls."""

    def __init__(self, switch: Switch, directory: Directory, patching: Patching) -> None:
        self._switch = switch
        self._directory = directory
        self._patching = patching

    def lines(self, names: Iterable[str]) -> tuple[LineView, ...]:
        """Lines by name, in that order."""
        switch, number_of = self._switch, self._directory.number_of
        return tuple(LineView(line, number_of(line), switch.state(line), switch.made_busy(line)) for line in names)

    def calls(self, now: float) -> tuple[CallView, ...]:
        """Those going on, in the order they were dialled."""
        return tuple(self._call(call, now) for call in self._switch.calls)

    def _call(self, call: Call, now: float) -> CallView:
        talking = None if call.answered is None else now - call.answered
        tally = self._patching.tally(call.caller)
        return CallView(call.caller, call.number, call.destination, now - call.began, talking, *tally)
