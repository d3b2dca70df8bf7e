"""The upkeep of a modem: which procedure follows which, from a port that is open to a modem that takes calls."""

from offhook.modem.dte.events import AllSent
from offhook.modem.dte.hanging_up import give_up, hang_up, rest, unstick
from offhook.modem.dte.replies import Reply
from offhook.modem.dte.setting_up import set_up
from offhook.modem.dte.states import State
from offhook.modem.dte.talk import Procedure, Talk

REST = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Seconds that a modem which cannot be brought back is left alone, each time longer."""


class Upkeep:
    """Runs one procedure at a time on a talk."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._procedure: Procedure | None = None
        self._rounds = 0  # of the ladder, since the modem was last idle

    def begin(self) -> None:
        """The modem is there: nothing is known of it."""
        self._talk.dtr_hangs_up = None if self._talk.settings.dtr else False
        self._talk.escape = b"+"
        self._rounds = 0
        self.set_up()

    def set_up(self) -> None:
        """Have it told all it needs to know."""
        self._run(State.SETTING_UP, set_up(self._talk))

    def hang_up(self, *, drain: bool = False) -> None:
        """End a call, after all that was sent is out if `drain`."""
        self._run(State.HANGING_UP, hang_up(self._talk, drain=drain))

    def give_up(self) -> None:
        """Abort a handshake."""
        self._run(State.HANGING_UP, give_up(self._talk))

    def idle(self) -> None:
        """Wait for a call."""
        self._talk.enter(State.IDLE, self._talk.settings.renew)

    def stop(self) -> None:
        """The modem is gone."""
        self._procedure = None
        self._talk.enter(State.ABSENT)

    def heard(self, what: Reply | AllSent | None) -> None:
        """Go on with what the modem said, or with None when the time of the step has come."""
        procedure = self._procedure
        if procedure is None:
            return
        try:
            seconds = procedure.send(what)
        except StopIteration as end:
            self._ended(success=bool(end.value))
        else:
            self._talk.deadline = self._talk.now + seconds

    def _run(self, state: State, procedure: Procedure) -> None:
        self._talk.enter(state)
        self._procedure = procedure
        self.heard(None)  # which is how a generator is begun

    def _ended(self, *, success: bool) -> None:
        self._procedure = None
        match self._talk.state:
            case State.SETTING_UP if success:
                self._rounds = 0
                self.idle()
            case State.SETTING_UP if self._rounds:
                self._rest()
            case State.HANGING_UP if success:
                self.idle()
            case State.SETTING_UP | State.HANGING_UP:
                self._run(State.UNSTICKING, unstick(self._talk))
            case State.UNSTICKING if not success:
                self._rest()
            case State.UNSTICKING:
                self._rounds += 1
                self.set_up()
            case _:
                self.set_up()

    def _rest(self) -> None:
        seconds = REST[min(self._rounds, len(REST) - 1)]
        self._rounds += 1
        self._talk.note(f"the modem cannot be brought back: it is left alone for {seconds:.0f} s")
        self._run(State.RESTING, rest(self._talk, seconds))
