"""The switchboard: carries out what the switch decides, for whatever is plugged in to it.

What a line does becomes an event of the switch; its actions become words to subscribers, and
legs. A subscriber may act from within such a word: the new event waits its turn.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import (
    Action,
    Answered,
    BeginRing,
    CallRecord,
    Dialled,
    Directory,
    EndRing,
    Event,
    Fail,
    HungUp,
    Join,
    Leg,
    Record,
    Ringback,
    Seized,
    Serve,
    StopRing,
    Switch,
    Tick,
    join,
)
from offhook.virtual_lines.switchboard.call_facts import CallFacts, TerminalFacts
from offhook.virtual_lines.switchboard.subscriber import Subscriber

Answerer = Callable[[Leg, CallFacts], None]
"""Takes a call to a service: attaches to the leg, and returns at once."""


class Switchboard:
    """Subscribers by line name, services by name. Lives on the running event loop."""

    def __init__(self, directory: Directory, on_record: Callable[[CallRecord], None] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._switch = Switch(directory)
        self._directory = directory
        self._on_record = on_record
        self._subscribers: dict[str, Subscriber] = {}
        self._terminals: dict[str, TerminalFacts] = {}
        self._facts: dict[str, CallFacts] = {}
        self._services: dict[str, Answerer] = {}
        self._events: deque[Event] = deque()
        self._handling = False
        self._timer: asyncio.TimerHandle | None = None

    def plug_in(self, line: str, subscriber: Subscriber) -> None:
        """Make `line` a line of this exchange; a name in use is a `ValueError`."""
        if line in self._subscribers:
            raise ValueError(f"line {line} is plugged in already")
        self._subscribers[line] = subscriber

    def unplug(self, line: str) -> None:
        """Take a line away; its call ends."""
        self.hang_up(line)
        self._subscribers.pop(line, None)
        self._terminals.pop(line, None)

    def offer(self, service: str, answerer: Answerer) -> None:
        """Have `answerer` take the calls to a service."""
        self._services[service] = answerer

    def seize(self, line: str) -> None:
        """`line` went off-hook and does nothing else."""
        self._happened(Seized(line))

    def dial(self, line: str, number: str, caller: CallerId | None = None) -> None:
        """`line` wants `number`; a line of the directory is known to the called by its own number."""
        known = caller or CallerId(self._directory.number_of(line), line)
        self._happened(Dialled(line, number, known))

    def answer(self, line: str) -> None:
        """`line` went off-hook to take the call that rings on it."""
        self._happened(Answered(line))

    def hang_up(self, line: str) -> None:
        """`line` went on-hook."""
        self._facts.pop(line, None)
        self._happened(HungUp(line))

    def learned(self, line: str, terminal: TerminalFacts) -> None:
        """More is known of the terminal on `line`: told to whoever has its call, now or later."""
        self._terminals[line] = terminal
        if line in self._facts:
            self._facts[line].learned(terminal)

    def close(self) -> None:
        """End every call; their records are written."""
        for line in list(self._subscribers):
            self.unplug(line)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _happened(self, event: Event) -> None:
        self._events.append(event)
        if self._handling:
            return
        self._handling = True
        try:
            while self._events:
                for action in self._switch.handle(self._events.popleft(), self._loop.time()):
                    self._carry_out(action)
        finally:
            self._handling = False
        self._arm()

    def _carry_out(self, action: Action) -> None:
        match action:
            case Join(caller, called):
                self._join(caller, called)
            case Serve():
                self._serve(action)
            case Record(record):
                if self._on_record is not None:
                    self._on_record(record)
            case _:
                subscriber = self._subscribers.get(action.line)
                if subscriber is not None:
                    self._tell(subscriber, action)

    def _tell(self, subscriber: Subscriber, action: Action) -> None:
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

    def _join(self, caller: str, called: str) -> None:
        legs = join()
        for line, leg in zip((caller, called), legs, strict=True):
            subscriber = self._subscribers.get(line)
            if subscriber is None:
                leg.close()
            else:
                subscriber.joined(leg)

    def _serve(self, action: Serve) -> None:
        ours, theirs = join()
        answerer = self._services.get(action.service)
        subscriber = self._subscribers.get(action.line)
        facts = CallFacts(action.line, action.number, action.caller, self._terminals.get(action.line))
        self._facts[action.line] = facts
        if subscriber is not None:
            subscriber.joined(ours)
        if answerer is None or subscriber is None:
            theirs.close()
        else:
            answerer(theirs, facts)

    def _arm(self) -> None:
        deadline = self._switch.deadline
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
