"""SMTP and LMTP listeners: aiosmtpd speaks, this decides (RFC 5321, RFC 2033).

The order that matters: 250 after the lone dot is said only when every recipient's copy is on disk. A
recipient that is not here is refused at RCPT, so that no bounce is needed later. LMTP has a
reply for each recipient, SMTP one for all: if then some copies cannot be delivered now, they are
spooled; only if nothing could be kept is the sender told to try again.
"""

import asyncio
import logging
import os
import secrets
import socket
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from offhook.mailbox.delivery.local import LocalDelivery
from offhook.mailbox.delivery.strictness import fault
from offhook.mailbox.letters import Envelope as LetterEnvelope
from offhook.mailbox.letters import PermanentFailure, TemporaryFailure, is_valid_address, received_line

log = logging.getLogger(__name__)

NULL_SENDER = "<>"
"""What aiosmtpd has for the null sender, whose reverse-path is empty."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a listener: bytes of a letter, recipients of one, connections in all and from one address, seconds."""

    letter: int = 25_000_000
    recipients: int = 100
    connections: int = 100
    connections_each: int = 20
    silence: float = 120.0


class Outbox(Protocol):
    """Where copies wait that cannot be delivered now."""

    async def put(self, envelope: LetterEnvelope, letter: bytes) -> None:
        """Keep a letter durably. Raises `TemporaryFailure`."""


class _Handler:
    """aiosmtpd's hooks for one listener; the names are aiosmtpd's."""

    def __init__(self, local: LocalDelivery, outbox: Outbox | None, limits: Limits, *, lmtp: bool) -> None:
        self._local = local
        self._outbox = outbox
        self._limits = limits
        self._lmtp = lmtp

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address != NULL_SENDER and not is_valid_address(address):
            return "553 5.1.7 That sender is no address"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= self._limits.recipients:
            return "452 4.5.3 Too many recipients"
        if not is_valid_address(address, need_domain=False):
            return "553 5.1.3 That recipient is no address"
        if not self._local.is_local(address):
            return "550 5.7.1 This host does not relay"
        try:
            if self._local.subscriber(address) is None:
                return "550 5.1.1 There is no such user here"
        except TemporaryFailure as why:
            return f"451 4.3.0 {why}"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        recipients = list(envelope.rcpt_tos)
        wrong = fault(content)
        if wrong is not None:
            return self._replies([f"554 5.6.0 Refused: {wrong}"] * len(recipients))
        replies = [await self._copy(session, envelope, recipient, content) for recipient in recipients]
        if not self._lmtp and len({reply[0] for reply in replies}) > 1:
            replies = await self._keep_the_rest(envelope, recipients, replies, content)
        return self._replies(replies)

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours must not make the sender give the letter up."""
        log.error("a mail connection stumbled", exc_info=error)
        return "451 4.3.0 That failed here; try again later"

    async def _copy(self, session: Session, envelope: Envelope, recipient: str, content: bytes) -> str:
        try:
            account = self._local.subscriber(recipient)
        except TemporaryFailure as why:
            return f"451 4.3.0 {why}"
        if account is None:
            return "550 5.1.1 There is no such user here any more"
        received = received_line(
            helo=session.host_name or "",
            peer=_peer(session.peer),
            by=self._local.domain,
            protocol="LMTP" if self._lmtp else "ESMTP" if session.extended_smtp else "SMTP",
            ident=secrets.token_hex(6),
            recipient=recipient,
            date=datetime.now().astimezone(),
        )
        try:
            await self._local.deliver(account, _sender(envelope), recipient, content, received)
        except PermanentFailure as why:
            return f"554 5.4.6 {why}"
        except TemporaryFailure as why:
            return f"451 4.3.0 {why}"
        return "250 2.0.0 Delivered"

    async def _keep_the_rest(
        self, envelope: Envelope, recipients: list[str], replies: list[str], content: bytes
    ) -> list[str]:
        """Spool the copies that failed for now, since the one reply of SMTP is 250 for those that did not."""
        failed = [to for to, reply in zip(recipients, replies, strict=True) if reply.startswith("4")]
        if self._outbox is None or not failed:
            return replies
        try:
            await self._outbox.put(LetterEnvelope(_sender(envelope), tuple(failed)), content)
        except TemporaryFailure:
            return replies
        return ["250 2.0.0 Kept" if reply.startswith("4") else reply for reply in replies]

    def _replies(self, replies: list[str]) -> str:
        """LMTP: a line each. SMTP: the one that asks most of the sender; 4xx before 5xx, since a retry may help."""
        if self._lmtp:
            return "\r\n".join(replies)
        return min(replies, key=lambda reply: "452".index(reply[0]))


def _sender(envelope: Envelope) -> str:
    return "" if envelope.mail_from in (None, NULL_SENDER) else str(envelope.mail_from)


def _peer(peer: Any) -> str:
    return str(peer[0]) if isinstance(peer, tuple) and peer else ""


class _Counted:
    """Makes a protocol for each connection, and turns away what is over the limits."""

    def __init__(self, make: Callable[[], SMTP], limits: Limits) -> None:
        self._make = make
        self._limits = limits
        self._open: Counter[str] = Counter()

    def __call__(self) -> asyncio.Protocol:
        return _Gatekeeper(self._make, self)

    def enter(self, peer: str) -> bool:
        """Count a connection; false if it is one too many."""
        if self._open.total() >= self._limits.connections:
            return False
        if peer and self._open[peer] >= self._limits.connections_each:
            return False
        self._open[peer] += 1
        return True

    def leave(self, peer: str) -> None:
        """A counted connection has ended."""
        self._open[peer] -= 1
        if self._open[peer] <= 0:
            del self._open[peer]


class _Gatekeeper(asyncio.Protocol):
    """Stands before aiosmtpd's protocol for one connection, and hands everything on if there is room."""

    def __init__(self, make: Callable[[], SMTP], counted: _Counted) -> None:
        self._make = make
        self._counted = counted
        self._inner: SMTP | None = None
        self._peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._peer = _peer(transport.get_extra_info("peername"))
        if self._counted.enter(self._peer):
            self._inner = self._make()
            transport.set_protocol(self._inner)
            lost = self._inner.connection_lost

            def connection_lost(error: Exception | None) -> None:
                self._counted.leave(self._peer)
                lost(error)

            self._inner.connection_lost = connection_lost  # type: ignore[method-assign]
            self._inner.connection_made(transport)
        else:
            transport.write(b"421 4.7.0 Too many connections\r\n")  # type: ignore[attr-defined]
            transport.close()


