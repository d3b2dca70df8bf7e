"""Whom a line card works with: the exchange, the modem, and who keeps what the modem stores."""

import logging
from typing import Protocol

from offhook.modem.hayes import Action, CallerId, Event, KeepNumber, KeepProfiles, LetHear, Note, Stored
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.exchange import Cause
from offhook.virtual_lines.switchboard import TerminalFacts

log = logging.getLogger(__name__)


class Exchange(Protocol):
    """What a line card asks of the switchboard; the answers come to it as a `Subscriber`, perhaps at once."""

    def seize(self, line: str) -> None:
        """Go off-hook on `line` and do nothing else."""

    def dial(self, line: str, number: str) -> None:
        """Call `number` from `line`."""

    def answer(self, line: str) -> None:
        """Take the call that rings on `line`, or wait off-hook."""

    def hang_up(self, line: str) -> None:
        """Put `line` on-hook, whatever it was doing."""

    def attended(self, line: str, present: bool) -> None:
        """Take note of whether the DTE is there to take a call."""

    def learned(self, line: str, terminal: TerminalFacts) -> None:
        """Take note of what is known of the terminal on `line`."""


class Keeper(Protocol):
    """Who sees to it that what modems store outlasts a restart; it must not wait for a disk."""

    def keep_profiles(self, line: str, stored: Stored) -> None:
        """Have `stored` be what the modem of `line` starts with."""

    def keep_number(self, line: str, slot: int, text: str, stored: Stored) -> None:
        """Have the number in `slot` be `text`, for all modems that share it with the one of `line`."""


class Ear(Protocol):
    """Who makes heard what a modem's loudspeaker says; it must not wait for a device."""

    def heard(self, line: str, sound: LetHear) -> None:
        """The modem of `line` lets this be heard."""


class Modem(Protocol):
    """What a line card asks of a modem; `HayesModem` is one."""

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now`; what is to be done, in order."""

    @property
    def deadline(self) -> float | None:
        """When it wants a `Tick`."""

    @property
    def signals(self) -> Signals:
        """The DCE's outputs before the first action."""

    @property
    def stored(self) -> Stored:
        """What should outlast a restart."""

    @property
    def shows_cts(self) -> bool:
        """Whether it wants to know when the far end takes no more."""

    @property
    def awaits_xon(self) -> bool:
        """Whether the far end waits for an XON of the DTE, which has to be heard for it."""

    def online_chunk(self, data: bytes, now: float) -> bool:
        """Whether a chunk of the DTE may go straight to the far end; it has taken note of it then."""

    @property
    def far_passes(self) -> bool:
        """Whether the far end's bytes may go straight to the DTE."""


class Bystanders:
    """Who is told of what a modem orders besides its call: who keeps, who listens, and the log."""

    def __init__(self, line: str, modem: Modem, keeper: Keeper | None, ear: Ear | None) -> None:
        self._line = line
        self._modem = modem
        self._keeper = keeper
        self._ear = ear

    def told(self, action: KeepProfiles | KeepNumber | LetHear | Note) -> None:
        """The modem orders this."""
        match action:
            case KeepNumber(slot, text) if self._keeper is not None:
                self._keeper.keep_number(self._line, slot, text, self._modem.stored)
            case KeepProfiles() if self._keeper is not None:
                self._keeper.keep_profiles(self._line, self._modem.stored)
            case LetHear() if self._ear is not None:
                self._ear.heard(self._line, action)
            case Note(text):
                log.debug("%s: %s", self._line, text)


class Entries(Protocol):
    """Who keeps the record of lines that have no modem of ours."""

    def entry(self, line: str, now: float, sign: str, text: str) -> None:
        """At `now`, this happened (`>`) on `line` or was done (`<`)."""


class OuterExchange(Protocol):
    """What a line to the outer world asks of the switchboard."""

    def dial(self, line: str, number: str, caller: CallerId | None = None) -> None:
        """Call `number` from `line`, for `caller`."""

    def hang_up(self, line: str) -> None:
        """Put `line` on-hook, whatever it was doing."""

    def learned(self, line: str, terminal: TerminalFacts) -> None:
        """Take note of what is known of the terminal on `line`."""

    def reached(self, line: str) -> None:
        """What was called for `line` is there."""

    def unreachable(self, line: str, cause: Cause) -> None:
        """What was called for `line` cannot be had."""
