"""Who waits for whom in a call: the far end for the DTE, and the DTE for the far end."""

from offhook.modem.hayes.actions import HoldFar, ReleaseFar
from offhook.modem.hayes.situation import Situation
from offhook.modem.hayes.states import State
from offhook.modem.hayes.timers import Timer


class CallFlow:
    """Acts on the situation of one modem."""

    def __init__(self, situation: Situation) -> None:
        self._now = situation

    def hold_far(self) -> None:
        """Have the far end wait, if it does not yet."""
        if not self._now.far_held:
            self._now.far_held = True
            self._now.do(HoldFar())

    def release_far(self) -> None:
        """The quiet after CONNECT is over, or the DTE takes bytes: the far end goes on, unless the DTE has it wait."""
        now = self._now
        if now.dte_holds:
            return
        now.far_held = False
        now.do(ReleaseFar())
        now.say(bytes(now.late))
        now.late.clear()

    def hear(self) -> None:
        """From now on XON and XOFF are heard, where it is so set."""
        now = self._now
        now.heard_flow = now.xon_xoff if now.memory.active.flow.heard else b""

    def heed(self, data: bytes, *, passed: bool = False) -> bytes:
        """Heed the XON and XOFF among the DTE's bytes; the bytes without them, unless they are to be `passed` on."""
        now = self._now
        xon, xoff = now.heard_flow[:1], now.heard_flow[1:]
        if not xon or (xon not in data and xoff not in data):
            return data
        now.xoff_heard = data.rfind(xoff) > data.rfind(xon)
        self.heed_flow()
        return data if passed else data.translate(None, now.heard_flow)

    def heed_flow(self) -> None:
        """RTS, XON or XOFF may have changed whether the far end has to wait."""
        now = self._now
        if now.state is not State.ONLINE or now.timers.running(Timer.CONNECT_HOLD):
            return
        if now.dte_holds:
            self.hold_far()
        elif now.far_held:
            self.release_far()

    def have_dte_wait(self) -> None:
        """The far end takes no more: XOFF, where it is so set; CTS is shown by itself."""
        now = self._now
        if now.memory.active.flow.said and not now.xoff_said:
            now.xoff_said = True
            now.say(now.xon_xoff[1:])

    def let_dte_send(self) -> None:
        """It takes bytes again, or there is none any longer: XON, if there was XOFF."""
        now = self._now
        if now.xoff_said:
            now.xoff_said = False
            now.say(now.xon_xoff[:1])
