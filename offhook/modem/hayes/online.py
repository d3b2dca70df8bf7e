"""While a call is up: bytes both ways, breaks, the way to command state and the end of the call.

Bulk goes by `chunk` and `far_passes`, without events: see the face of the room.
"""

from collections.abc import Callable

from offhook.modem.hayes.actions import BreakToDte, BreakToFar, SendToFar
from offhook.modem.hayes.calls import Calls
from offhook.modem.hayes.escape import Seen
from offhook.modem.hayes.events import CarrierLost, DteBreak, DteSent, FarBreak, FarDrained, FarFilled, FarSent
from offhook.modem.hayes.handshake import ABORT_IMMUNITY
from offhook.modem.hayes.result_codes import ResultCode
from offhook.modem.hayes.situation import Situation
from offhook.modem.hayes.states import State
from offhook.modem.hayes.timers import Timer

MOST_LATE = 65536
"""Bytes kept that the far end sent although it was held; an edge that obeys sends none."""
LINE_FEED = b"\n"
"""DOS ends command lines with CR LF; it is part of the line even if the call is up when it comes."""
_ENDED_THERE = 12
"""In S86: the far end hung up."""


class Online:
    """Acts on the situation of one modem; `typed` takes what is typed after an escape."""

    def __init__(self, situation: Situation, calls: Calls, typed: Callable[[DteSent], None]) -> None:
        self._now = situation
        self._calls = calls
        self._typed = typed

    @property
    def far_passes(self) -> bool:
        """Whether bytes of the far end may go straight to the DTE."""
        now = self._now
        return self._takes_far and not now.idle_limit

    @property
    def _takes_far(self) -> bool:
        """Whether bytes of the far end go to the DTE now."""
        now = self._now
        online = now.state is State.ONLINE and not now.timers.running(Timer.CONNECT_HOLD)
        return online and ((now.rts and not now.xoff_heard) or not now.dte_holds)

    def chunk(self, data: bytes, time: float) -> bool:
        """Whether a chunk of the DTE may go straight to the far end; it is taken note of then."""
        now = self._now
        watcher = now.watcher
        if now.state is not State.ONLINE:
            return False
        if now.line_ended is not None:
            if data[:1] == LINE_FEED:
                return False
            now.line_ended = None
        if (flow := now.heard_flow) and (flow[:1] in data or flow[1:] in data):
            return False
        if ((due := watcher.deadline) is not None and time >= due) or not watcher.plain(data, time):
            return False
        now.idle_since = time
        return True

    def on_data(self, event: DteSent) -> None:
        """Bytes of the DTE in a call."""
        now = self._now
        data = self._calls.flow.heed(self._after_line_end(event.data), passed=now.memory.active.flow.passed)
        if not data:
            return
        now.idle_since = now.now
        plain = now.watcher.plain(data, now.now)
        self._seen(Seen(data) if plain else now.watcher.sent(data, now.now))

    def silence(self) -> None:
        """The guard time after the last characters is over."""
        self._seen(self._now.watcher.silence())

    def _seen(self, seen: Seen) -> None:
        now = self._now
        if seen.to_far:
            now.do(SendToFar(seen.to_far))
        if now.watcher.why:
            now.note(f"no escape: {now.watcher.why}")
            now.watcher.why = ""
        if seen.command is None:
            return
        self._calls.escape(glued=seen.glued)
        if seen.command:
            self._typed(DteSent(seen.command))

    def _after_line_end(self, data: bytes) -> bytes:
        """The first bytes of a call without the line feed of the dial line, if the call is up that soon."""
        now = self._now
        ended, now.line_ended = now.line_ended, None
        if ended is None or now.now >= ended + ABORT_IMMUNITY or data[:1] != LINE_FEED:
            return data
        return data[1:]

    def on_break(self, _event: DteBreak) -> None:
        r"""A break of the DTE: on to the far end, or the way to command state, as \K has it."""
        if self._now.option("\\K") % 2:
            self._now.do(BreakToFar())
        else:
            self._calls.escape()

    def on_far_break(self, _event: FarBreak) -> None:
        """A break of the far end goes on to the DTE."""
        self._now.do(BreakToDte())

    def on_flow(self, event: FarFilled | FarDrained) -> None:
        """The far end takes no more, or goes on: CTS tells, or XOFF and XON."""
        now = self._now
        now.far_full = isinstance(event, FarFilled)
        now.show_signals()
        if not now.far_full:
            self._calls.flow.let_dte_send()
        elif now.state is State.ONLINE:
            self._calls.flow.have_dte_wait()
            if now.xoff_heard and isinstance(event, FarFilled) and not event.heard:
                now.note("XOFF is given up: an XON could not be heard while the far end takes no more")
                now.xoff_heard = False
                self._calls.flow.heed_flow()

    def on_far_bytes(self, event: FarSent) -> None:
        """Bytes of the far end: to the DTE, unless they have to wait."""
        now = self._now
        now.idle_since = now.now
        if self._takes_far:
            now.say(event.data)
        elif len(now.late) + len(event.data) <= MOST_LATE:
            now.late += event.data
        else:
            now.note(f"{len(event.data)} bytes lost: the far end sends although it is held")

    def on_carrier_lost(self, _event: CarrierLost) -> None:
        """The far end has gone: what it sent first, then DCD off, then NO CARRIER."""
        now = self._now
        if now.state is State.ONLINE:
            now.say(bytes(now.late))
        elif now.late:
            now.note(f"{len(now.late)} bytes lost: the far end sent them although it was held, and hung up")
        self._calls.clear("the far end hung up", _ENDED_THERE)
        now.say_unasked(ResultCode.NO_CARRIER)

    def idle(self) -> None:
        """As long without data as S30 allows, or not quite."""
        now = self._now
        self._calls.watch_idleness()
        due = now.idle_since + now.idle_limit
        if not now.idle_limit or due > now.now:
            return
        if now.settings.idle_text:
            now.do(SendToFar(now.settings.idle_text))
        self._calls.clear("no data for as long as S30 allows")
        now.say_unasked(ResultCode.NO_CARRIER)
