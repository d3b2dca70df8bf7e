"""A smarthost for tests: aiosmtpd in the test's own loop, with replies by script."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).with_name("smtp_server.pem")
"""For localhost and 127.0.0.1 and a hundred years, signed by itself, with its key."""

USER, PASSWORD = "operator", "correct horse"


def trusting() -> ssl.SSLContext:
    """A client's context that trusts the server here, and no other."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def _served() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


@dataclass
class SmarthostServer:
    """What was taken, and the replies: by recipient, to MAIL, and after the letter."""

    port: int = 0
    connections: int = 0
    taken: list[tuple[str, tuple[str, ...], bytes]] = field(default_factory=list)
    helo: str = ""
    mail_options: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    mail_reply: str = ""
    data_reply: str = ""
    hangs_up: bool = False

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mail_reply:
            return self.mail_reply
        envelope.mail_from = address  # "<>" for the null sender, as aiosmtpd wants it
        self.helo = session.host_name or ""
        self.mail_options = options
        return "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        reply = self.replies.get(address, "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.hangs_up:
            assert server.transport is not None
            server.transport.close()
        if self.data_reply:
            return self.data_reply
        assert isinstance(envelope.content, bytes)
        self.secured.append(session.ssl is not None)
        self.taken.append(((envelope.mail_from or "").removeprefix("<>"), tuple(envelope.rcpt_tos), envelope.content))
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append(data.login.decode())
        right = data.login == USER.encode() and data.password == PASSWORD.encode()
        return AuthResult(success=right, handled=False)


@asynccontextmanager
async def smarthost_server(
    security: Literal["none", "starttls", "tls"] = "none", *, login: bool = False
) -> AsyncIterator[SmarthostServer]:
    """A server on a free port of 127.0.0.1, which with `login` asks for USER and PASSWORD."""
    server = SmarthostServer()

    def make() -> SMTP:
        server.connections += 1
        options: dict[str, Any] = {"hostname": "smarthost.test", "enable_SMTPUTF8": False}
        if security == "starttls":
            options |= {"tls_context": _served(), "require_starttls": True}
        if login:
            options |= {
                "authenticator": server.authenticate,
                "auth_required": True,
                "auth_require_tls": security == "starttls",
            }
        return SMTP(server, **options)

    context = _served() if security == "tls" else None
    listener = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=context)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()
