"""Who checks passwords: made from the configuration."""

import asyncio
from pathlib import Path

from offhook.config import Config
from offhook.mailbox.accounts import Account, AccountError, Backend, DovecotPasswords, PamPasswords
from offhook.mailbox.imap import ImapServer, login_works
from offhook.mailbox.letters import MaildropFailure

REFUSAL = 2.0
"""Seconds before a refusal is told, where somebody else has judged who may be quicker about some names than others."""
LOGINS_AT_ONCE = 8


class ImapPasswords:
    """A `Backend`: whom the mail server lets in."""

    def __init__(self, server: ImapServer) -> None:
        self._server = server
        self._turns = asyncio.Semaphore(LOGINS_AT_ONCE)

    async def accepts(self, name: str, password: str) -> Account | None:
        """The account, if the server lets it in."""
        try:
            async with self._turns:
                return Account(name, "") if name and await login_works(self._server, name, password) else None
        except MaildropFailure as why:
            raise AccountError(f"{self._server.host} cannot be asked: {why}") from why

    def close(self) -> None:
        """Nothing is kept open."""


def backend(config: Config, folder: Path, server: ImapServer | None) -> tuple[Backend | None, float]:
    """Who checks passwords, None for the account file itself; and the seconds before a refusal."""
    chosen = config.accounts
    match chosen.backend:
        case "pam":
            return PamPasswords(chosen.service), REFUSAL
        case "dovecot":
            return DovecotPasswords(folder / chosen.socket, chosen.login), REFUSAL
        case "imap" if server is not None:
            return ImapPasswords(server), REFUSAL
    return None, 0.0
