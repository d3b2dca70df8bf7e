"""The switch: who is connected with whom, who rings, and why a call could not be had.

Theory: a line is on-hook until it is seized, by its subscriber (off-hook) or by a call that
rings it. A call goes from dialling to ringing to talking, and ends once; each step of it is told
to the two lines. The switch makes the ring cadence: two seconds on, four off, first burst at once.

Rules: a line in use is busy to everybody, itself included; a service is never busy; each call
that was dialled ends with exactly one record, and the record has a cause.
"""

from dataclasses import dataclass

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange.call_record import CallRecord
from offhook.virtual_lines.exchange.cause import Cause
from offhook.virtual_lines.exchange.directory import Directory, LineDestination, ServiceDestination

BURST = 2.0
"""Seconds of ringing in a cadence."""
CADENCE = 6.0
"""Seconds from one burst to the next."""
LONGEST_RING = 60.0
"""Seconds after which a call nobody answers is given up."""


@dataclass(frozen=True, slots=True)
class Seized:
    """A line went off-hook."""

    line: str


@dataclass(frozen=True, slots=True)
class Dialled:
    """A line wants a number; it counts as off-hook from here at the latest. `caller` is what the called may know."""

    line: str
    number: str
    caller: CallerId


@dataclass(frozen=True, slots=True)
class Answered:
    """A line that rings went off-hook; one that does not ring is seized by it."""

    line: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """A line went on-hook, or is gone."""

    line: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of `deadline` has come."""


Event = Seized | Dialled | Answered | HungUp | Tick


@dataclass(frozen=True, slots=True)
class BeginRing:
    """Ring a line: one burst begins."""

    line: str
    caller: CallerId


@dataclass(frozen=True, slots=True)
class EndRing:
    """End the burst."""

    line: str


@dataclass(frozen=True, slots=True)
class StopRing:
    """There will be no more bursts: the caller gave up."""

    line: str


@dataclass(frozen=True, slots=True)
class Ringback:
    """Let a calling line hear that the number rings."""

    line: str


@dataclass(frozen=True, slots=True)
class Join:
    """Connect two lines."""

    caller: str
    called: str


@dataclass(frozen=True, slots=True)
class Serve:
    """Connect a line with a service."""

    line: str
    service: str
    number: str
    caller: CallerId


@dataclass(frozen=True, slots=True)
class Fail:
    """Tell a calling line that the number cannot be had."""

    line: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Record:
    """A call is over."""

    record: CallRecord


Action = BeginRing | EndRing | StopRing | Ringback | Join | Serve | Fail | Record


@dataclass(slots=True)
class _Call:
    caller: str
    number: str
    destination: str
    caller_id: CallerId
    began: float
    answered: float | None = None
    burst_on: bool = False
    next_change: float = 0.0


class Switch:
    """The exchange's machine. Lines are known by name; a name never heard of is on-hook."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._off_hook: set[str] = set()
        self._calling: dict[str, _Call] = {}
        self._called: dict[str, _Call] = {}
        self._ringing: dict[str, _Call] = {}

    @property
    def deadline(self) -> float | None:
        """When the next burst begins or ends."""
        return min((call.next_change for call in self._ringing.values()), default=None)

    def busy(self, line: str) -> bool:
        """Whether a call to `line` would find it in use."""
        return line in self._off_hook or line in self._called

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now` (seconds, never going back); what is to be done, in order."""
        match event:
            case Seized(line):
                self._off_hook.add(line)
                return []
            case Dialled():
                return self._dialled(event, now)
            case Answered(line):
                return self._answered(line, now)
            case HungUp(line):
                return self._hung_up(line, now)
            case Tick():
                return [action for call in list(self._ringing.values()) for action in self._ring_on(call, now)]

    def _dialled(self, event: Dialled, now: float) -> list[Action]:
        if event.line in self._calling or event.line in self._called:
            return []  # in a call already: digits dialled now are only noise on the line
        self._off_hook.add(event.line)
        destination = self._directory.find(event.number)
        call = _Call(event.line, event.number, "", event.caller, now)
        match destination:
            case None:
                return self._refuse(call, Cause.UNOBTAINABLE, now)
            case ServiceDestination(service):
                call.destination = service
                call.answered = now
                self._calling[event.line] = call
                return [Serve(event.line, service, event.number, event.caller)]
            case LineDestination(line):
                call.destination = line
                if self.busy(line):
                    return self._refuse(call, Cause.BUSY, now)
                self._calling[event.line] = call
                self._called[line] = call
                self._ringing[line] = call
                call.burst_on = True
                call.next_change = now + BURST
                return [Ringback(event.line), BeginRing(line, event.caller)]

    def _refuse(self, call: _Call, cause: Cause, now: float) -> list[Action]:
        return [Fail(call.caller, cause), self._record(call, cause, now)]

    def _ring_on(self, call: _Call, now: float) -> list[Action]:
        actions: list[Action] = []
        while call.next_change <= now:
            if call.burst_on:
                actions.append(EndRing(call.destination))
                call.next_change += CADENCE - BURST
            elif call.next_change - call.began >= LONGEST_RING:
                self._end(call)
                return [*actions, StopRing(call.destination), *self._refuse(call, Cause.NO_ANSWER, now)]
            else:
                actions.append(BeginRing(call.destination, call.caller_id))
                call.next_change += BURST
            call.burst_on = not call.burst_on
        return actions

    def _answered(self, line: str, now: float) -> list[Action]:
        self._off_hook.add(line)
        call = self._ringing.pop(line, None)
        if call is None:
            return []
        call.answered = now
        burst: list[Action] = [EndRing(line)] if call.burst_on else []
        return [*burst, Join(call.caller, line)]

    def _hung_up(self, line: str, now: float) -> list[Action]:
        self._off_hook.discard(line)
        call = self._calling.get(line) or self._called.get(line)
        if call is None:
            return []
        ringing = call.destination in self._ringing
        if ringing and line != call.caller:
            return []  # it rings and is on-hook as it was
        self._end(call)
        if ringing:
            return [StopRing(call.destination), self._record(call, Cause.ABANDONED, now)]
        return [self._record(call, Cause.NORMAL, now)]

    def _end(self, call: _Call) -> None:
        """The call is over; a line still off-hook stays so, and is busy, until it hangs up."""
        del self._calling[call.caller]
        self._called.pop(call.destination, None)
        self._ringing.pop(call.destination, None)

    def _record(self, call: _Call, cause: Cause, now: float) -> Record:
        return Record(CallRecord(call.caller, call.number, call.destination, call.began, call.answered, now, cause))
