"""A telephone line with a modem at one end and nobody yet at the other: what an exchange is to the modem's card."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from offhook.modem.hayes import CallerId
from offhook.testing.waiting import Waiting
from offhook.virtual_lines.exchange import Cause, Leg, Quality
from offhook.virtual_lines.switchboard import Subscriber, TerminalFacts, legs_of

NOBODY_KNOWN = CallerId("5550100", "FAR END")
"""Who calls, where nothing is said."""
RING, PAUSE = 2.0, 4.0
"""Seconds."""
LONGEST_RING = 60.0
"""Seconds after which the exchange gives up a call that nobody takes."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """How a far end calls: so many rings, `on` seconds long and `off` apart, as `caller`, at `number`."""

    times: int
    on: float | None = None
    off: float | None = None
    caller: CallerId | None = None
    number: str = ""


class FarLine(Protocol):
    """What a far end has of its line to the modem."""

    @property
    def refusals(self) -> frozenset[Cause]:
        """What a call may be refused with."""

    @property
    def may_be_silent(self) -> bool:
        """Whether a modem that dials may hear nothing at all."""

    @property
    def dialled(self) -> list[str]:
        """All numbers that were dialled to come here."""

    @property
    def calling(self) -> bool:
        """Whether a modem has dialled and waits for the far end."""

    async def call(self, ringing: Ringing, line: Quality) -> Cause:
        """Call the modem: NORMAL if it has answered, BUSY, or NO_ANSWER."""

    async def refuse_all(self, causes: list[Cause]) -> None:
        """Wait for a call for each of these, and refuse it; they are taken from the list, and more may be put in."""

    def silence(self) -> None:
        """From now on nobody hears ringing."""

    def connect(self, line: Quality) -> Leg:
        """The call is up, dialled or answered by the modem: the far end's leg."""

    def on_hook(self) -> None:
        """The call is over."""

    def stir(self) -> None:
        """Something has happened."""

    async def until(self, happened: Callable[[], bool], patience: float | None = None) -> bool:
        """Wait for something to have happened, `patience` seconds at most; whether it has."""
        ...


class Telephone:
    """A `FarLine`, and the `Exchange` of one line card, which `modem` is to be set to. Lives on an event loop."""

    refusals = frozenset(Cause) - {Cause.NORMAL}
    may_be_silent = True

    def __init__(self) -> None:
        self.modem: Subscriber | None = None
        self.off_hook = False
        self.dialled: list[str] = []
        """All numbers that the modem dialled."""
        self.calling = False
        """Whether the modem has dialled and waits for the far end."""
        self.ringback = True
        """Whether a modem that dials hears that it rings there."""
        self._waiting = Waiting()
        self.stir = self._waiting.stir
        self.until = self._waiting.until
        self._patience: asyncio.TimerHandle | None = None

    # From the line card: an `Exchange`.

    def seize(self, line: str) -> None:
        """Off-hook: whoever calls finds it busy."""
        self.off_hook = True
        self.stir()

    def dial(self, line: str, number: str) -> None:
        """It rings at the far end, for a minute at most; on a dead line nothing happens."""
        self.off_hook = self.calling = True
        self.dialled.append(number)
        if self.ringback and self.modem is not None:
            self._patience = asyncio.get_running_loop().call_later(LONGEST_RING, self.refuse, Cause.NO_ANSWER)
            self.modem.far_ringing()
        self.stir()

    def answer(self, line: str) -> None:
        """Off-hook: a call that rings is taken by it."""
        self.seize(line)

    def hang_up(self, line: str) -> None:
        """On-hook."""
        self.off_hook = False
        self._called_no_more()
        self.stir()

    def attended(self, line: str, present: bool) -> None:
        """It rings whether anybody is there or not."""

    def learned(self, line: str, terminal: TerminalFacts) -> None:
        """Nobody asks."""

    # From the far end.

    def connect(self, line: Quality) -> Leg:
        """The call is up, dialled or answered by the modem: the far end's leg."""
        self._called_no_more()
        near, far = legs_of(None if line == Quality() else line)
        if self.modem is not None:
            self.modem.joined(near)
        return far

    def refuse(self, cause: Cause) -> None:
        """The number dialled cannot be had."""
        if self.calling and self.modem is not None:
            self._called_no_more()
            self.modem.failed(cause)
            self.stir()

    async def refuse_all(self, causes: list[Cause]) -> None:
        """As in `FarLine`."""
        while causes:
            await self.until(lambda: self.calling)
            self.refuse(causes.pop(0))

    def silence(self) -> None:
        """As in `FarLine`."""
        self.ringback = False

    def on_hook(self) -> None:
        """As in `FarLine`."""
        self.stir()

    async def call(self, ringing: Ringing, line: Quality) -> Cause:
        """As in `FarLine`; `line` comes with the call."""
        if self.off_hook:
            return Cause.BUSY
        for _ in range(ringing.times):
            if await self._ring(ringing):
                return Cause.NORMAL
        if self.modem is not None:
            self.modem.ring_stopped()
        return Cause.NO_ANSWER

    async def _ring(self, ringing: Ringing) -> bool:
        """One burst and the pause behind it; whether the modem has answered."""
        if self.modem is None:
            return False
        self.modem.ring_began(ringing.caller or NOBODY_KNOWN)
        answered = await self.until(lambda: self.off_hook, RING if ringing.on is None else ringing.on)
        self.modem.ring_ended()
        return answered or await self.until(lambda: self.off_hook, PAUSE if ringing.off is None else ringing.off)

    def _called_no_more(self) -> None:
        self.calling = False
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
