"""An IMAP server as the host knows it: where it is, how it is trusted, and how one logs in to it."""

import imaplib
import re
import ssl
from dataclasses import dataclass, field
from typing import Any, Literal

from imapclient import IMAPClient

from offhook.mailbox.imap.wire import ANSWER, SILENCE, Wire

Security = Literal["starttls", "tls", "none"]
_CODE = re.compile(rb"\s*\[([A-Za-z-]+)")
_UNTYPED = re.compile(r"[\0\r\n]")
_LATER = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN"})
"""Codes of a refused login that do not speak of the password (RFC 9051 7.1)."""


class Refused(Exception):
    """The server has said NO or BAD. `code` is its response code, or empty; its text is kept from callers."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class LoginRefused(Exception):
    """Name or password is wrong."""


def refusal(data: Any) -> Refused:
    """What a refusal says."""
    text = data[-1] if isinstance(data, list | tuple) and data else data
    octets = text if isinstance(text, bytes) else str(text).encode("utf-8", "replace")
    found = _CODE.match(octets)
    return Refused(found[1].decode().upper() if found else "", repr(octets[:200]))


class _Client(IMAPClient):  # type: ignore[misc]  # it has no types
    """imapclient on a wire of ours."""

    def _create_IMAP4(self) -> Wire:
        return Wire(self.host, self.port, self.ssl_context if self.ssl else None)


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where the letters are. `login` makes of an account's name what the server knows: `{user}@example.org`.

    With `master_user` every account is opened by that user's password (single sign-on); else each by its own.
    `ca_file` is believed besides nothing else, if it is given; the certificate must be for `host` in any case.
    """

    host: str
    port: int = 143
    security: Security = "starttls"
    login: str = "{user}"
    master_user: str = ""
    master_password: str = field(default="", repr=False)
    ca_file: str = ""

    def connect(self, account: str, password: str | None) -> Any:
        """An imapclient that is logged in. Raises `LoginRefused`, `Refused`, `OSError`, or what imaplib raises."""
        if _UNTYPED.search(account + (password or "")):
            raise LoginRefused
        tls = ssl.create_default_context(cafile=self.ca_file or None) if self.security != "none" else None
        client = _Client(self.host, self.port, ssl=self.security == "tls", ssl_context=tls, timeout=SILENCE)
        try:
            client._imap.debug = 0  # else passwords go to the debug log
            if self.security == "starttls":
                client.starttls(tls)
            client._imap.allow(ANSWER, SILENCE)
            self._log_in(client, account, password)
        except BaseException:  # cancelled too: no connection is left open
            client._imap.shutdown()
            raise
        client._cached_capabilities = None  # those before the login were others
        return client

    def _log_in(self, client: Any, account: str, password: str | None) -> None:
        user = self.login.replace("{user}", account)
        identity, secret = (user, password or "") if password is not None else (self.master_user, self.master_password)
        as_user = "" if identity == user else user
        wire = client._imap
        if client._imap.state != "NONAUTH":
            raise Refused("", "logged in before a password was asked for")
        try:
            if client.has_capability("AUTH=PLAIN"):
                said = f"{as_user}\0{identity}\0{secret}".encode("utf-8", "replace")
                wire.authenticate("PLAIN", lambda _challenge: said)
            elif client.has_capability("LOGINDISABLED") or as_user:
                raise Refused("", "no way to log in")
            elif not (identity + secret).isascii():
                raise LoginRefused
            else:
                wire.login(identity, secret)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            refused = refusal(str(error).encode("utf-8", "replace"))
            if refused.code in _LATER:
                raise refused from None
            raise LoginRefused from None
