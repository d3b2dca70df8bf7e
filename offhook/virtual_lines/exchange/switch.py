"""The switch: who is connected with whom, who rings, and why a call could not be had.

Theory: a line is on-hook until it is seized, by its subscriber (off-hook) or by a call that rings it. A call goes
from dialling to ringing to talking, and ends once; each step of it is told to the lines it concerns. A service
answers at once; a host outside is called by whoever carries calls there, who says how it went. The two ends of a call
that talk are parted by whoever carries the bytes, when one hangs up.

Rules: a line in use is never rung, and is busy to everybody, itself included; a hunt group rings a free line of its
own, one that is attended if there is one, and is busy when none is free; a service is never busy; a line or a
service that is not in service cannot be had; a line that goes off-hook while it rings has answered; each call that
was dialled ends with exactly one record, and the record has a cause; a line that dials no number waits on its wire, if
it has one of its own to another line. What a line not in service does is not heard. A
line that was made busy is busy to callers and calls as before. A number that is withheld is told to the record alone.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from offhook.virtual_lines.exchange.call import Call
from offhook.virtual_lines.exchange.cause import Cause
from offhook.virtual_lines.exchange.directory import (
    Barred,
    Destination,
    Directory,
    Found,
    LineDestination,
    ServiceDestination,
    Vacant,
)
from offhook.virtual_lines.exchange.hunt_group import GroupDestination, Hunting
from offhook.virtual_lines.exchange.leased_wire import LeasedWires
from offhook.virtual_lines.exchange.line_state import LineState
from offhook.virtual_lines.exchange.orders import (
    Action,
    Answered,
    Attended,
    BeginRing,
    CallOut,
    CameIntoService,
    Cleared,
    Connect,
    Cut,
    Dialled,
    EndRing,
    Event,
    Fail,
    GiveUp,
    HungUp,
    Join,
    MadeBusy,
    Record,
    Ringback,
    RouteAnswered,
    RouteFailed,
    Seized,
    Serve,
    StopRing,
    Tick,
    WentOutOfService,
)
from offhook.virtual_lines.exchange.quality import joined
from offhook.virtual_lines.exchange.ringing import LONGEST_RING, NORTH_AMERICA, Cadence
from offhook.virtual_lines.exchange.route import Away, Program, Route


class Switch:
    """The exchange's machine. Lines and services are known by name, from coming into service to going out of it."""

    def __init__(
        self, directory: Directory, *, cadence: Cadence = NORTH_AMERICA, longest_ring: float = LONGEST_RING
    ) -> None:
        """`longest_ring`: seconds after which a call nobody answers is given up."""
        self._directory = directory
        self._cadence = cadence
        self._longest_ring = longest_ring
        self._in_service: set[Destination] = set()
        self._off_hook: set[str] = set()
        self._unattended: set[str] = set()
        self._made_busy: set[str] = set()
        self._hunting = Hunting()
        self._wires = LeasedWires(directory)
        self._calling: dict[str, Call] = {}
        self._called: dict[str, Call] = {}
        self._ringing: dict[str, Call] = {}

    @property
    def deadline(self) -> float | None:
        """When the next burst begins or ends, or a call is given up; None while nothing rings."""
        return min((call.next_step for call in self._ringing.values()), default=None)

    def busy(self, line: str) -> bool:
        """Whether a call to `line` would find it in use."""
        return line in self._off_hook or line in self._called or line in self._made_busy

    def state(self, line: str) -> LineState:
        """What `line` is doing."""
        call = self._call_of(line)
        if LineDestination(line) not in self._in_service:
            return LineState.OUT_OF_SERVICE
        if line in self._ringing:
            return LineState.RINGING
        if call is not None:
            return LineState.CALLING if call.answered is None else LineState.TALKING
        if line in self._off_hook:
            return LineState.OFF_HOOK
        return LineState.MADE_BUSY if line in self._made_busy else LineState.IDLE

    def made_busy(self, line: str) -> bool:
        """Whether `line` is kept from being called."""
        return line in self._made_busy

    @property
    def calls(self) -> tuple[Call, ...]:
        """Those going on, in the order they were dialled."""
        return tuple(self._calling.values())

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now` (seconds, never going back); what is to be done, in order."""
        match event:
            case CameIntoService(what):
                self._in_service.add(what)
            case WentOutOfService(what):
                self._in_service.discard(what)
                if isinstance(what, LineDestination):
                    return self._gone(what.line, now)
            case Tick():
                return [action for call in list(self._ringing.values()) for action in self._ring_on(call, now)]
            case _ if LineDestination(event.line) in self._in_service:
                return self._line_did(event, now)
        return []

    def _line_did(
        self,
        event: Attended | MadeBusy | Cleared | Seized | Dialled | Answered | HungUp | RouteAnswered | RouteFailed,
        now: float,
    ) -> list[Action]:
        line = event.line
        match event:
            case Attended(_, present):
                (self._unattended.discard if present else self._unattended.add)(line)
                return []
            case MadeBusy(_, on):
                (self._made_busy.add if on else self._made_busy.discard)(line)
                return []
            case Cleared():
                return self._cleared(line, now)
            case HungUp():
                return self._hung_up(line, now)
            case RouteAnswered() | RouteFailed():
                return self._route_did(event, now)
        self._off_hook.add(line)
        if line in self._ringing:
            return self._answered(self._ringing.pop(line), now)
        if self._call_of(line) is not None:
            return []  # digits dialled in a call are only noise on the line
        if isinstance(event, Dialled) and event.number:
            self._wires.left(line)
            return self._dialled(event, now)
        call = self._wires.taken(event, now)
        if call is None:
            return []  # off-hook and nothing more
        self._calling[call.caller] = self._called[call.destination] = call
        return [Join(call.caller, call.destination, call.quality)]

    def _dialled(self, event: Dialled, now: float) -> list[Action]:
        found = self._directory.look_up(event.number)
        call = self._new_call(event, found, now)
        destination = found.destination
        match destination:
            case None:
                return self._refuse(call, Cause.UNOBTAINABLE, now)
            case Barred():
                return self._refuse(call, Cause.BARRED, now)
            case Vacant():
                return self._refuse(call, Cause.OUT_OF_SERVICE, now)
            case Route() | Program():
                return self._call_out(call, destination)
            case GroupDestination(group):
                line = self._hunt(destination)
                call.destination = line or group
                if line is None:
                    return self._refuse(call, Cause.BUSY, now)
                return self._begin(call, partial(self._ring, call, line))
            case ServiceDestination(service):
                call.destination = service
                connect: Callable[[], list[Action]] = partial(self._serve, call, service)
            case LineDestination(line):
                call.destination = line
                if self.busy(line):
                    return self._refuse(call, Cause.BUSY, now)
                connect = partial(self._ring, call, line)
        if destination not in self._in_service:
            return self._refuse(call, Cause.OUT_OF_SERVICE, now)
        return self._begin(call, connect)

    def _new_call(self, event: Dialled, found: Found, now: float) -> Call:
        caller, how = event.caller, found.treatment
        if found.shown is not None:
            caller = replace(caller, withheld=not found.shown)
        quality = joined([self._directory.subscription(event.line).quality, how.quality])
        cadence, longest = how.cadence or self._cadence, how.longest_ring or self._longest_ring
        return Call(event.line, event.number, caller, now, cadence, longest, quality)

    def _begin(self, call: Call, connect: Callable[[], list[Action]]) -> list[Action]:
        self._calling[call.caller] = call
        return connect()

    def _hunt(self, group: GroupDestination) -> str | None:
        """The line of the group to ring: one that is attended before one that is only free."""

        def free(line: str) -> bool:
            return LineDestination(line) in self._in_service and not self.busy(line)

        attended = self._hunting.choose(group, lambda line: free(line) and line not in self._unattended)
        return attended or self._hunting.choose(group, free)

    def _call_out(self, call: Call, route: Away) -> list[Action]:
        call.destination = str(route)
        return self._begin(call, lambda: [CallOut(call.caller, route, call.caller_id.told, call.number)])

    def _route_did(self, event: RouteAnswered | RouteFailed, now: float) -> list[Action]:
        call = self._calling.get(event.line)
        if call is None or call.line is not None or call.answered is not None:
            return []
        if isinstance(event, RouteFailed):
            self._forget(call)
            return self._refuse(call, event.cause, now)
        call.answered = now
        return [Connect(event.line, call.quality)]

    def _serve(self, call: Call, service: str) -> list[Action]:
        call.answered = call.began
        return [Serve(call.caller, service, call.number, call.caller_id.told, call.quality)]

    def _ring(self, call: Call, line: str) -> list[Action]:
        self._hunting.rang(line)
        call.line = line
        call.changes = 1
        self._called[line] = self._ringing[line] = call
        return [Ringback(call.caller), BeginRing(line, call.caller_id.told)]

    def _ring_on(self, call: Call, now: float) -> list[Action]:
        assert call.line is not None
        actions: list[Action] = []
        while (step := call.next_step) <= now:
            if step >= call.given_up:
                return [*actions, *self._stop_ringing(call), *self._refuse(call, Cause.NO_ANSWER, now)]
            actions.append(EndRing(call.line) if call.burst else BeginRing(call.line, call.caller_id.told))
            call.changes += 1
        return actions

    def _answered(self, call: Call, now: float) -> list[Action]:
        assert call.line is not None
        call.answered = now
        call.quality = joined([call.quality, self._directory.subscription(call.line).quality])
        burst: list[Action] = [EndRing(call.line)] if call.burst else []
        return [*burst, Join(call.caller, call.line, call.quality)]

    def _hung_up(self, line: str, now: float) -> list[Action]:
        self._off_hook.discard(line)
        self._wires.left(line)
        call = self._call_of(line)
        if call is None or line in self._ringing:
            return []  # a line that rings is on-hook as it was
        if call.answered is None:
            return [*self._stop_ringing(call), Record(call.record(Cause.ABANDONED, now))]
        self._forget(call)
        return [Record(call.record(Cause.NORMAL, now))]

    def _cleared(self, line: str, now: float) -> list[Action]:
        call = self._call_of(line)
        if call is None:
            return []
        if call.answered is not None:
            return [Cut(line)]  # the ends hang up then, and the call is over when the first has
        return [*self._stop_ringing(call), *self._refuse(call, Cause.CLEARED, now)]

    def _gone(self, line: str, now: float) -> list[Action]:
        self._off_hook.discard(line)
        self._wires.left(line)
        self._unattended.discard(line)
        self._made_busy.discard(line)
        call = self._call_of(line)
        if call is None:
            return []
        ringing = self._stop_ringing(call) if call.answered is None else []
        self._forget(call)
        if ringing and line != call.caller:
            return [*ringing, *self._refuse(call, Cause.OUT_OF_SERVICE, now)]
        return [*ringing, Record(call.record(Cause.OUT_OF_SERVICE, now))]

    def _call_of(self, line: str) -> Call | None:
        return self._calling.get(line) or self._called.get(line)

    def _stop_ringing(self, call: Call) -> list[Action]:
        """The called line rings no longer, the host is not called any more; the call is over."""
        self._forget(call)
        if call.line is None:
            return [GiveUp(call.caller)]
        burst: list[Action] = [EndRing(call.line)] if call.burst else []
        return [*burst, StopRing(call.line)]

    def _refuse(self, call: Call, cause: Cause, now: float) -> list[Action]:
        return [Fail(call.caller, cause), Record(call.record(cause, now))]

    def _forget(self, call: Call) -> None:
        """The call is over; a line still off-hook stays so, and is busy, until it hangs up."""
        self._calling.pop(call.caller, None)
        if call.line is not None:
            self._called.pop(call.line, None)
            self._ringing.pop(call.line, None)
