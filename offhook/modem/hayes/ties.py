"""The escape without silence: the sequence with a command glued to it, wherever it stands in the data.

The Time Independent Escape Sequence, for DTEs that keep no silence. Whoever sends such a line as data is cut off:
it is there for those who ask for it.
"""

import re

from offhook.modem.hayes.escape import LONGEST_GLUED, SEVEN_BITS, Seen
from offhook.modem.hayes.profile import Profile


class TiesWatcher:
    """Watches data for `+++AT...` and Return. A `Watcher`."""

    def __init__(self, profile: Profile) -> None:
        self.why = ""
        self.begin(profile, 0.0)

    def begin(self, profile: Profile, now: float) -> None:
        """Data state is entered."""
        self._character = profile.escape_character
        three, end = re.escape(self._character * 3), re.escape(profile.line_end[:1])
        inside = rb"[ -~]{0,%d}" % (LONGEST_GLUED - 2)
        self._whole = re.compile(three + rb"([Aa][Tt]" + inside + rb"?)" + end)
        one = re.escape(self._character)
        self._begun = re.compile(one + rb"{1,3}\Z|" + three + rb"[Aa](?:[Tt]" + inside + rb")?\Z")
        self._tail = b""

    @property
    def deadline(self) -> float | None:
        """None: it knows no time."""
        return None

    def plain(self, data: bytes, now: float) -> bool:
        """Whether the chunk is data and no part of an escape."""
        if not self._character:
            return True
        return not self._tail and self._character not in data.translate(SEVEN_BITS)

    def sent(self, data: bytes, now: float) -> Seen:
        """Take note of a chunk that was not plain."""
        seen = self._tail + data.translate(SEVEN_BITS)
        found = self._whole.search(seen)
        if found is None:
            begun = self._begun.search(seen, max(len(seen) - LONGEST_GLUED - 3, 0))
            self._tail = begun[0] if begun else b""
            return Seen(data)
        end = found.end() - len(self._tail)
        self._tail = b""
        return Seen(data[:end], found[1] + data[end - 1 :], glued=True)

    def silence(self) -> Seen:
        """Never due."""
        return Seen(b"")
