"""Ringing as the called modem hears it: RING, S1, caller ID, and answering by S0.

RING comes as a ring begins. Where -SDR wants the rings told apart, it comes when the ring is over, since only then its
cadence is known; so does answering by S0.
"""

from collections.abc import Sequence

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


KINDS = ((2.0,), (0.8, 0.4, 0.8), (0.4, 0.2, 0.4, 0.2, 0.8))
"""Seconds of bursts and silences of the rings that -SDR tells apart, as modems of Rockwell do; the first is RING1."""
_ABOUT = 0.15
"""Seconds that each may be off."""


def ring_kind(steps: Sequence[float], wanted: int) -> str:
    """The number of a ring of these bursts and silences, in seconds; empty if -SDR=`wanted` has none for it."""
    for number, kind in enumerate(KINDS):
        alike = len(kind) == len(steps) and all(
            abs(one - other) <= _ABOUT for one, other in zip(kind, steps, strict=True)
        )
        if alike and wanted & 1 << number:
            return str(number + 1)
    return ""


class Bell:
    """Acts on the situation of one modem."""

    def __init__(self, situation: Situation, calls: Calls) -> None:
        self._now = situation
        self._calls = calls
        self._ended = float("-inf")
        self._began = 0.0
        self._first = False
        self._steps: list[float] = []
        """Seconds of the bursts and silences of the ring so far; of more than any kind has, no more than are told."""

    @property
    def _told_apart(self) -> int:
        """Which kinds of rings -SDR tells apart."""
        return int(self._now.memory.active.extended["-SDR"])

    def _keep(self, seconds: float) -> None:
        if len(self._steps) <= len(KINDS[-1]):
            self._steps.append(seconds)

    def on_ring(self, event: RingBegan) -> None:
        """A burst of ringing, on-hook."""
        now = self._now
        now.timers.stop(Timer.RING_MEMORY)
        now.ringing_now = True
        if now.state is State.RINGING and now.now <= self._ended + WITHIN_A_RING:
            now.timers.stop(Timer.CALLER_ID, Timer.RING_KIND)  # the ring is not over
            self._keep(now.now - self._ended)
            self._began = now.now
            now.show_signals()
            return
        self._began = now.now
        self._steps.clear()
        now.answering = True
        self._first = now.state is not State.RINGING
        now.enter(State.RINGING)
        now.memory.last_caller = event.caller
        if not self._told_apart:
            self._rang("")

    def ring_is_over(self) -> None:
        """Its cadence is known."""
        self._rang(ring_kind(self._steps, self._told_apart))
        if self._now.state is State.RINGING:
            self._expect_caller_id()

    def _rang(self, kind: str) -> None:
        now = self._now
        now.responder.ring_kind = kind
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
        self._keep(now.now - self._began)
        self._ended = now.now
        now.show_signals()
        if now.state is State.RINGING:
            now.timers.set(Timer.RING_MEMORY, now.now + RING_MEMORY)
            if self._told_apart:
                now.timers.set(Timer.RING_KIND, now.now + WITHIN_A_RING)
            else:
                self._expect_caller_id()

    def _expect_caller_id(self) -> None:
        now = self._now
        if self._first and now.register(0) != 1:
            now.timers.set(Timer.CALLER_ID, now.now + CALLER_ID_DELAY)

    def on_ring_stop(self, event: Event) -> None:
        """The caller gave up; a modem says nothing then."""
        self.on_ring_end(event)
        self._now.timers.stop(Timer.CALLER_ID, Timer.RING_KIND)
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
