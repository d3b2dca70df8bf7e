"""The way from data back to commands: three characters with silence around them (S2, S12).

Theory: only what the DTE sends counts, and when it comes. A chunk that begins with anything but an
escape character where a sequence may begin is no part of one, so whole chunks are judged at once. The
characters go on to the far end, as on a real modem, unless they are to be withheld until it is clear what they are. The
parity bit is not looked at.

Rules: silence of a guard time, then three escape characters with less than a guard time from
each to the next, then silence of a guard time. Some programs leave out the second silence and glue the command to
the characters, `+++ATH` and Return: that is an escape too, if the first silence was there. With S12=0 three in a row
suffice, anywhere. The `ties.py` beside this is the way without silence.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from offhook.modem.hayes.profile import Profile

SEVEN_BITS = bytes(range(128)) * 2
LONGEST_GLUED = 40
"""Characters of a command glued to the escape sequence."""
_GLUED = re.compile(rb"[Aa](?:[Tt][ -~]*)?")


class EscapeStyle(Enum):
    """How a DTE gets from data to commands; the value is how the command line writes it."""

    HAYES = "hayes"
    """Silence around the sequence, which the far end gets too."""
    WITHHELD = "withheld"
    """The same, but the far end does not get the characters until they turn out to be data."""
    TIES = "ties"
    """No silence: the sequence with a command glued to it, anywhere (Time Independent Escape Sequence)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What becomes of a chunk: `to_far` is data. `command` is None if there is no escape, else what is typed after it.

    `glued`: it is a whole command, whose result is the only one; otherwise the escape itself has OK.
    """

    to_far: bytes
    command: bytes | None = None
    glued: bool = False


class Watcher(Protocol):
    """What the modem asks of a way to escape; `why` says why something like an escape was none."""

    why: str

    def begin(self, profile: Profile, now: float) -> None:
        """Data state is entered."""

    @property
    def deadline(self) -> float | None:
        """When silence will tell what the last characters were."""

    def plain(self, data: bytes, now: float) -> bool:
        """Whether the chunk is data and no part of an escape; takes note of it then."""

    def sent(self, data: bytes, now: float) -> Seen:
        """Take note of a chunk that was not plain."""

    def silence(self) -> Seen:
        """The deadline has come."""


class EscapeWatcher:
    """Watches one stretch of online state; `begin` starts the next. A `Watcher`."""

    def __init__(self, profile: Profile, *, withhold: bool = False) -> None:
        self.why = ""
        self._withhold = withhold
        self._held = b""
        self.begin(profile, 0.0)

    def begin(self, profile: Profile, now: float) -> None:
        """Data state is entered: the first silence is counted from here."""
        self._guard = profile.guard_time
        self._character = profile.escape_character
        self._either_parity = self._character + bytes(byte | 0x80 for byte in self._character)
        self._end = profile.line_end[:1]
        self._last = now
        self._forget()

    def _forget(self) -> bytes:
        """Begin anew; what was withheld."""
        held, self._held = self._held, b""
        self._count = 0
        self._glued = b""
        return held

    @property
    def deadline(self) -> float | None:
        """When the sequence will be complete if nothing more comes, or was none."""
        if not self._count or not self._guard:
            return None
        return self._last + self._guard if self._held or (self._count == 3 and not self._glued) else None

    def plain(self, data: bytes, now: float) -> bool:
        """Whether the chunk is data and no part of an escape; takes note of it then."""
        if not self._character or not data:
            return True
        if not self._guard or self._count or data[:1] in (self._character, self._either_parity[1:]):
            return False
        self._last = now
        return True

    def sent(self, data: bytes, now: float) -> Seen:
        """Take note of a chunk that was not plain."""
        if not self._guard:
            return self._unguarded(data)
        quiet, lasted = now - self._last, now >= self._last + self._guard
        self._last = now
        before = b""
        if self._count and lasted:
            self.why = f"{quiet:.2f} s between its characters, less than {self._guard:.2f} s is asked for"
            before = self._forget()  # so long a silence may also be the one before a new sequence
        elif not self._count and not lasted:
            if len(data) <= 3 and not data.strip(self._either_parity):
                self.why = f"only {quiet:.2f} s of silence before it, {self._guard:.2f} s are asked for"
            return Seen(data)
        rest = data if self._glued else data.lstrip(self._either_parity)
        self._count += len(data) - len(rest)
        if not self._count:
            return Seen(before + data)
        if self._count > 3:
            self.why = "more than three characters"
        elif not rest:
            return self._kept(before, data)
        elif self._count == 3:
            return self._glue(before, data, rest)
        else:
            self.why = "fewer than three characters"
        return Seen(before + self._forget() + data)

    def _glue(self, before: bytes, data: bytes, rest: bytes) -> Seen:
        """What follows the third character at once: a command, the beginning of one, or something else."""
        command, end, _ = rest[: LONGEST_GLUED + 1].translate(SEVEN_BITS).partition(self._end)
        whole = self._glued + command
        likely = len(whole) <= LONGEST_GLUED and _GLUED.fullmatch(whole)
        if likely and end and len(whole) > 1:
            taken = len(data) - len(rest) + len(command) + 1
            typed = whole + rest[len(command) :]
            self._forget()
            return Seen(before if self._withhold else before + data[:taken], typed, glued=True)
        if likely and not end:
            self._glued = whole
            return self._kept(before, data)
        self.why = "other data came before the silence after it was over"
        return Seen(before + self._forget() + data)

    def _kept(self, before: bytes, data: bytes) -> Seen:
        if not self._withhold:
            return Seen(before + data)
        self._held += data
        return Seen(before)

    def silence(self) -> Seen:
        """The silence after the last characters has lasted: an escape, or data withheld too long."""
        complete = self._count == 3 and not self._glued
        held = self._forget()
        return Seen(b"", b"") if complete else Seen(held)

    def _unguarded(self, data: bytes) -> Seen:
        seen = self._character * self._count + data.translate(SEVEN_BITS)
        found = seen.find(self._character * 3)
        if found >= 0:
            end = found + 3 - self._count
            self._count = 0
            return Seen(data[:end], data[end:])
        self._count = len(seen) - len(seen.rstrip(self._character))
        return Seen(data)
