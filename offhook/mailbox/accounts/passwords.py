"""Passwords: argon2id for new ones; every check behind the throttle, in the same time for a name that is not there."""

import asyncio
import re
import time
from dataclasses import replace

from offhook.mailbox.accounts.backend import Backend, FilePasswords
from offhook.mailbox.accounts.hashes import hasher
from offhook.mailbox.accounts.residents import Residents
from offhook.mailbox.accounts.subscribers import NAME, Account, AccountError, AccountFile, folded
from offhook.mailbox.accounts.throttle import Throttle

LONGEST_PASSWORD = 1024
"""Characters; a longer one is no password."""
_UNTYPED = re.compile(r"[\0-\x1f\x7f-\x9f\ud800-\udfff]")


def make_hash(password: str) -> str:
    """The hash of a new password; raises `AccountError` for one that is empty, too long, or could not be typed."""
    if not 1 <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(f"A password has 1 to {LONGEST_PASSWORD} characters.")
    if _UNTYPED.search(password):
        raise AccountError("A password is UTF-8 text without control characters.")
    return hasher().hash(password)


class PasswordCheck:
    """Says whether a password is right.

    The file has the last word: who is locked there does not get in, whatever the back end says.
    """

    def __init__(
        self,
        accounts: AccountFile,
        backend: Backend | None = None,
        *,
        refusal: float = 0.0,
        residents: Residents | None = None,
    ) -> None:
        """`backend` checks passwords (None: the hashes in the file); no refusal is given sooner than after `refusal`
        seconds, for back ends that may be quicker about some names than about others. `residents` knows where the
        letters of those are who are not in the file.
        """
        self._accounts = accounts
        self._backend = backend or FilePasswords(accounts)
        self._refusal = refusal
        self._residents = residents or Residents(accounts)
        self._throttle = Throttle()

    async def verify(self, name: str, password: str, origin: str) -> Account | None:
        """The account, or None for a wrong name or password, or a locked account. `origin` is a line or address.

        Raises `AccountError` if nobody can be let in at present.
        """
        name = folded(name)
        named, source = (f"name {name[:64]}",), (f"origin {origin}",)  # unknown names wait as known ones do
        wait = self._throttle.wait(named + source, time.monotonic())
        self._throttle.failed(named, time.monotonic())  # counted before it is known, so that tries in parallel wait too
        if wait:
            await asyncio.sleep(wait)
        begun = time.monotonic()
        account = await self._judged(name, password)
        if account is not None:
            self._throttle.succeeded(named)  # not the source: a guesser may have an account of his own
            return account
        self._throttle.failed(source, time.monotonic())
        left = begun + self._refusal - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)
        return None

    async def _judged(self, name: str, password: str) -> Account | None:
        known = self._accounts.find(name)
        accepted = await self._backend.accepts(name if NAME.fullmatch(name) else "", password[:LONGEST_PASSWORD])
        if accepted is None or not NAME.fullmatch(name) or len(password) > LONGEST_PASSWORD:
            return None
        if known is None:
            resident = await asyncio.to_thread(self._residents.elsewhere, name)
            return accepted if resident is None else replace(resident, full_name=accepted.full_name)
        return None if known.locked else replace(known, full_name=known.full_name or accepted.full_name)

    def close(self) -> None:
        """Wait for no check any more."""
        self._backend.close()
