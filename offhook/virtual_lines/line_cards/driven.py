"""What drives a machine that a line card has: one event at a time, and one timer for its deadline.

What happens while the machine's actions are carried out waits in the inbox: it is never entered twice.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from offhook.virtual_lines.line_cards.partners import Entries

EventT = TypeVar("EventT", contravariant=True)
ActionT = TypeVar("ActionT")
Happening = TypeVar("Happening")
Deed = TypeVar("Deed")


class Machine(Protocol[EventT, ActionT]):
    """What is driven."""

    def handle(self, event: EventT, now: float) -> list[ActionT]:
        """Take what happened at `now`; what is to be done, in order."""

    @property
    def deadline(self) -> float | None:
        """When it wants to be told the time."""


class Driven(Generic[Happening, Deed]):
    """Drives `machine`, which calls `carry_out`, from `start` to `stop`."""

    def __init__(
        self,
        line: str,
        machine: Machine[Happening, Deed],
        tick: Happening,
        carry_out: Callable[[Deed], None],
        trace: Entries | None = None,
    ) -> None:
        """`tick` is the event that tells the time; `line` names the entries of `trace`."""
        self._line = line
        self._machine = machine
        self._tick = tick
        self._carry_out = carry_out
        self._trace = trace
        self._inbox: deque[Happening] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._started = False
        self.busy = False
        """Whether the machine is at work."""

    def start(self) -> None:
        """Take events from now on; needs a running event loop."""
        self._loop = asyncio.get_running_loop()
        self._started = True
        self._arm()

    def stop(self) -> None:
        """Take none any longer; idempotent."""
        self._started = False
        self._inbox.clear()
        self._arm()

    def happened(self, event: Happening) -> None:
        """Have the machine take an event, now or after the one it is at."""
        if not self._started:
            return
        self._inbox.append(event)
        if self.busy:
            return
        self.busy = True
        try:
            while self._inbox:
                self._handle(self._inbox.popleft())
        finally:
            self.busy = False
        self._arm()

    def _handle(self, event: Happening) -> None:
        now = self._loop.time()
        if self._trace:
            self._trace.entry(self._line, now, ">", repr(event))
        for action in self._machine.handle(event, now):
            if self._trace:
                self._trace.entry(self._line, now, "<", repr(action))
            self._carry_out(action)

    def _arm(self) -> None:
        """One timer; one that is due too early stays and is set anew when it comes."""
        deadline = self._machine.deadline if self._started else None
        if self._timer is not None:
            if deadline is not None and self._timer.when() <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._time)

    def _time(self) -> None:
        self._timer = None
        deadline = self._machine.deadline
        if deadline is not None and deadline <= self._loop.time():
            self.happened(self._tick)
        else:
            self._arm()
