"""The switchboard: carries out what the switch decides, for whatever is plugged in to it.

What a line does becomes an event of the switch; its actions become words to subscribers, and legs. A subscriber may
act from within such a word: the new event waits its turn. A subscriber or answerer that raises is logged and
the exchange goes on, because one line's fault must not end another's call.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import (
    Action,
    Answered,
    Attended,
    Away,
    BeginRing,
    CallOut,
    CallRecord,
    CameIntoService,
    Cause,
    Cleared,
    Connect,
    Cut,
    Dialled,
    Directory,
    EndRing,
    Event,
    Fail,
    GiveUp,
    HungUp,
    Join,
    Leg,
    LineDestination,
    MadeBusy,
    Quality,
    Record,
    Ringback,
    Route,
    RouteAnswered,
    RouteFailed,
    Seized,
    Serve,
    ServiceDestination,
    StopRing,
    Switch,
    Tick,
    Transport,
    WentOutOfService,
)
from offhook.virtual_lines.switchboard.call_facts import CallFacts, TerminalFacts
from offhook.virtual_lines.switchboard.line_view import CallView, LineView, Overview
from offhook.virtual_lines.switchboard.patching import Greetings, Patching
from offhook.virtual_lines.switchboard.subscriber import Carrier, OutsideCall, Subscriber

log = logging.getLogger(__name__)

Answerer = Callable[[Leg, CallFacts], None]
"""Takes a call to a service: attaches to the leg, and returns at once."""


class Switchboard:
    """Subscribers by line name, services by name. Lives on the running event loop."""

    def __init__(
        self,
        directory: Directory,
        on_record: Callable[[CallRecord], None] | None = None,
        greetings: Mapping[str, Greetings] = MappingProxyType({}),
    ) -> None:
        """`on_record` is given the record of each call as it ends; `greetings` are by line."""
        self._loop = asyncio.get_running_loop()
        self._switch = Switch(directory)
        self._directory = directory
        self._on_record = on_record
        self._subscribers: dict[str, Subscriber] = {}
        self._services: dict[str, Answerer] = {}
        self._carriers: dict[type[Away] | str, Carrier] = {}
        self._outside: dict[str, tuple[OutsideCall, Away]] = {}
        self._terminals: dict[str, TerminalFacts] = {}
        self._facts: dict[str, CallFacts] = {}
        self._legs: dict[str, Leg] = {}
        self._patching = Patching(greetings)
        self._overview = Overview(self._switch, directory, self._patching)
        self._events: deque[Event] = deque()
        self._handling = False
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None

    def plug_in(self, line: str, subscriber: Subscriber) -> None:
        """Bring `line` into service; a name in use is a `ValueError`."""
        if line in self._subscribers:
            raise ValueError(f"line {line} is plugged in already")
        self._subscribers[line] = subscriber
        self._happened(CameIntoService(LineDestination(line)))

    def unplug(self, line: str) -> None:
        """Take `line` out of service; a call it still has ends, and its leg is closed. Unknown lines are ignored."""
        if line in self._subscribers:
            del self._subscribers[line]
            self._terminals.pop(line, None)
            self._happened(WentOutOfService(LineDestination(line)))

    def offer(self, service: str, answerer: Answerer) -> None:
        """Have `answerer` take the calls to a service from now on."""
        self._services[service] = answerer
        self._happened(CameIntoService(ServiceDestination(service)))

    def carry(self, carrier: Carrier, kind: type[Away] | str = Route) -> None:
        """Have `carrier` place the calls to hosts, to what else, or by the real modem of that name, from now on."""
        self._carriers[kind] = carrier

    def reached(self, line: str) -> None:
        """The host called for `line` is there."""
        self._happened(RouteAnswered(line))

    def unreachable(self, line: str, cause: Cause) -> None:
        """The host called for `line` cannot be had."""
        self._happened(RouteFailed(line, cause))

    def attended(self, line: str, present: bool) -> None:
        """Whether anybody is there to take a call on `line`: a hunt group rings such a line first."""
        self._happened(Attended(line, present))

    def seize(self, line: str) -> None:
        """`line` went off-hook and does nothing else."""
        self._happened(Seized(line))

    def dial(self, line: str, number: str, caller: CallerId | None = None) -> None:
        """`line` wants `number`. Without `caller`, the called is told the line's own number and name."""
        self._happened(Dialled(line, number, caller or self._directory.caller_id(line)))

    def answer(self, line: str) -> None:
        """`line` went off-hook to take the call that rings on it."""
        self._happened(Answered(line))

    def hang_up(self, line: str) -> None:
        """`line` went on-hook; the leg it may still hold is closed."""
        self._happened(HungUp(line))

    def learned(self, line: str, terminal: TerminalFacts) -> None:
        """More is known of the terminal on `line`: told to whoever has its call, now or later."""
        if line in self._subscribers:
            self._terminals[line] = terminal
            if line in self._facts:
                self._facts[line].learned(terminal)

    def make_busy(self, line: str, on: bool) -> None:
        """Have callers find `line` busy, or no longer."""
        self._happened(MadeBusy(line, on))

    def clear(self, line: str) -> None:
        """End the call of `line`: both ends hear that the other is gone, and a call not yet answered has failed."""
        self._happened(Cleared(line))

    @property
    def lines(self) -> tuple[LineView, ...]:
        """Those that are plugged in."""
        return self._overview.lines(self._subscribers)

    @property
    def calls(self) -> tuple[CallView, ...]:
        """Those going on."""
        return self._overview.calls(self._loop.time())

    def close(self) -> None:
        """Take every line out of service: calls end and their records are written. Idempotent."""
        self._closed = True
        for line in list(self._subscribers):
            self.unplug(line)
        self._arm()

    def _happened(self, event: Event) -> None:
        self._events.append(event)
        if self._handling:
            return
        self._handling = True
        try:
            while self._events:
                self._handle(self._events.popleft())
        finally:
            self._handling = False
        self._arm()

    def _handle(self, event: Event) -> None:
        match event:
            case HungUp(line) | WentOutOfService(LineDestination(line)):
                self._facts.pop(line, None)
                leg = self._legs.pop(line, None)
                if leg is not None:
                    leg.close()
            case RouteFailed(line):
                self._outside.pop(line, None)
        for action in self._switch.handle(event, self._loop.time()):
            try:
                self._carry_out(action)
            except Exception:  # a fault of one subscriber: the other actions, and the others' calls, go on
                log.exception("%s could not be carried out", action)

    def _carry_out(self, action: Action) -> None:
        match action:
            case Join(caller, called, quality):
                for line, leg in zip((caller, called), self._patching.join(caller, quality, None, called), strict=True):
                    self._give(line, leg)
            case Serve():
                self._serve(action)
            case CallOut():
                self._call_out(action)
            case Connect(line, quality):
                self._connect(line, quality)
            case GiveUp(line) if line in self._outside:
                self._outside.pop(line)[0].give_up()
            case GiveUp():
                return  # it could not even be begun
            case Cut(line):
                if line in self._legs:
                    self._legs[line].cut()
            case Record(record):
                self._record(record)
            case _:
                subscriber = self._subscribers.get(action.line)
                if subscriber is not None:
                    self._tell(subscriber, action)

    def _record(self, record: CallRecord) -> None:
        sent, received, rate = self._patching.tally(record.caller)
        self._patching.legs.pop(record.caller, None)
        if self._on_record is not None:
            self._on_record(replace(record, sent=sent, received=received, rate=rate))

    def _facts_of(self, line: str, number: str, caller: CallerId) -> CallFacts:
        """What is known of a caller, to be kept up to date while the call is up."""
        self._facts[line] = facts = CallFacts(line, number, caller, self._terminals.get(line))
        return facts

    def _call_out(self, action: CallOut) -> None:
        line, route = action.line, action.route
        carrier = self._carriers.get(_carried_by(route))
        if carrier is None:
            self._happened(RouteFailed(line, Cause.NO_ROUTE))
            return
        facts = self._facts_of(line, action.number, action.caller)
        try:
            self._outside[line] = (carrier.place(line, route, facts), route)
        except Exception:  # the caller must not wait for ever
            log.exception("%s could not be called", route)
            self._happened(RouteFailed(line, Cause.CONGESTION))

    def _connect(self, line: str, quality: Quality | None) -> None:
        party, route = self._outside.pop(line)
        known = route if isinstance(route, Route) else None
        ours, theirs = self._patching.join(line, quality, known.rate if known else None)
        ours.far_charset = known.charset if known else None
        self._give(line, ours)
        try:
            party.connected(theirs)
        except Exception:  # the caller must not talk to nobody
            theirs.close()
            log.exception("the host called for %s could not take the call", line)

    def _tell(self, subscriber: Subscriber, action: BeginRing | EndRing | StopRing | Ringback | Fail) -> None:
        match action:
            case BeginRing(_, caller):
                subscriber.ring_began(caller)
            case EndRing():
                subscriber.ring_ended()
            case StopRing():
                subscriber.ring_stopped()
            case Ringback():
                subscriber.far_ringing()
            case Fail(_, cause):
                subscriber.failed(cause)

    def _give(self, line: str, leg: Leg) -> None:
        """Connect a line; one that was unplugged meanwhile closes the call."""
        subscriber = self._subscribers.get(line)
        if subscriber is None:
            leg.close()
            return
        self._legs[line] = leg
        try:
            subscriber.joined(leg)
        except Exception:  # the far end must not talk to nobody
            leg.close()
            log.exception("line %s could not take its call", line)

    def _serve(self, action: Serve) -> None:
        ours, theirs = self._patching.join(action.line, action.quality)
        facts = self._facts_of(action.line, action.number, action.caller)
        if ours.rate is not None:
            facts.learned(replace(facts.terminal, rate=ours.rate))
        self._give(action.line, ours)
        try:
            self._services[action.service](theirs, facts)
        except Exception:  # the caller must not talk to nobody
            theirs.close()
            log.exception("service %s could not take a call", action.service)

    def _arm(self) -> None:
        deadline = None if self._closed else self._switch.deadline
        if self._timer is not None:
            if deadline is not None and self._timer.when() == deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._time)

    def _time(self) -> None:
        self._timer = None
        self._happened(Tick())


def _carried_by(route: Away) -> type[Away] | str:
    """What the carrier of a route is known by: the name of a modem, or the kind of the route."""
    if isinstance(route, Route) and route.transport is Transport.MODEM:
        return route.host
    return type(route)
