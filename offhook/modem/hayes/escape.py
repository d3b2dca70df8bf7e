"""The way from data back to commands: three characters with silence around them (S2, S12).

Theory: only what the DTE sends counts, and when it comes. A chunk that holds anything but
escape characters, or too many of them, can be no part of the sequence, so whole chunks are
judged at once. The characters themselves go on to the far end, as on a real modem.

Rules: silence of a guard time, then three escape characters with less than a guard time from
each to the next, then silence of a guard time. With S12=0 three in a row suffice, anywhere.
"""

from offhook.modem.hayes.profile import Profile


class EscapeWatcher:
    """Watches one stretch of online state; `begin` starts the next."""

    def __init__(self, profile: Profile) -> None:
        self._guard = profile.guard_time
        self._character = profile.escape_character
        self._last = 0.0
        self._count = 0
        self.why = ""

    def begin(self, profile: Profile, now: float) -> None:
        """Data state is entered: the first silence is counted from here."""
        self._guard = profile.guard_time
        self._character = profile.escape_character
        self._last = now
        self._count = 0

    @property
    def deadline(self) -> float | None:
        """When the sequence will be complete if nothing more comes."""
        return self._last + self._guard if self._count == 3 else None

    def plain(self, data: bytes, now: float) -> bool:
        """Whether the chunk is data and no part of an escape; takes note of it then."""
        if (len(data) > 3 or data.strip(self._character)) and self._guard and self._character:
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
        quiet = now - self._last
        self._last = now
        if self._count == 0 and quiet < self._guard:
            self.why = f"only {quiet:.2f} s of silence before it, {self._guard:.2f} s are asked for"
            return None
        if self._count and quiet >= self._guard:
            self.why = f"{quiet:.2f} s between its characters, less than {self._guard:.2f} s is asked for"
            self._count = 0  # so long a silence may also be the one before a new sequence
        self._count += len(data)
        if self._count > 3:
            self.why = "more than three characters"
            self._count = 0
        return None

    def escaped(self, now: float) -> bool:
        """Whether the silence after the sequence has lasted."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return False
        self._count = 0
        return True

    def _unguarded(self, data: bytes) -> int | None:
        before = self._character * self._count
        found = (before + data).find(self._character * 3)
        if found >= 0:
            self._count = 0
            return found + 3 - len(before)
        trailing = len(before + data) - len((before + data).rstrip(self._character))
        self._count = min(trailing, 2)
        return None
