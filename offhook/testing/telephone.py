"""A telephone line with a modem at one end and nobody yet at the other: what an exchange is to the modem's card."""

import asyncio
from collections.abc import Callable

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import Cause, Leg, Quality
from offhook.virtual_lines.switchboard import Subscriber, TerminalFacts, legs_of

LONGEST_RING = 60.0
"""Seconds after which the exchange gives up a call that nobody takes."""


class Telephone:
    """The `Exchange` of one line card, which `modem` is to be set to. Lives on an event loop."""

    def __init__(self) -> None:
        self.modem: Subscriber | None = None
        self.off_hook = False
        self.dialled: list[str] = []
        """All numbers that the modem dialled."""
        self.calling = False
        """Whether the modem has dialled and waits for the far end."""
        self.ringback = True
        """Whether a modem that dials hears that it rings there."""
        self._waiting: set[asyncio.Future[None]] = set()
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

    async def ring(self, seconds: float, pause: float, caller: CallerId) -> bool:
        """One burst of so many seconds and the pause behind it; whether the modem has answered."""
        if self.modem is None:
            return False
        self.modem.ring_began(caller)
        answered = await self.until(lambda: self.off_hook, seconds)
        self.modem.ring_ended()
        return answered or await self.until(lambda: self.off_hook, pause)

    def stop_ringing(self) -> None:
        """The caller gives up."""
        if self.modem is not None:
            self.modem.ring_stopped()

    # Waiting for the modem.

    def stir(self) -> None:
        """Something has happened."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def until(self, happened: Callable[[], bool], patience: float | None = None) -> bool:
        """Wait for something to have happened, `patience` seconds at most; whether it has."""
        try:
            async with asyncio.timeout(patience):
                while not happened():
                    future = asyncio.get_running_loop().create_future()
                    self._waiting.add(future)
                    await future
        except TimeoutError:
            return False
        return True

    def _called_no_more(self) -> None:
        self.calling = False
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