class SmtpListener:
    """SMTP on a TCP address."""

    def __init__(self, local: LocalDelivery, outbox: Outbox | None, *, hostname: str, limits: Limits) -> None:
        handler = _Handler(local, outbox, limits, lmtp=False)
        self._factory = _Counted(lambda: _smtp(SMTP, handler, hostname, limits), limits)
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; the address and port really listened on. Raises `OSError`."""
        self._server = await asyncio.get_running_loop().create_server(self._factory, host, port)
        name = self._server.sockets[0].getsockname()
        return str(name[0]), int(name[1])

    def close(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()


class LmtpListener:
    """LMTP on a Unix socket, which only the host's own user can reach."""

    def __init__(self, local: LocalDelivery, *, hostname: str, limits: Limits) -> None:
        handler = _Handler(local, None, limits, lmtp=True)
        self._factory = _Counted(lambda: _smtp(LMTP, handler, hostname, limits), limits)
        self._server: asyncio.Server | None = None
        self._path: Path | None = None

    async def start(self, path: Path) -> None:
        """Listen; a socket that a host now dead left behind is replaced. Raises `OSError`."""
        _clear_the_way(path)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        self._server = await asyncio.get_running_loop().create_unix_server(self._factory, temporary)
        temporary.chmod(0o600)
        temporary.replace(path)
        self._path = path

    def close(self) -> None:
        """Take no more connections, and take the socket away."""
        if self._server is not None:
            self._server.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None


def _smtp(kind: type[SMTP], handler: _Handler, hostname: str, limits: Limits) -> SMTP:
    server = kind(
        handler,
        data_size_limit=limits.letter,
        enable_SMTPUTF8=True,
        hostname=hostname,
        ident="offhook",
        timeout=limits.silence,
        command_call_limit={"*": 1000, "RCPT": limits.recipients * 10},
    )
    server.local_part_limit = 64
    return server


def _clear_the_way(path: Path) -> None:
    """Remove a dead socket at `path`; raises `OSError` if something else is there, or somebody listens on it."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise FileExistsError(17, "is there already and is no socket: remove it or name another", str(path))
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise OSError(98, "another host listens there: stop it or name another", str(path))
