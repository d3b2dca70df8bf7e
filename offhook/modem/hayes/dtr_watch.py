"""The DTE's side of the port: its rate, and DTR with what its dropping means (&D, S25)."""

from offhook.modem.hayes.calls import Calls
from offhook.modem.hayes.events import DteRate, DteSignals
from offhook.modem.hayes.result_codes import ResultCode
from offhook.modem.hayes.situation import Situation
from offhook.modem.hayes.states import CALL_STATES, State
from offhook.modem.hayes.timers import Timer
from offhook.modem.rs232 import Signals

HOT_LINE_DELAY = 0.25
"""Seconds from DTR on to the call of a hot line: a DTE that has just been opened has to be ready for the answer."""


class DtrWatch:
    """Acts on the situation of one modem."""

    def __init__(self, situation: Situation, calls: Calls) -> None:
        self._now = situation
        self._calls = calls
        self._heard = False  # the DTE has shown what its DTR is

    def on_rate(self, event: DteRate) -> None:
        """The DTE set its rate."""
        if event.rate > 0:
            self._now.dte_rate = event.rate

    def on_signals(self, event: DteSignals) -> None:
        """DTR went on or off; off counts only after S25."""
        now = self._now
        dtr = Signals.DTR in event.on
        now.rts = Signals.RTS in event.on or not dtr
        now.xoff_heard = now.xoff_heard and dtr  # whoever comes next knows nothing of an XOFF
        self._calls.flow.heed_flow()
        if dtr and not (self._heard and now.dtr) and now.settings.hot_line is not None:
            now.timers.set(Timer.HOT_LINE, now.now + HOT_LINE_DELAY)
        self._heard = True
        if dtr == now.dtr:
            return
        now.dtr = dtr
        if dtr:
            now.timers.stop(Timer.DTR)
        elif now.register(25):
            now.timers.set(Timer.DTR, now.now + now.register(25) * 0.01)
        else:
            self.dropped()

    def dropped(self) -> None:
        """DTR has been off long enough: do what &D says."""
        now = self._now
        now.reader.forget()
        now.forget_held()
        mode = now.option("&D")
        if mode == 0:
            return
        if mode == 1:
            if now.state is State.ONLINE:
                self._calls.escape()
            return
        off_hook, in_call = now.state not in (State.IDLE, State.RINGING), now.state in CALL_STATES
        if mode == 3:
            self._calls.reset(now.memory.power_up_profile)
        elif off_hook:
            self._calls.clear("DTR dropped")
        if off_hook:
            now.result(now.settings.personality.hung_up if in_call else ResultCode.OK)
