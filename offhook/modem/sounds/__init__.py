"""What a modem's loudspeaker lets one hear of a call: tones as they are on a telephone line, made into samples."""

from offhook.modem.sounds.sound import Part, Tone
from offhook.modem.sounds.synthesis import RATE, Player, mixed

__all__ = ["RATE", "Part", "Player", "Tone", "mixed"]
