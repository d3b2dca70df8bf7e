"""Ringing as the called modem hears it: RING, S1, caller ID, and answering by S0."""

from offhook.modem.hayes.caller_id import CallerId, caller_id_lines
from offhook.modem.hayes.calls import Calls
from offhook.modem.hayes.events import Event, RingBegan
from offhook.modem.hayes.result_codes import ResultCode
from offhook.modem.hayes.situation import Situation
from offhook.modem.hayes.states import State
from offhook.modem.hayes.timers import Timer

RING_MEMORY = 8.0
"""Seconds without ring after which S1 is cleared."""
CALLER_ID_DELAY = 0.5
"""Seconds from the end of the first ring to the caller ID."""
WITHIN_A_RING = 0.5
"""Seconds of silence, at most, between bursts that are one ring, as in the two of a British one."""


class Bell:
    """Acts on the situation of one modem."""

    def __init__(self, situation: Situation, calls: Calls) -> None:
        self._now = situation
        self._calls = calls
        self._ended = float("-inf")
        self._first = False

    def on_ring(self, event: RingBegan) -> None:
        """A burst of ringing, on-hook."""
        now = self._now
        now.timers.stop(Timer.RING_MEMORY)
        now.ringing_now = True
        if now.state is State.RINGING and now.now <= self._ended + WITHIN_A_RING:
            now.timers.stop(Timer.CALLER_ID)  # the first ring is not over
            now.show_signals()
            return
        now.answering = True
        self._first = now.state is not State.RINGING
        now.enter(State.RINGING)
        now.memory.last_caller = event.caller
        rings = now.memory.active.registers
        rings[1] = min(rings[1] + 1, 255)
        now.say_unasked(ResultCode.RING)
        wanted = now.register(0)
        if wanted == 1 and self._first:
            self.tell_caller()
        if wanted and rings[1] >= wanted and (now.dtr or not now.option("&D")) and not now.typing:
            self._calls.answer()

    def on_ring_end(self, _event: Event) -> None:
        """The burst is over; the caller is told of before the second one."""
        now = self._now
        now.ringing_now = False
        self._ended = now.now
        now.show_signals()
        if now.state is State.RINGING:
            now.timers.set(Timer.RING_MEMORY, now.now + RING_MEMORY)
            if self._first and now.register(0) != 1:
                now.timers.set(Timer.CALLER_ID, now.now + CALLER_ID_DELAY)

    def on_ring_stop(self, event: Event) -> None:
        """The caller gave up; a modem says nothing then."""
        self.on_ring_end(event)
        self._now.timers.stop(Timer.CALLER_ID)
        self._now.responder.forget_ring()
        if self._now.state is State.RINGING:
            self._now.enter(State.IDLE)

    def forget(self) -> None:
        """No ring for so long that the count begins anew."""
        self._now.timers.stop(Timer.CALLER_ID)
        self._now.memory.active.registers[1] = 0
        if self._now.state is State.RINGING:
            self._now.enter(State.IDLE)

    def tell_caller(self) -> None:
        """The caller ID, where +VCID or #CID asks for it; later, if the DTE is in the middle of a line."""
        now = self._now
        extended = now.memory.active.extended
        form = max(extended["+VCID"], extended["#CID"])
        if form == "0":
            return
        if now.typing:
            now.timers.set(Timer.CALLER_ID, now.now + CALLER_ID_DELAY)
        else:
            caller = now.memory.last_caller or CallerId()
            now.tell(*caller_id_lines(caller, unformatted=form == "2"))
