"""The far end of a telephone line, that plays a script: who calls, answers, speaks and hangs up as the test says.

Each method adds a step and returns at once; the steps are done one after the other, each as soon as it can be: an
`answer` waits for the modem to dial, a `send` for the call and for what it sends to have arrived.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace

from offhook.modem.hayes import CallerId
from offhook.modem.rs232 import EIGHT_N_ONE, parse_framing
from offhook.testing.far_call import FarCall, call_on
from offhook.testing.stage import Stage
from offhook.testing.telephone import FarLine, Ringing
from offhook.virtual_lines.exchange import Cause, Quality

Step = Callable[[], Awaitable[None]]
RINGS = 10
"""Of a caller who does not give up soon."""


class FarEnd:
    """Whoever is at the other end of a modem's line. `line` is the rate and the faults of the line to there."""

    def __init__(self, stage: Stage, telephone: FarLine, line: Quality | None = None) -> None:
        self._stage = stage
        self._telephone = telephone
        self._line = line or Quality()
        self._framing = EIGHT_N_ONE
        self._call: FarCall | None = None
        self._steps: list[Step] = []
        self._refusals: list[Cause] = []  # of the last step, if it refuses
        self._player: asyncio.Task[None] | None = None
        self._changed = threading.Condition()
        self._failure: str | None = None
        self.found_busy = 0
        """How often it called and the modem was off-hook."""

    # How calls come about.

    def ring(
        self,
        times: int = RINGS,
        *,
        on: float | None = None,
        off: float | None = None,
        caller: CallerId | None = None,
        number: str = "",
    ) -> "FarEnd":
        """Call the modem; stop after so many rings if it does not answer.

        They are `on` seconds long and `off` apart (2 and 4). On an exchange, which rings as it does, `number` is whom
        it calls; it may be left out where there is one modem.
        """
        ringing = Ringing(times, on, off, caller, number)

        async def step() -> None:
            match await self._telephone.call(ringing, self._line):
                case Cause.NORMAL:
                    self._connected(self._line)
                case Cause.BUSY:
                    self.found_busy += 1

        return self._then(step)

    def answer(self, rate: int | None = None, *, after: float = 0.0) -> "FarEnd":
        """Take the next call that the modem dials, `after` so many seconds of ringing, on a line of `rate` bit/s."""

        async def step() -> None:
            while True:
                await self._telephone.until(lambda: self._telephone.calling)
                if not await self._telephone.until(lambda: not self._telephone.calling, after):
                    break
            self._connected(replace(self._line, rate=rate) if rate else self._line)

        return self._then(step)

    def refuse(self, cause: Cause = Cause.BUSY) -> "FarEnd":
        """The next call that the modem dials cannot be had: busy, no answer, no dial tone (NO_ROUTE), and so on.

        On an exchange busy, no answer or out of service; a `ValueError` for others.
        """
        if cause not in self._telephone.refusals:
            known = ", ".join(sorted(each.name for each in self._telephone.refusals))
            raise ValueError(f"a call here cannot be refused with {cause.name}: write one of {known}")
        self._stage.call(lambda: self._add_refusal(cause))
        return self

    def silence(self) -> "FarEnd":
        """From now on the modem hears no ringing when it dials: a dead line. A `ValueError` on an exchange."""
        if not self._telephone.may_be_silent:
            raise ValueError("on an exchange a number that is not answered rings: the far end of `modem` may be silent")

        async def step() -> None:
            self._telephone.silence()

        return self._then(step)

    def framed(self, framing: str) -> "FarEnd":
        """From now on its port is set to this, as 7E1: with seven bits the eighth is the parity."""
        parsed = parse_framing(framing)

        async def step() -> None:
            self._framing = parsed

        return self._then(step)

    # In a call.

    def send(self, data: bytes) -> "FarEnd":
        """Send this, at the rate of the line."""

        async def step() -> None:
            call = self._in_call()
            call.send(data)
            await call.arrived()

        return self._then(step)

    def expect(self, words: bytes, within: float = 60.0) -> "FarEnd":
        """Wait for these bytes of the modem, and forget them and all before."""

        async def step() -> None:
            await self._in_call().expect(words, within)

        return self._then(step)

    def drop_after(self, count: int) -> "FarEnd":
        """Have the carrier fall behind so many bytes more."""

        async def step() -> None:
            self._in_call().drop_after(count)

        return self._then(step)

    def send_break(self) -> "FarEnd":
        """Send a break."""

        async def step() -> None:
            self._in_call().send_break()

        return self._then(step)

    def hang_up(self) -> "FarEnd":
        """Hang up: the modem loses the carrier."""

        async def step() -> None:
            self._in_call().hang_up()

        return self._then(step)

    def wait(self, seconds: float) -> "FarEnd":
        """Do nothing for so long."""
        return self._then(lambda: asyncio.sleep(seconds))

    def play(self, part: Callable[[FarCall], Awaitable[None]]) -> "FarEnd":
        """Do in the call what a coroutine does with it: for a far end that has to answer what it hears."""
        return self._then(lambda: part(self._in_call()))

    # What the test can see.

    @property
    def dialled(self) -> list[str]:
        """The numbers that the modem dialled so far."""
        return list(self._telephone.dialled)

    @property
    def in_call(self) -> bool:
        """Whether a call is up."""
        return self._call is not None and self._call.up

    @property
    def received(self) -> bytes:
        """What came in the present or the last call and no `expect` took."""
        return bytes(self._call.received) if self._call is not None else b""

    @property
    def breaks(self) -> int:
        """Breaks that came in the present or the last call."""
        return self._call.breaks if self._call is not None else 0

    def finish(self, within: float = 300.0) -> None:
        """Wait until all steps are done; raises `AssertionError` for one that failed or does not end."""
        clock = self._stage.clock
        with self._changed:
            until = clock.now() + within
            while self._playing() and clock.now() < until:
                clock.wait(self._changed, until)
        self.check()
        assert not self._playing(), f"the far end is still busy after {within:g} s"

    def check(self) -> None:
        """Raises `AssertionError` if a step has failed."""
        if self._failure is not None:
            raise AssertionError(f"the far end: {self._failure}")

    def close(self) -> None:
        """Stop playing and hang up."""
        if self._player is not None:
            self._player.cancel()
        if self._call is not None:
            self._call.hang_up()

    # Playing.

    def _then(self, step: Step) -> "FarEnd":
        self._stage.call(lambda: self._add(step))
        return self

    def _add_refusal(self, cause: Cause) -> None:
        """One more for the step that refuses, if that is the last; else a step."""
        if self._refusals:
            self._refusals.append(cause)
            return
        refusals = [cause]
        self._add(lambda: self._telephone.refuse_all(refusals))
        self._refusals = refusals

    def _add(self, step: Step) -> None:
        self._refusals = []
        self._steps.append(step)
        if self._player is None or self._player.done():
            self._player = asyncio.get_running_loop().create_task(self._play())

    async def _play(self) -> None:
        while self._steps and self._failure is None:
            try:
                await self._steps[0]()
            except AssertionError as error:
                self._failure = str(error)
            self._steps.pop(0)
        with self._changed:
            self._changed.notify_all()
        self._stage.clock.stir()

    def _playing(self) -> bool:
        return bool(self._steps) and self._failure is None

    def _in_call(self) -> FarCall:
        assert self._call is not None, "no call has come about"
        return self._call

    def _connected(self, line: Quality) -> None:
        self._call = call_on(self._telephone, line, self._framing)
