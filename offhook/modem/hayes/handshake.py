"""Between dialling or answering and CONNECT: what the line and the DTE bring, and how it ends."""

from offhook.modem.hayes.actions import HangUp
from offhook.modem.hayes.calls import Calls
from offhook.modem.hayes.connect_report import Ways
from offhook.modem.hayes.events import (
    DteSent,
    Event,
    FarAnswered,
    FarBarred,
    FarBusy,
    FarNoAnswer,
    FarRinging,
    NoDialTone,
)
from offhook.modem.hayes.handshake_times import training_time
from offhook.modem.hayes.result_codes import ResultCode
from offhook.modem.hayes.situation import Situation
from offhook.modem.hayes.states import State
from offhook.modem.hayes.timers import Timer

ABORT_IMMUNITY = 0.125
"""Seconds after a dial line in which bytes do not abort it (V.250 5.6.1)."""
PADDING = b"\n\0"
"""What is no key of anybody's: it gives no call up."""
_RINGING_LEVEL = 5
"""The X level from which makers that have RINGING tell of it."""


class Handshake:
    """Acts on the situation of one modem."""

    def __init__(self, situation: Situation, calls: Calls) -> None:
        self._now = situation
        self._calls = calls

    def on_abort(self, event: DteSent) -> None:
        """Bytes while dialling or answering: any key gives the call up, as minicom's Return; XON and XOFF are none."""
        now = self._now
        now.line_ended = None
        keys = self._calls.flow.heed(event.data).strip(PADDING)
        if not keys or now.now < now.handshake_began + ABORT_IMMUNITY:
            return
        self._calls.clear("given up by a key")
        now.result(ResultCode.NO_CARRIER)

    def on_ringback(self, _event: FarRinging) -> None:
        """The number dialled rings."""
        now = self._now
        told, now.ringback = now.ringback, True
        if not told:
            self._calls.loudspeaker.ringback()
        if not told and ResultCode.RINGING in now.settings.personality.has and now.option("X") >= _RINGING_LEVEL:
            now.result(ResultCode.RINGING)

    def on_connected(self, event: FarAnswered) -> None:
        """The far end is there; where times are real, the modems train first."""
        now = self._now
        if now.training:
            return self.on_stray_call(event)
        now.call_rate = max(filter(None, (event.rate, event.sent_rate)), default=None)
        now.line_rate = now.call_rate or now.settings.line_rate
        now.ways = Ways(event.sent_rate, event.rate) if event.rate and event.sent_rate else None
        if not now.settings.realistic:
            return self._calls.connected()
        now.training = True
        self._calls.flow.hold_far()
        self._calls.loudspeaker.training(now.line_rate)
        now.timers.set(Timer.TRAINING, now.now + training_time(now.line_rate))
        return None

    def on_stray_call(self, _event: FarAnswered) -> None:
        """A call came up that this modem has given up meanwhile."""
        now = self._now
        now.note("a call came up that was given up already")
        if now.state is State.RINGING:
            now.do(HangUp())  # and the line is on-hook as it was: who rings is somebody else
        elif now.state is not State.DIALLING and now.state is not State.ANSWERING:
            self._calls.clear("given up")

    def on_failed(self, event: Event) -> None:
        """The call does not come about."""
        now = self._now
        insisted = False
        match event:
            case FarBusy():
                code = ResultCode.BUSY
            case FarNoAnswer():
                return self.no_answer()
            case NoDialTone():
                code = ResultCode.NO_DIALTONE
                insisted = now.called.dial_tone
            case FarBarred() if ResultCode.BLACKLISTED in now.settings.personality.has:
                code = ResultCode.BLACKLISTED
            case _:
                code = ResultCode.NO_CARRIER
        self._calls.clear(code.words.lower())
        if code is ResultCode.BUSY:
            self._calls.loudspeaker.busy()
        now.result(code, insisted=insisted)
        return None

    def no_answer(self) -> None:
        """It rang, and nobody took the call; `@` in the dial string wants to know it whatever X says."""
        now = self._now
        insisted = now.called.quiet_answer
        self._calls.clear("no answer")
        told = insisted or not now.settings.strict
        now.result(ResultCode.NO_ANSWER if told else ResultCode.NO_CARRIER, insisted=insisted)

    def waited_enough(self) -> None:
        """S7 is over."""
        now = self._now
        if now.ringback or now.called.quiet_answer:
            return self.no_answer()
        self._calls.clear("no answer within S7")
        now.result(ResultCode.NO_CARRIER)
        return None
