"""Sounds made into samples: 16 bits, one channel, `RATE` of them in a second.

Frequencies and cadences are North America's (dial tone, ringback, busy), those of Q.23 (digits) and V.25 (answer tone,
with its phase turned every 450 ms for the echo cancellers). Training and carrier are noise around the two carriers
of V.22bis, which is what they sound like.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from math import pi, sin
from types import MappingProxyType

from offhook.modem.sounds.sound import Part, Tone

RATE = 8000
"""Samples in a second."""
_PEAK = 32767
_LOUDNESS = (0.06, 0.12, 0.25, 0.5)
_TURNED = 0.45
_PULSE_SECONDS = 0.1
_BETWEEN_DIGITS = 0.7
_ROWS = (697, 770, 852, 941)
_COLUMNS = (1209, 1336, 1477, 1633)
_KEYS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {key: (_ROWS[at // 4], _COLUMNS[at % 4]) for at, key in enumerate("123A456B789C*0#D")}
)
_STEADY: Mapping[Tone, tuple[float, ...]] = MappingProxyType(
    {Tone.DIAL_TONE: (350, 440), Tone.RINGBACK: (440, 480), Tone.BUSY: (480, 620)}
)
_CADENCE: Mapping[Tone, tuple[float, float]] = MappingProxyType({Tone.RINGBACK: (2.0, 4.0), Tone.BUSY: (0.5, 0.5)})


class Player:
    """Plays one line's sounds: `play` says what, `samples` gives the next ones."""

    MOST_PARTS = 32

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._at = 0
        self._noise = 0x1234

    @property
    def silent(self) -> bool:
        """Whether nothing is to be heard until the next `play`."""
        return not self._parts

    def play(self, part: Part, *, behind: bool = False) -> None:
        """Let this be heard from now on, or behind what is heard now; silence without a length is the end of it all."""
        if not behind:
            self._parts = []
            self._at = 0
        if (part.tone is not Tone.SILENCE or part.seconds is not None) and len(self._parts) < self.MOST_PARTS:
            self._parts.append(part)

    def samples(self, count: int) -> list[int]:
        """The next `count` samples, silence where nothing is to be heard."""
        made: list[int] = []
        while len(made) < count and self._parts:
            part = self._parts[0]
            length = _samples_of(part)
            wanted = count - len(made) if length is None else min(count - len(made), length - self._at)
            made.extend(self._of(part, self._at, wanted))
            self._at += wanted
            if length is not None and self._at >= length:
                self._parts.pop(0)
                self._at = 0
        made.extend([0] * (count - len(made)))
        return made

    def _of(self, part: Part, start: int, count: int) -> Iterable[int]:
        moments = [(start + each) / RATE for each in range(count)]
        loudness = _LOUDNESS[max(0, min(part.volume, len(_LOUDNESS) - 1))] * _PEAK
        return [int(each * loudness) for each in self._wave(part, moments)]

    def _wave(self, part: Part, moments: Sequence[float]) -> Iterable[float]:
        match part.tone:
            case Tone.SILENCE:
                return [0.0] * len(moments)
            case Tone.DIGITS:
                return [_digit_at(part, moment) for moment in moments]
            case Tone.ANSWER:
                turned = [pi * (int(moment / _TURNED) % 2) for moment in moments]
                return [sin(2 * pi * 2100 * at + phase) for at, phase in zip(moments, turned, strict=True)]
            case Tone.TRAINING | Tone.CARRIER:
                return [self._modulated(moment, part.tone) for moment in moments]
        return [_steady_at(part.tone, moment) for moment in moments]

    def _modulated(self, moment: float, tone: Tone) -> float:
        """Two carriers whose phases jump by chance, 600 times a second; training begins with one alone."""
        if moment * 600 % 1 < 600 / RATE:
            self._noise = (self._noise * 1103515245 + 12345) & 0x7FFFFFFF
        low, high = (self._noise >> 16) % 4 * pi / 2, (self._noise >> 20) % 4 * pi / 2
        both = sin(2 * pi * 2400 * moment + high)
        if tone is Tone.CARRIER or moment > 1.0:
            both = (both + sin(2 * pi * 1200 * moment + low)) / 2
        return both


def mixed(streams: Sequence[list[int]]) -> list[int]:
    """Several streams as one, cut where they are too loud together."""
    if len(streams) == 1:
        return streams[0]
    return [max(-_PEAK - 1, min(_PEAK, sum(each))) for each in zip_longest(*streams, fillvalue=0)]


def _samples_of(part: Part) -> int | None:
    seconds = part.seconds
    if part.tone is Tone.DIGITS:
        pulses = sum(_pulses(digit) for digit in part.digits) * _PULSE_SECONDS + len(part.digits) * _BETWEEN_DIGITS
        seconds = pulses if part.pulse else 2 * part.each * len(part.digits)
    return None if seconds is None else int(seconds * RATE)


def _steady_at(tone: Tone, moment: float) -> float:
    on, off = _CADENCE.get(tone, (1.0, 0.0))
    if moment % (on + off) >= on:
        return 0.0
    return sum(sin(2 * pi * each * moment) for each in _STEADY[tone]) / len(_STEADY[tone])


def _digit_at(part: Part, moment: float) -> float:
    if part.pulse:
        return _pulsed_at(part.digits, moment)
    number, within = divmod(moment, 2 * part.each)
    pair = _KEYS.get(part.digits[int(number)].upper()) if number < len(part.digits) else None
    if pair is None or within >= part.each:
        return 0.0
    return sum(sin(2 * pi * each * moment) for each in pair) / 2


def _pulsed_at(digits: str, moment: float) -> float:
    """A click at each end of a break in the loop: 60 ms open, 40 ms closed, ten in a second."""
    for digit in digits:
        length = _pulses(digit) * _PULSE_SECONDS
        if moment < length:
            within = moment % _PULSE_SECONDS
            return 1.0 if within < 0.002 or 0.06 <= within < 0.062 else 0.0
        moment -= length + _BETWEEN_DIGITS
        if moment < 0:
            return 0.0
    return 0.0


def _pulses(digit: str) -> int:
    return (int(digit) or 10) if digit.isascii() and digit.isdigit() else 0
