"""How calls begin and end: the part of the modem that commands ask for (`CallControl`)."""

from offhook.modem.hayes.actions import Answer, Dial, HangUp, HoldFar, ReleaseFar, SeizeLine
from offhook.modem.hayes.dial_string import EMPTY, DialString
from offhook.modem.hayes.executor import Outcome
from offhook.modem.hayes.result_codes import ResultCode
from offhook.modem.hayes.situation import Situation
from offhook.modem.hayes.states import CALL_STATES, HANDSHAKE_STATES, State
from offhook.modem.hayes.timers import Timer

LONGEST_DIALLED = 255
"""Characters of a dial string, all that several `D...;` added to it included."""


class Calls:
    """Acts on the situation of one modem."""

    def __init__(self, situation: Situation) -> None:
        self._now = situation

    def dial(self, string: DialString) -> Outcome:
        """D: dial, after the pauses that the string asks for."""
        now = self._now
        if now.state in CALL_STATES:
            now.note("a call is up: it has to end before another is dialled")
            return Outcome.ERROR
        if not self._fits(string):
            return Outcome.ERROR
        now.dialled = now.dialled.then(string)
        now.memory.last_dialled = now.dialled
        now.answering = False
        seized = now.state is State.OFF_HOOK
        self._begin_handshake(State.DIALLING)
        pause = now.dialled.pauses * now.register(8)
        if not pause:
            self.dial_now()
            return Outcome.SILENT
        if not seized:
            now.do(SeizeLine())  # nobody may ring the line during the pause
        now.timers.set(Timer.PAUSE, now.now + pause)
        return Outcome.SILENT

    def _fits(self, string: DialString) -> bool:
        if len(self._now.dialled.text) + len(string.text) <= LONGEST_DIALLED:
            return True
        self._now.note("the dial string is too long")
        return False

    def dial_now(self) -> None:
        """The pauses are over: dial, and wait S7 for the far end."""
        now = self._now
        now.timers.set(Timer.CARRIER, now.now + now.register(7))
        string, now.dialled = now.dialled, EMPTY
        now.do(Dial(string))

    def stay_off_hook(self, string: DialString) -> Outcome:
        """D with `;`: off-hook, the digits kept for the next D."""
        now = self._now
        if now.state in CALL_STATES or now.state is State.RINGING:
            now.note("D with ; wants a line on which nobody rings or talks")
            return Outcome.ERROR
        if not self._fits(string):
            return Outcome.ERROR
        now.dialled = now.dialled.then(string)
        self._seize()
        return Outcome.NEXT

    def answer(self) -> Outcome:
        """A: take the call that rings, or wait for one."""
        now = self._now
        if now.state in CALL_STATES:
            now.note("a call is up already")
            return Outcome.ERROR
        now.answering = True
        self._begin_handshake(State.ANSWERING)
        now.timers.set(Timer.CARRIER, now.now + now.register(7))
        now.do(Answer())
        return Outcome.SILENT

    def _begin_handshake(self, state: State) -> None:
        now = self._now
        now.ringing_now = False
        now.ringback = False
        now.handshake_began = now.now
        now.reader.forget()
        now.forget_held()
        now.timers.stop(Timer.CALLER_ID, Timer.RING_MEMORY)
        now.memory.active.registers[1] = 0
        now.enter(state)

    def hang_up(self) -> Outcome:
        """H0: on-hook. A call that rings is not refused by it: the line is on-hook as it is."""
        if self._now.state not in (State.IDLE, State.RINGING):
            self.clear("hung up here")
        return Outcome.NEXT

    def off_hook(self) -> Outcome:
        """H1: off-hook; callers find the line busy."""
        now = self._now
        if now.state is State.RINGING:
            now.note("H1 while it rings would be half an answer: use A")
            return Outcome.ERROR
        if now.state is State.IDLE:
            self._seize()
        return Outcome.NEXT

    def _seize(self) -> None:
        now = self._now
        if now.state is not State.OFF_HOOK:
            now.ringing_now = False
            now.enter(State.OFF_HOOK)
            now.do(SeizeLine())

    def go_online(self) -> Outcome:
        """O: back to the call."""
        now = self._now
        if now.state is not State.ONLINE_COMMAND:
            now.note("there is no call to go back to")
            now.forget_held()
            now.say(now.responder.result(ResultCode.NO_CARRIER))
            return Outcome.SILENT
        now.say(now.responder.connect(now.told_rate, now.line_rate, answering=now.answering))
        self._enter_online()
        return Outcome.SILENT

    def connected(self, line_rate: int | None) -> None:
        """The far end is there: DCD, then CONNECT, then a moment of quiet."""
        now = self._now
        now.timers.stop(Timer.CARRIER, Timer.PAUSE)
        now.line_rate = line_rate or now.settings.line_rate
        now.call_began = now.now
        now.enter(State.ONLINE)
        now.say(now.responder.connect(now.told_rate, now.line_rate, answering=now.answering))
        now.do(HoldFar())
        self._enter_online()

    def _enter_online(self) -> None:
        now = self._now
        now.enter(State.ONLINE)
        now.watcher.begin(now.memory.active, now.now)
        now.timers.set(Timer.CONNECT_HOLD, now.now + now.settings.connect_hold)
        now.idle_since = now.now
        if now.register(30):
            now.timers.set(Timer.IDLE, now.now + now.register(30) * 10)

    def release_far(self) -> None:
        """The quiet after CONNECT is over."""
        now = self._now
        now.do(ReleaseFar())
        now.say(bytes(now.late))
        now.late.clear()

    def escape(self) -> None:
        """From data to online command state; the call stays up and its far end waits."""
        now = self._now
        if not now.timers.running(Timer.CONNECT_HOLD):
            now.do(HoldFar())
        now.timers.stop(Timer.CONNECT_HOLD)
        now.enter(State.ONLINE_COMMAND)
        now.result(ResultCode.OK)

    def clear(self, why: str) -> None:
        """Go on-hook from wherever the modem is; says nothing to the DTE."""
        now = self._now
        if now.state in CALL_STATES and now.call_began is not None:
            now.last_call = f"lasted {now.now - now.call_began:.0f} s, {why}"
        elif now.state in HANDSHAKE_STATES:
            now.last_call = f"did not come about: {why}"
        now.call_began = None
        now.timers.stop(Timer.CARRIER, Timer.PAUSE, Timer.CONNECT_HOLD, Timer.IDLE)
        now.late.clear()
        now.dialled = EMPTY
        now.do(HangUp())
        now.enter(State.IDLE)

    def reset(self, profile: int) -> Outcome:
        """Z: hang up, and the stored profile becomes the active one."""
        now = self._now
        if now.state not in (State.IDLE, State.RINGING):
            self.clear("reset")
        now.memory.restore(profile)
        now.show_signals()
        return Outcome.STOP

    def tell(self, *lines: str) -> None:
        """Send information text."""
        self._now.say(self._now.responder.information(*lines))

    def note(self, text: str) -> None:
        """Say why in the trace."""
        self._now.note(text)

    def information(self, page: int) -> tuple[str, ...] | None:
        """The pages of ATI."""
        now = self._now
        match page:
            case 0:
                return ("offhook",)
            case 1:
                return (f"{sum(now.settings.version.encode()) % 256:03}",)
            case 2:
                return ()
            case 3:
                return (f"offhook {now.settings.version}".rstrip(),)
            case 4:
                return ("Hayes commands, V.250 subset, data only",)
            case 6:
                return (f"Last call {now.last_call}",)
            case 7:
                return tuple(now.memory.active.shown())
        return None
