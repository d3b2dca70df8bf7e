"""Finding the rate of a DTE among a few: what is read at a wrong rate is no text.

At each rate the line is listened to until it makes no sense, then the next one is tried; A and T in a row, in any
parity, settle it. So a person types AT until there is an answer, as with modems of old. A terminal that has no modem
is found by Return alone, and by break, which asks for the next rate as it does from a getty.
"""

from collections.abc import Sequence

_SEVEN_BITS = bytes(range(128)) * 2
_SENSE = bytes(range(0x20, 0x7F)) + b"\r\n\b\x1b"
_KEPT = 8


class Autobaud:
    """Listens for one DTE; `rates` in bit/s, at least one, the likeliest first; `settled_by` is what is typed."""

    def __init__(self, rates: Sequence[int], settled_by: bytes = b"AT") -> None:
        self._rates = tuple(rates)
        self._settled_by = settled_by
        self._at = 0
        self._heard = b""
        self.settled = len(self._rates) == 1

    @property
    def rate(self) -> int:
        """The rate to listen at, in bit/s."""
        return self._rates[self._at]

    def begin_anew(self) -> None:
        """The DTE has gone, or sent a break: its rate may be another next time."""
        self._heard = b""
        self.settled = len(self._rates) == 1

    def heard(self, data: bytes) -> bool:
        """Take note of what was read; whether `rate` is another now."""
        if self.settled:
            return False
        text = data.translate(_SEVEN_BITS)
        self._heard = (self._heard + text)[-_KEPT - len(text) :]
        if self._settled_by in self._heard.upper():
            self.settled = True
            return False
        if not text.strip(_SENSE):
            self._heard = self._heard[-_KEPT:]
            return False
        self.next_rate()
        return True

    def next_rate(self) -> None:
        """Listen at the next of them."""
        self._heard = b""
        self._at = (self._at + 1) % len(self._rates)
