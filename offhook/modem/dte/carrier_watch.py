r"""Whether a call that is up still is: by DCD where it can be believed, and by NO CARRIER among the data.

DCD is believed when it was off before the call and has come on with it. Then `NO CARRIER` is a word like any other,
but for the moment that a port takes to see DCD fall. Where DCD cannot be believed, a line `NO CARRIER` that nothing
follows is looked into: the modem is asked by AT, which it answers only if the call is over. What turns out to be data
is passed on.
"""

import re
from enum import Enum, auto

from offhook.modem.dte.reader import Reader
from offhook.modem.dte.replies import Result
from offhook.modem.dte.talk import Talk
from offhook.modem.rs232 import Signals

MARK = b"\r\nNO CARRIER\r\n"
_ENDING = re.compile(re.escape(MARK) + rb"(?:\r\n(?:OK|ERROR)\r\n){0,8}\Z")
"""A modem back at its commands takes what we still send for one, and says so."""
_TAIL = len(MARK) + 8 * len(b"\r\nERROR\r\n")
FALLS_WITHIN = 0.4
"""Seconds in which a port sees DCD fall."""
QUIET = 1.0
"""Seconds of silence after which an ending is looked into."""
ASKED = 2.0
"""Seconds that a modem has to answer AT."""
_LEAST = 4
MOST_HELD = 8192


class Doubt(Enum):
    """What is held against the call."""

    NONE = auto()
    MARKED = auto()
    ASKED = auto()


class CarrierWatch:
    """Watches one call from the moment it is put through."""

    def __init__(self, talk: Talk, was_off: bool) -> None:
        """`was_off`: DCD was seen off before the call."""
        self._talk = talk
        self._was_off = was_off
        self._rose = was_off and Signals.DCD in talk.on
        self._tail = b""
        self._held = b""
        self._doubt = Doubt.NONE
        self._asked = Reader()
        self.deadline: float | None = None

    @property
    def passes(self) -> bool:
        """Whether nothing is held back."""
        return self._doubt is Doubt.NONE and not self._held

    def signals(self) -> bool:
        """Take note of the modem's lines; whether they show that the call is over."""
        if not self._was_off:
            return False
        if Signals.DCD in self._talk.on:
            self._rose = True
            return False
        return self._rose

    def plain(self, data: bytes) -> bool:
        """Whether a chunk is data and nothing else; it has been taken note of then."""
        cut_between = self._tail.endswith(b"N") and data.startswith(b"O")
        if not self.passes or cut_between or b"NO" in data or b"NO" in self._tail:
            return False
        self._tail = (self._tail + data[-_TAIL:])[-_TAIL:]
        return True

    def heard(self, data: bytes) -> tuple[bytes, bool]:
        """What of the far end's bytes is to be passed on now, and whether the call has been found to be over."""
        if self._doubt is Doubt.ASKED:
            self._held += data
            replies, _ = self._asked.read(data)
            if Result.OK in replies:
                return b"", True
            return (self.release(), False) if len(self._held) > MOST_HELD else (b"", False)
        held, self._held, self._doubt, self.deadline = self._held, b"", Doubt.NONE, None
        seen = self._tail + held + data
        before = len(self._tail)
        keep = self._kept(seen)
        cut = max(before, len(seen) - keep)
        passed, self._held = seen[before:cut], seen[cut:]
        self._tail = seen[:cut][-_TAIL:]
        if keep:
            self._doubt = Doubt.MARKED if seen.endswith(b"\n") else Doubt.NONE
            believed = self._rose
            self.deadline = self._talk.now + (FALLS_WITHIN if believed or self._doubt is Doubt.NONE else QUIET)
        return passed, False

    def due(self) -> bytes:
        """The time of `deadline` has come: what is to be passed on."""
        if self._doubt is Doubt.MARKED and not self._rose:
            self._doubt = Doubt.ASKED
            self._asked = Reader()
            self._talk.note("NO CARRIER, and DCD cannot tell: the modem is asked")
            self._talk.send(b"AT\r")
            self.deadline = self._talk.now + ASKED
            return b""
        if self._doubt is not Doubt.NONE:
            self._talk.note("NO CARRIER was data")
        return self.release()

    def release(self) -> bytes:
        """What is held, which is data after all."""
        held, self._held = self._held, b""
        self._tail = (self._tail + held)[-_TAIL:]
        self._doubt, self.deadline = Doubt.NONE, None
        return held

    @staticmethod
    def _kept(seen: bytes) -> int:
        """How many bytes at the end are the mark and results, or enough of its beginning to wait for the rest."""
        ending = _ENDING.search(seen[-_TAIL:])
        if ending is not None:
            return len(ending[0])
        return next((length for length in range(len(MARK) - 1, _LEAST - 1, -1) if seen.endswith(MARK[:length])), 0)
