"""A teletype: a leg of a call made into a `Terminal`.

Output waits while the far end takes no more, in pieces small enough that ^C and hanging up are felt at
once; what is typed ahead is kept, within bounds. A caller silent for too long is hung up on.
"""

import asyncio

from offhook.terminal.discipline import Ended, LineDiscipline, OutputGate
from offhook.terminal.screen import Capabilities
from offhook.terminal.session import EndOfInput, HungUp, Interrupted
from offhook.terminal.teletype.leg import Leg

PIECE = 1024
"""Bytes given to the leg at a time, after each of which it may ask for a pause."""


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
        self._interrupted = False
        self._asking = False
        self._changed = asyncio.Event()
        leg.attach(self)

    @property
    def capabilities(self) -> Capabilities:
        """What is known of the terminal."""
        return self._capabilities

    def use(self, capabilities: Capabilities) -> None:
        """Take other capabilities; what is sent next is in their charset."""
        self._capabilities = capabilities
        self._gate = OutputGate(capabilities.charset)
        self._discipline.set_charset(capabilities.charset)

    def resize(self, columns: int | None, rows: int | None) -> None:
        """The caller's window has another size."""
        self._capabilities = self._capabilities.sized(columns, rows)

    # The leg's receiver.

    def far_sent(self, data: bytes) -> None:
        """Keys."""
        if self._discipline.put(data) and not self._asking:
            self._interrupted = True
            self._discipline.forget_interrupt()
        self._changed.set()

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

    async def ask(self, prompt: str, *, echo: bool = True) -> str:
        """Show a prompt and get a line."""
        await self.write(prompt)
        self._discipline.begin()
        self._asking = True
        try:
            while True:
                result = self._discipline.read_line(echo=echo)
                if result.echo:
                    await self._send(result.echo if echo or result.ended else b"")
                match result.ended:
                    case Ended.LINE:
                        return result.line
                    case Ended.INTERRUPT:
                        raise Interrupted
                    case Ended.END_OF_INPUT:
                        raise EndOfInput
                await self._wait()
        except HungUp:
            raise HungUp(self._discipline.typed if echo else "") from None
        finally:
            self._asking = False

    async def key(self, prompt: str) -> str:
        """Show a prompt, get a key, and take the prompt away again."""
        await self.write(prompt)
        self._asking = True
        try:
            while True:
                result = self._discipline.read_key()
                if result.ended is not None:
                    break
                await self._wait()
        finally:
            self._asking = False
        await self._send(b"\b \b" * len(prompt) if result.ended is Ended.LINE else b"\r\n")
        if result.ended is Ended.INTERRUPT:
            raise Interrupted
        return result.line

    async def _send(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE):
            self._check()
            self._leg.send(data[start : start + PIECE])
            while self._paused:
                self._check()
                await self._wait()
        self._check()

    def _check(self) -> None:
        if self._gone:
            raise HungUp
        if self._interrupted:
            self._interrupted = False
            raise Interrupted

    async def _wait(self) -> None:
        """Until a key comes, the far end takes bytes again, or it is gone."""
        if self._gone:
            raise HungUp
        self._changed.clear()
        try:
            async with asyncio.timeout(self._idle):
                await self._changed.wait()
        except TimeoutError:
            self._leg.send(b"\r\nIdle: goodbye.\r\n")
            raise HungUp from None
        if self._gone:
            raise HungUp
