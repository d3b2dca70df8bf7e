"""How calls begin and end: the part of the modem that commands ask for (`CallControl`)."""

from dataclasses import replace

from offhook.modem.hayes.actions import Answer, BreakToFar, Dial, HangUp, SeizeLine
from offhook.modem.hayes.bit_maps import ORIGINATING
from offhook.modem.hayes.call_flow import CallFlow
from offhook.modem.hayes.dial_string import EMPTY, LONGEST_DIALLED, DialString
from offhook.modem.hayes.executor import Outcome
from offhook.modem.hayes.handshake_times import dialling_time
from offhook.modem.hayes.loudspeaker import Loudspeaker
from offhook.modem.hayes.result_codes import ResultCode
from offhook.modem.hayes.situation import Situation
from offhook.modem.hayes.states import CALL_STATES, HANDSHAKE_STATES, State
from offhook.modem.hayes.timers import Timer


class Calls:
    """Acts on the situation of one modem."""

    def __init__(self, situation: Situation) -> None:
        self._now = situation
        self.loudspeaker = Loudspeaker(situation)
        self.flow = CallFlow(situation)

    def dial(self, string: DialString) -> Outcome:
        """D: dial, after the pauses that the string asks for."""
        now = self._now
        if now.state in CALL_STATES:
            now.note("a call is up: it has to end before another is dialled")
            return Outcome.ERROR
        if not self._fits(string):
            return Outcome.ERROR
        now.dialled = now.dialled.then(self._by_tone_or_pulse(string))
        if now.dialled.wanted:
            now.memory.last_dialled = now.dialled
        now.answering = now.dialled.reverse
        seized = now.state is State.OFF_HOOK
        self._begin_handshake(State.DIALLING)
        pause = self._pause(now.dialled)
        if not pause:
            self.dial_now()
            return Outcome.SILENT
        self.loudspeaker.dialling(now.dialled)
        if not seized:
            now.do(SeizeLine())  # nobody may ring the line during the pause
        now.timers.set(Timer.PAUSE, now.now + pause)
        return Outcome.SILENT

    def _pause(self, string: DialString) -> float:
        """Seconds before the exchange has the number: commas, hook flashes, and the digits where times are real."""
        now = self._now
        pause = string.pauses * now.register(8) + string.flashes * now.register(29) * 0.01
        if now.settings.realistic:
            pause += dialling_time(string, now.register(6), now.register(11))
        return pause

    def _by_tone_or_pulse(self, string: DialString) -> DialString:
        """The string with pulses where it says neither T nor P, and P was the last of the two as a command."""
        pulse = string.pulse or (self._now.memory.dials_pulses and "T" not in string.text.upper())
        return string if pulse is string.pulse else replace(string, pulse=pulse)

    def _fits(self, string: DialString) -> bool:
        if len(self._now.dialled.text) + len(string.text) <= LONGEST_DIALLED:
            return True
        self._now.note("the dial string is too long")
        return False

    def dial_now(self) -> None:
        """The pauses are over: dial, and wait S7 for the far end."""
        now = self._now
        now.timers.set(Timer.CARRIER, now.now + now.register(7))
        now.called, now.dialled = now.dialled, EMPTY
        answers = now.called.reverse and not now.called.wanted  # it waits for who originates
        now.do(Answer() if answers else Dial(now.called))

    def stay_off_hook(self, string: DialString) -> Outcome:
        """D with `;`: off-hook, the digits kept for the next D."""
        now = self._now
        if now.state in CALL_STATES or now.state is State.RINGING:
            now.note("D with ; wants a line on which nobody rings or talks")
            return Outcome.ERROR
        if not self._fits(string):
            return Outcome.ERROR
        now.dialled = now.dialled.then(self._by_tone_or_pulse(string))
        self._seize()
        return Outcome.NEXT

    def answer(self) -> Outcome:
        """A: take the call that rings, or wait for one."""
        now = self._now
        if now.state in CALL_STATES:
            now.note("a call is up already")
            return Outcome.ERROR
        now.answering = True
        now.called = EMPTY
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
        self.flow.hear()
        now.memory.active.registers[1] = 0
        now.memory.found[14] = 0 if now.answering else ORIGINATING
        now.enter(state)

    def hang_up(self) -> Outcome:
        """H0: on-hook. A call that rings is not refused by it: the line is on-hook as it is."""
        now = self._now
        in_call = now.state in CALL_STATES
        if now.state not in (State.IDLE, State.RINGING):
            self.clear("hung up here")
        if in_call and now.settings.personality.hung_up is not ResultCode.OK:
            now.result(now.settings.personality.hung_up)
            return Outcome.SILENT
        return Outcome.NEXT

    def send_break(self) -> None:
        r"""\B: a break for the far end of the call, if there is one."""
        if self._now.state in CALL_STATES:
            self._now.do(BreakToFar())

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
        now.say_connect()
        self._enter_online()
        return Outcome.SILENT

    def connected(self) -> None:
        """The two modems understand each other: DCD, then CONNECT, then a moment of quiet."""
        now = self._now
        now.timers.stop(Timer.CARRIER, Timer.PAUSE)
        now.call_began = now.now
        now.far_full = False
        now.enter(State.ONLINE)
        self.loudspeaker.connected()
        now.say_connect()
        self.flow.hold_far()
        now.training = False
        self._enter_online()

    def _enter_online(self) -> None:
        now = self._now
        now.enter(State.ONLINE)
        now.watcher.begin(now.memory.active, now.now)
        self.flow.hear()
        now.timers.set(Timer.CONNECT_HOLD, now.now + now.settings.connect_hold)
        now.idle_since = now.now
        self.watch_idleness()

    def watch_idleness(self) -> None:
        """Have a `Timer.IDLE` when the call has been without data for as long as is allowed, if there is a limit."""
        now = self._now
        now.idle_limit = self._idle_limit()
        now.timers.stop(Timer.IDLE)
        if now.idle_limit:
            now.timers.set(Timer.IDLE, now.idle_since + now.idle_limit)

    def _idle_limit(self) -> float:
        r"""Seconds without data until it hangs up, 0 never: the least of S30, \T and, of some makers, S19."""
        now = self._now
        minutes = [now.option("\\T"), now.register(19) if now.settings.personality.suffixes else 0]
        limits = [now.register(30) * 10.0, *(each * 60.0 for each in minutes)]
        return min((limit for limit in limits if limit), default=0.0)

    def escape(self, *, glued: bool = False) -> None:
        """From data to online command state; the call stays up and its far end waits.

        `glued`: a command is there already, and its result is the only one.
        """
        now = self._now
        self.flow.hold_far()
        now.xoff_heard = False
        now.timers.stop(Timer.CONNECT_HOLD)
        now.enter(State.ONLINE_COMMAND)
        if not glued:
            now.result(ResultCode.OK)

    def clear(self, why: str, reason: int = 0) -> None:
        """Go on-hook from wherever the modem is; says nothing to the DTE. `reason` is for S86."""
        now = self._now
        if now.state in CALL_STATES and now.call_began is not None:
            now.last_call = f"lasted {now.now - now.call_began:.0f} s, {why}"
        elif now.state in HANDSHAKE_STATES:
            now.last_call = f"did not come about: {why}"
            reason = reason or 4
        self.flow.let_dte_send()
        now.memory.active.registers[86] = reason
        now.call_began = None
        now.training = now.xoff_heard = False
        now.timers.stop(Timer.CARRIER, Timer.PAUSE, Timer.TRAINING, Timer.CONNECT_HOLD, Timer.IDLE)
        now.late.clear()
        now.dialled = EMPTY
        self.loudspeaker.quiet()
        now.far_held = False
        now.do(HangUp())
        now.enter(State.IDLE)
        hot_line = now.settings.hot_line
        if hot_line is not None and hot_line.again is not None:
            now.timers.set(Timer.HOT_LINE, now.now + hot_line.again)

    def reset(self, profile: int) -> Outcome:
        """Z: hang up, and the stored profile becomes the active one."""
        now = self._now
        if now.state not in (State.IDLE, State.RINGING):
            self.clear("reset")
        now.memory.restore(profile)
        now.show_signals()
        return Outcome.STOP
