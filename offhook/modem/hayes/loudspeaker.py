"""What is to be heard of a call, as M and L have it: M0 nothing, M1 until carrier, M2 always, M3 as M1 but no digits.

Sounds take their time, so a modem has a loudspeaker only where times are real.
"""

from offhook.modem.hayes.actions import LetHear
from offhook.modem.hayes.dial_string import DialString
from offhook.modem.hayes.handshake_times import training_time
from offhook.modem.hayes.situation import Situation
from offhook.modem.sounds import Tone

_NEVER, _ALWAYS, _NOT_DIALLING = 0, 2, 3
_BUSY_SECONDS = 2.0
_ANSWER_SECONDS = 3.3
"""Of V.25's answer tone, where training leaves time for it."""


class Loudspeaker:
    """Acts on the situation of one modem."""

    def __init__(self, situation: Situation) -> None:
        self._now = situation
        self._heard = False

    def dialling(self, string: DialString) -> None:
        """Dial tone while S6 runs, then the digits."""
        now = self._now
        if now.option("M") != _NOT_DIALLING:
            self._hear(Tone.DIAL_TONE, float(now.register(6)))
            self._hear(Tone.DIGITS, digits=string.number, pulse=string.pulse, each=now.register(11) / 1000, behind=True)

    def ringback(self) -> None:
        """The number dialled rings."""
        self._hear(Tone.RINGBACK)

    def busy(self) -> None:
        """The number dialled is busy."""
        self._hear(Tone.BUSY, _BUSY_SECONDS)

    def training(self, rate: int) -> None:
        """The answer tone, then two modems at `rate` bit/s getting to understand each other."""
        self._hear(Tone.ANSWER, min(_ANSWER_SECONDS, training_time(rate) / 2))
        self._hear(Tone.TRAINING, behind=True)

    def connected(self) -> None:
        """Carrier: with M2 it is heard to the end of the call."""
        if self._now.option("M") == _ALWAYS:
            self._hear(Tone.CARRIER)
        else:
            self.quiet()

    def quiet(self) -> None:
        """Nothing any longer."""
        if self._heard:
            self._heard = False
            self._now.do(LetHear(Tone.SILENCE.value))

    def _hear(
        self,
        tone: Tone,
        seconds: float | None = None,
        *,
        digits: str = "",
        pulse: bool = False,
        each: float = 0.095,
        behind: bool = False,
    ) -> None:
        now = self._now
        if now.settings.loudspeaker and now.settings.realistic and now.option("M") != _NEVER:
            self._heard = True
            now.do(LetHear(tone.value, seconds, digits, pulse, each, now.option("L"), behind))
