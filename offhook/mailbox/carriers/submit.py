"""Letters handed to the smarthost by SMTP (RFC 5321, RFC 6409), with TLS whose certificate is verified.

What the server says of a letter decides about it: 4xx is to try again, 5xx is for good. What it says of us (a wrong
password, no TLS) is the operator's to mend, and no reason to send letters back: that counts as a failure for now.
"""

import asyncio
import ipaddress
import logging
import ssl
import time
from collections.abc import Callable
from typing import Literal

import aiosmtplib

from offhook.mailbox.carriers.well_addressed import well_addressed
from offhook.mailbox.letters import PermanentFailure, TemporaryFailure, wire_form
from offhook.mailbox.spool import Failure, one_line

log = logging.getLogger(__name__)

Security = Literal["starttls", "tls", "none"]

CONNECT_SECONDS = 30.0
REPLY_SECONDS = 300.0
"""Longest wait for a reply (RFC 5321 4.5.3.2 asks for five minutes and more)."""
LETTER_SECONDS = 1_800.0
"""Longest that one letter may take in all."""
ABOUT_US = frozenset({530, 534, 535, 538})
"""Replies that ask for other credentials or for TLS (RFC 4954 6), whatever command they answer."""
REST_SECONDS = 30.0
"""After a connection that failed, letters are put off for so long without trying again, lest each waits its turn."""


class Smarthost:
    """The server that takes letters for other hosts. `port` 587 is usual for STARTTLS, 465 for TLS from the start."""

    def __init__(
        self,
        host: str,
        port: int,
        security: Security = "starttls",
        user: str = "",
        password: str = "",
        *,
        hostname: str = "localhost",
        context: ssl.SSLContext | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`hostname` is what we call ourselves; `context` says whose certificates count, by default the system's."""
        self._host = host
        self._port = port
        self._security = security
        self._user = user
        self._password = password
        self._hostname = hostname
        self._context = context or ssl.create_default_context()
        self._now = now
        self._rests_until = float("-inf")
        self._trouble = ""

    async def submit(self, sender: str, recipients: tuple[str, ...], letter: bytes) -> dict[str, Failure | None]:
        """Hand over a letter; what became of it for each recipient, None if the server has taken it. Never raises."""
        outcome, good = well_addressed(sender, recipients)
        if not good:
            return outcome
        if self._now() < self._rests_until:
            return outcome | dict.fromkeys(good, TemporaryFailure(self._trouble))
        try:
            async with asyncio.timeout(LETTER_SECONDS):
                return outcome | await self._deliver(sender, good, letter)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            log.warning("the smarthost %s did not take a letter: %s", self._host, one_line(str(error)))
            failure = TemporaryFailure(f"The smarthost {self._host} failed: {one_line(str(error)) or 'no answer'}")
            return outcome | dict.fromkeys(good, failure)

    async def _deliver(self, sender: str, recipients: tuple[str, ...], letter: bytes) -> dict[str, Failure | None]:
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",
            tls_context=self._context if self._security != "none" else None,
            local_hostname=self._hostname,
            timeout=REPLY_SECONDS,
        )
        try:
            await self._connect(client)
            outcome = await _transact(client, sender, recipients, letter)
            try:
                await client.quit(timeout=CONNECT_SECONDS)
            except (aiosmtplib.SMTPException, OSError):
                log.debug("the smarthost %s did not say goodbye", self._host)
            return outcome
        finally:
            client.close()

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.connect(timeout=CONNECT_SECONDS)
            await _greet(client)
            if self._user:
                if self._security == "none" and not _is_loopback(client.get_transport_info("peername")):
                    raise aiosmtplib.SMTPException("a password is not sent without TLS")
                await client.login(self._user, self._password)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self._rests_until = self._now() + REST_SECONDS
            self._trouble = f"The smarthost {self._host} failed: {one_line(str(error)) or 'no answer'}"
            raise


async def _greet(client: aiosmtplib.SMTP) -> None:
    """Say EHLO, which STARTTLS may have done already, or HELO to a server that knows no EHLO (RFC 5321 3.2)."""
    if not client.is_ehlo_or_helo_needed:
        return
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()


async def _transact(
    client: aiosmtplib.SMTP, sender: str, recipients: tuple[str, ...], letter: bytes
) -> dict[str, Failure | None]:
    """One mail transaction. Raises what `aiosmtplib` does when the connection fails."""
    options = ["BODY=8BITMIME"] if not letter.isascii() and client.supports_extension("8bitmime") else []
    outcome: dict[str, Failure | None] = dict.fromkeys(recipients)
    try:
        refused, _ = await client.sendmail(sender, recipients, wire_form(letter), mail_options=options)
    except aiosmtplib.SMTPRecipientsRefused as error:
        return outcome | {each.recipient: _failure(each.code, each.message) for each in error.recipients}
    except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
        return dict.fromkeys(recipients, _failure(error.code, error.message))
    return outcome | {address: _failure(reply.code, reply.message) for address, reply in refused.items()}


def _failure(code: int, message: str) -> Failure:
    """A reply that was no success; one that is neither 4xx nor 5xx is a fault of the server's, which may pass."""
    text = one_line(f"{code} {message}")
    return PermanentFailure(text) if 500 <= code <= 599 and code not in ABOUT_US else TemporaryFailure(text)


def _is_loopback(peer: object) -> bool:
    try:
        return isinstance(peer, tuple) and ipaddress.ip_address(str(peer[0]).partition("%")[0]).is_loopback
    except ValueError:
        return False
