"""A teletype: a leg of a call made into a `Terminal`.

Output waits while the far end takes no more, or while the caller holds it with ^S, in pieces small
enough that ^C and hanging up are felt at once. What is typed ahead is kept; a caller who sends more
than is read, from a file say, is paused. A caller silent for too long is asked, and then hung up on.
"""

import asyncio

from offhook.terminal.discipline import Ended, LineDiscipline, OutputGate, Result
from offhook.terminal.screen import Capabilities
from offhook.terminal.session import EndOfInput, HungUp, Interrupted, TooLate
from offhook.terminal.teletype.leg import Leg

PIECE = 1024
"""Bytes given to the leg at a time, after each of which it may ask for a pause."""
MUCH_AHEAD = 4096
"""Characters typed ahead at which the caller is paused, and at a quarter of which it may go on."""
LAST_MINUTE = 60.0
"""Seconds before the call is ended at which a silent caller is asked."""
STILL_THERE = "\nStill there?\n"


class Teletype:
    """A `Terminal` on `leg`. `idle` is how many seconds a caller may be silent when asked for something."""

    def __init__(self, leg: Leg, capabilities: Capabilities, *, idle: float | None = None) -> None:
        self._leg = leg
        self._capabilities = capabilities
        self._gate = OutputGate(capabilities.charset)
        self._discipline = LineDiscipline(capabilities.charset)
        self._idle = idle
        self._gone = False
        self._paused = False
        self._pausing = False
        self._interrupted = False
        self._asking = False
        self._asked = False
        self._mid_line = False
        self._unyielded = 0
        self._changed = asyncio.Event()
        leg.attach(self)

    @property
    def capabilities(self) -> Capabilities:
        """What is known of the terminal."""
        return self._capabilities

    @property
    def line_waiting(self) -> bool:
        """Whether a line has been typed ahead."""
        return self._discipline.line_waiting

    def use(self, capabilities: Capabilities) -> None:
        """Take other capabilities; what is sent next is in their charset."""
        if capabilities.charset != self._capabilities.charset:
            self._gate = OutputGate(capabilities.charset)
            self._discipline.set_charset(capabilities.charset)
        self._capabilities = capabilities

    def resize(self, columns: int | None, rows: int | None) -> None:
        """The caller's window has another size."""
        self._capabilities = self._capabilities.sized(columns, rows)

    def put_back(self, keys: str) -> None:
        """Have `keys` read again."""
        self._discipline.put_back(keys)

    # The leg's receiver.

    def far_sent(self, data: bytes) -> None:
        """Keys."""
        self._asked = False
        if self._discipline.put(data) and not self._asking:
            self._interrupted = True
            self._discipline.forget_interrupt()
        if self._discipline.waiting > MUCH_AHEAD and not self._pausing:
            self._pausing = True
            self._leg.pause()
        self._changed.set()

    def far_break(self) -> None:
        """The break key, which interrupts as ^C does."""
        self.far_sent(b"\x03")

    def far_closed(self) -> None:
        """The caller is gone."""
        self._gone = True
        self._changed.set()

    def pause_sending(self) -> None:
        """The caller's terminal takes no more."""
        self._paused = True

    def resume_sending(self) -> None:
        """It takes bytes again."""
        self._paused = False
        self._changed.set()

    # The Terminal.

    async def write(self, text: str) -> None:
        """Show text."""
        await self._send(self._gate.encode(text))

    async def ask(self, prompt: str, *, echo: bool = True, within: float | None = None) -> str:
        """Show a prompt and get a line."""
        await self.write(prompt)
        self._discipline.begin()
        self._asking = True
        try:
            async with asyncio.timeout(None if within is None else max(within, 0)):
                result = await self._line(prompt, echo)
        except TimeoutError:
            raise TooLate from None
        except HungUp:
            raise HungUp(self._discipline.typed if echo else "") from None
        finally:
            self._asking = False
        match result.ended:
            case Ended.INTERRUPT:
                raise Interrupted
            case Ended.END_OF_INPUT:
                raise EndOfInput
        return result.line

    async def _line(self, prompt: str, echo: bool) -> Result:
        while True:
            result = self._discipline.read_line(echo=echo)
            self._take_more()
            try:
                await self._send(result.echo)  # keys may come meanwhile, so read again
            except HungUp:
                if result.ended is None:
                    raise  # else the line was whole before the caller went, and counts
            if result.ended is not None:
                return result
            if not result.echo and await self._silent():
                await self._send(self._gate.encode(STILL_THERE + prompt + (self._discipline.typed if echo else "")))

    async def key(self, prompt: str) -> str:
        """Show a prompt, get a key, and take the prompt away again."""
        await self.write(prompt)
        self._asking = True
        try:
            while (result := self._discipline.read_key()).ended is None:
                if await self._silent():
                    await self.write(STILL_THERE + prompt)
            self._take_more()
        finally:
            self._asking = False
        if result.ended is Ended.INTERRUPT:
            await self._send(b"\r\n")
            raise Interrupted
        await self._send(b"\b \b" * len(prompt))
        self._mid_line = False
        return result.line

    def _take_more(self) -> None:
        """Let a caller go on who was paused, once enough has been read."""
        if self._pausing and self._discipline.waiting <= MUCH_AHEAD // 4:
            self._pausing = False
            self._leg.resume()

    async def _send(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            self._check()
            self._leg.send(piece)
            self._mid_line = not piece.endswith(b"\n")
            self._unyielded += len(piece)
            if self._unyielded >= PIECE:
                self._unyielded = 0
                await asyncio.sleep(0)  # so that ^C, and other calls, are heard beside a far end that takes everything
            while self._paused or self._discipline.held:
                self._check()
                await self._wait(self._idle)
        self._check()

    def _check(self) -> None:
        if self._gone:
            raise HungUp
        if self._interrupted:
            self._interrupted = False
            if self._mid_line:
                self._mid_line = False
                self._leg.send(b"\r\n")
            raise Interrupted

    async def _silent(self) -> bool:
        """Wait for the caller; true if it is time to ask whether there is one."""
        if self._idle is None or self._idle <= 2 * LAST_MINUTE:
            await self._wait(self._idle)
        elif self._asked:
            await self._wait(LAST_MINUTE)
        else:
            try:
                async with asyncio.timeout(self._idle - LAST_MINUTE):
                    await self._wait(None)
            except TimeoutError:
                self._asked = True
        return self._asked

    async def _wait(self, patience: float | None) -> None:
        """Until a key comes, the far end takes bytes again, or it is gone."""
        if self._gone:
            raise HungUp
        self._changed.clear()
        try:
            async with asyncio.timeout(patience):
                await self._changed.wait()
        except TimeoutError:
            self._leg.send(b"\r\nIdle: goodbye.\r\n")
            raise HungUp from None
