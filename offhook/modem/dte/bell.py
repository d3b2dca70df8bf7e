"""The bell: counts RING, hears who calls, and says when to answer.

It is answered right after a RING or not at all: a ring is over when eight seconds have passed without another (as S1 is
cleared then), and nobody would be there.
"""

from enum import Enum, auto

from offhook.modem.dte.caller import with_field
from offhook.modem.dte.replies import CallerField
from offhook.modem.dte.states import State
from offhook.modem.dte.talk import Talk
from offhook.modem.hayes import CallerId

ANSWER_AFTER = 0.2
"""Seconds between RING and ATA."""
RING_OVER = 8.0
"""Seconds without RING after which nobody rings any longer."""


class Ringing(Enum):
    """What is to be done when the bell's time has come."""

    ANSWER = auto()
    CALL_BACK = auto()
    OVER = auto()


class Bell:
    """Of one modem."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.forget()

    def forget(self) -> None:
        """Nobody rings."""
        self._rings = 0
        self._last = 0.0
        self.caller = CallerId()

    def rang(self) -> None:
        """RING."""
        talk = self._talk
        self._rings += 1
        self._last = talk.now
        answers = self._rings >= talk.settings.rings and not talk.settings.auto_answer and not self._called_back
        talk.enter(State.RINGING, ANSWER_AFTER if answers else RING_OVER)

    def told(self, line: CallerField) -> None:
        """A line about the caller."""
        self.caller = with_field(self.caller, line)

    @property
    def _called_back(self) -> bool:
        return self.caller.number in self._talk.settings.dial_back

    def due(self) -> Ringing:
        """The time set by the last RING has come."""
        over = self._talk.now >= self._last + RING_OVER
        if self._called_back:
            return Ringing.CALL_BACK
        return Ringing.OVER if over else Ringing.ANSWER
