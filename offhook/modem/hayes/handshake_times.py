"""How long calls take on a real line, for hosts that are told to keep real times.

Rounded from what modems of each kind need from the answer to CONNECT: answer tone, training, error control.
"""

from offhook.modem.hayes.dial_string import DialString

_TRAINING = ((300, 3.5), (1200, 4.0), (2400, 5.0), (9600, 8.0), (14400, 10.0), (33600, 12.5), (56000, 20.0))
"""Up to a line rate in bit/s: seconds."""
_PULSED_DIGIT = 0.8
"""Seconds: ten pulses a second, five and a half on the mean, and the pause behind a digit shared out."""


def training_time(rate: int) -> float:
    """Seconds from the answer to CONNECT on a line of `rate` bit/s; above all modems, as the fastest."""
    return next((seconds for highest, seconds in _TRAINING if rate <= highest), _TRAINING[-1][1])


def dialling_time(string: DialString, dial_tone: int, tone: int) -> float:
    """Seconds to dial: the wait for dial tone (S6, in s), then the digits (S11, in ms, as long silent as sounding)."""
    digit = _PULSED_DIGIT if string.pulse else 2 * tone / 1000
    return dial_tone + len(string.number) * digit
