"""The patch field: makes the legs of each call, and puts into it what its lines have to say first."""

from collections.abc import Mapping
from dataclasses import dataclass

from offhook.virtual_lines.exchange import Leg, Quality
from offhook.virtual_lines.switchboard.line_circuit import legs_of

LONGEST_GREETING = 65_536
"""Bytes of each."""


@dataclass(frozen=True, slots=True)
class Greetings:
    """What a line puts into its calls, as the first bytes there, each at most `LONGEST_GREETING` long.

    `answered` and `connected` come to its own DTE, when it has answered and when a call it made is up; `to_caller` and
    `to_called` go to the far end then.
    """

    answered: bytes = b""
    connected: bytes = b""
    to_caller: bytes = b""
    to_called: bytes = b""


_NONE = Greetings()


class Patching:
    """Legs by the caller's line while the call is up; `greetings` are by line."""

    def __init__(self, greetings: Mapping[str, Greetings]) -> None:
        self.legs: dict[str, tuple[Leg, Leg]] = {}
        self._greetings = greetings

    def join(self, caller: str, quality: Quality | None, rate: int | None = None, called: str = "") -> tuple[Leg, Leg]:
        """The caller's leg and the called's, not yet held; `rate` as in `legs_of`, `called` if it is a line."""
        ours, theirs = self.legs[caller] = legs_of(quality, rate)
        calling, answering = self._greetings.get(caller, _NONE), self._greetings.get(called, _NONE)
        theirs.send(calling.connected + answering.to_caller)
        ours.send(answering.answered + calling.to_called)
        return ours, theirs

    def tally(self, caller: str) -> tuple[int, int, int | None]:
        """Bytes of the caller and for the caller, and the rate of the line in bit/s."""
        legs = self.legs.get(caller)
        return (0, 0, None) if legs is None else (legs[0].sent, legs[1].sent, legs[0].rate)
