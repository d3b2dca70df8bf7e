"""SMTP and LMTP as aiosmtpd speaks them, with a stricter ear (RFC 5321, RFC 2033, RFC 2034).

Ours is the reading of a letter: aiosmtpd keeps an object for each line, and a line without an end until memory is
full, and it refuses a letter with one reply where LMTP wants one for each recipient. Ours is the reading of addresses:
its parser is made for headers, and stumbles over some of what clients send. Ours are the time a client may take, and
the enhanced status codes that are announced.
"""

import asyncio
import re
from collections.abc import Callable
from typing import AnyStr, Protocol, cast

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from offhook.mailbox.delivery import Limits
from offhook.mailbox.listeners.budget import Budget
from offhook.mailbox.listeners.letter_reader import LetterReader, NoLetter
from offhook.mailbox.listeners.strictness import split_path

LINGER_SECONDS = 10.0
"""How long a client that is sent away may take to read the last reply."""

_ENHANCED = {
    "221 Bye": "2.0.0",
    "250 OK": "2.0.0",
    "252": "2.5.2",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "552": "5.3.4",
    "555": "5.5.4",
}
_ENHANCED_ALREADY = re.compile(r"\d{3}[ -]\d\.\d{1,3}\.\d{1,3} ")


def _enhanced(reply: str) -> str:
    code = _ENHANCED.get(reply) or _ENHANCED.get(reply[:3])
    return f"{reply[:4]}{code} {reply[4:]}" if code and not _ENHANCED_ALREADY.match(reply) else reply


class Clerk(Protocol):
    """Who judges a letter; aiosmtpd calls its `handle_` methods besides."""

    async def letter(self, session: Session, envelope: Envelope, content: bytearray) -> list[str]:
        """Deliver; the reply for each recipient of the envelope, or one reply for all."""


class StrictSmtp(SMTP):
    """The SMTP side of one connection. `left` is called when it is over."""

    def __init__(self, clerk: Clerk, *, hostname: str, limits: Limits, budget: Budget) -> None:
        super().__init__(
            clerk,
            data_size_limit=limits.letter,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="offhook",
            timeout=limits.silence,
            command_call_limit={"*": 1000, "RCPT": limits.recipients * 10},
        )
        self.left: Callable[[], object] = lambda: None
        self._clerk = clerk
        self._limits = limits
        self._budget = budget
        self._held = 0
        self._heard: float | None = None

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is over."""
        self.left()
        super().connection_lost(error)

    def _timeout_cb(self) -> None:
        """A client said nothing for too long. One that does not read either must not keep its place."""
        transport = cast("asyncio.WriteTransport | None", self.transport)
        if transport is None:
            return
        if not transport.is_closing():
            transport.write(b"421 4.4.2 Nothing was heard for too long\r\n")
            transport.close()
        self.loop.call_later(LINGER_SECONDS, transport.abort)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        return split_path(arg) or (None, None)

    async def push(self, status: AnyStr) -> None:
        """Send a reply, with an enhanced status code (RFC 2034 4) if it is one of aiosmtpd's own."""
        await super().push(_enhanced(status) if isinstance(status, str) else status)
        await asyncio.sleep(0)  # a client that sends commands without end leaves the others their turn

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        """Read a letter and have it judged."""
        assert self.envelope is not None
        assert self.session is not None
        if await self.check_helo_needed():
            return
        if not self.envelope.rcpt_tos or arg:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        try:
            replies = await self._judged()
        finally:
            self._forget()
        self.envelope = self._create_envelope()
        await self.push(self._joined(replies))

    async def _judged(self) -> list[str]:
        """The replies to the letter that comes now."""
        assert self.envelope is not None
        assert self.session is not None
        try:
            async with asyncio.timeout(self._limits.transfer):
                content = await self._read()
        except TimeoutError:
            self._timeout_cb()
            raise asyncio.CancelledError from None  # what is left of the letter must not be read as commands
        except NoLetter as why:
            await self.push(str(why))
            cast(asyncio.WriteTransport, self.transport).close()
            raise asyncio.CancelledError from None
        self._reset_timeout()
        if isinstance(content, str):
            return [content] * len(self.envelope.rcpt_tos)
        return await self._clerk.letter(self.session, self.envelope, content)

    async def _read(self) -> bytearray | str:
        letter = LetterReader(self._reader, self._hold, most=self._limits.letter, longest_line=self.line_length_limit)
        self._heard = self.loop.time()
        try:
            return await letter.read()
        finally:
            self._heard = None

    def data_received(self, data: bytes) -> None:
        """Bytes have come. A client whose letter comes slowly is not silent."""
        super().data_received(data)
        if self._heard is not None and self.loop.time() > self._heard + self._limits.silence / 10:
            self._heard = self.loop.time()
            self._reset_timeout()

    def _forget(self) -> None:
        """The letter is no longer in memory, or will not be in a moment."""
        self._budget.give_back(self._held)
        self._held = 0

    def _hold(self, size: int) -> bool:
        """Whether a letter that is to have `size` bytes so far finds room in memory."""
        more = max(size - self._limits.small - self._held, 0)
        if not self._budget.take(more):
            return False
        self._held += more
        return True

    def _joined(self, replies: list[str]) -> str:
        return replies[0]


class StrictLmtp(StrictSmtp):
    """The same for LMTP: another greeting, and a reply for each recipient (RFC 2033 4)."""

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:
        """The greeting."""
        await super().smtp_EHLO(arg)

    async def smtp_HELO(self, hostname: str) -> None:
        """Not a command of LMTP."""
        await self.push("500 5.5.1 This is LMTP: say LHLO")

    async def smtp_EHLO(self, hostname: str) -> None:
        """Not a command of LMTP."""
        await self.push("500 5.5.1 This is LMTP: say LHLO")

    def _joined(self, replies: list[str]) -> str:
        return "\r\n".join(replies)
