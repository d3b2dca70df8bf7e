"""The way from data back to commands: three characters with silence around them (S2, S12).

Theory: only what the DTE sends counts, and when it comes. A chunk that holds anything but
escape characters, or too many of them, can be no part of the sequence, so whole chunks are
judged at once. The characters themselves go on to the far end, as on a real modem. The parity
bit is not looked at.

Rules: silence of a guard time, then three escape characters with less than a guard time from
each to the next, then silence of a guard time. With S12=0 three in a row suffice, anywhere.
"""

from offhook.modem.hayes.profile import Profile

_SEVEN_BITS = bytes(range(128)) * 2


class EscapeWatcher:
    """Watches one stretch of online state; `begin` starts the next."""

    def __init__(self, profile: Profile) -> None:
        self.why = ""
        self.begin(profile, 0.0)

    def begin(self, profile: Profile, now: float) -> None:
        """Data state is entered: the first silence is counted from here."""
        self._guard = profile.guard_time
        self._character = profile.escape_character
        self._either_parity = self._character + bytes(byte | 0x80 for byte in self._character)
        self._last = now
        self._count = 0

    @property
    def deadline(self) -> float | None:
        """When the sequence will be complete if nothing more comes."""
        return self._last + self._guard if self._count == 3 else None

    def plain(self, data: bytes, now: float) -> bool:
        """Whether the chunk is data and no part of an escape; takes note of it then."""
        if (len(data) > 3 or data.strip(self._either_parity)) and self._guard and self._character:
            if self._count:
                self.why = "other data came before the silence after it was over"
            self._last = now
            self._count = 0
            return True
        return not self._character

    def sent(self, data: bytes, now: float) -> int | None:
        """Take note of a chunk that was not plain.

        With a guard time: None. Without (S12=0): how many bytes of `data` belong to the call if
        the sequence ends within it, the rest being a command already; else None.
        """
        if not self._guard:
            return self._unguarded(data)
        quiet, lasted = now - self._last, now >= self._last + self._guard
        self._last = now
        if self._count == 0 and not lasted:
            self.why = f"only {quiet:.2f} s of silence before it, {self._guard:.2f} s are asked for"
            return None
        if self._count and lasted:
            self.why = f"{quiet:.2f} s between its characters, less than {self._guard:.2f} s is asked for"
            self._count = 0  # so long a silence may also be the one before a new sequence
        self._count += len(data)
        if self._count > 3:
            self.why = "more than three characters"
            self._count = 0
        return None

    def _unguarded(self, data: bytes) -> int | None:
        seen = self._character * self._count + data.translate(_SEVEN_BITS)
        found = seen.find(self._character * 3)
        if found >= 0:
            end = found + 3 - self._count
            self._count = 0
            return end
        self._count = len(seen) - len(seen.rstrip(self._character))
        return None
