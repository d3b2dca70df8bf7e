"""Passwords: argon2id, checked off the event loop, in the same time for a name that is not there."""

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from offhook.mailbox.accounts.subscribers import Account, AccountError, AccountFile, folded
from offhook.mailbox.accounts.throttle import Throttle

LONGEST_PASSWORD = 1024
"""Characters; a longer one is no password."""
_UNTYPED = re.compile(r"[\0-\x1f\x7f-\x9f\ud800-\udfff]")
WORKERS = 2
"""Checks at the same time: each takes 19 MiB."""


def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # the least that OWASP advises


def make_hash(password: str) -> str:
    """The hash of a new password; raises `AccountError` for one that is empty, too long, or could not be typed."""
    if not 1 <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(f"A password has 1 to {LONGEST_PASSWORD} characters.")
    if _UNTYPED.search(password):
        raise AccountError("A password is UTF-8 text without control characters.")
    return _hasher().hash(password)


class PasswordCheck:
    """Says whether a password is right, for one account file."""

    def __init__(self, accounts: AccountFile) -> None:
        self._accounts = accounts
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="password")
        self._throttle = Throttle()
        self._hasher = _hasher()
        self._nobody = self._hasher.hash("nobody has this password")

    async def verify(self, name: str, password: str, origin: str) -> Account | None:
        """The account, or None for a wrong name or password, or a locked account. `origin` is a line or address."""
        account = self._accounts.find(name)
        named, source = (f"name {folded(name)[:64]}",), (f"origin {origin}",)  # unknown names wait as known ones do
        wait = self._throttle.wait(named + source, time.monotonic())
        self._throttle.failed(named, time.monotonic())  # counted before it is known, so that tries in parallel wait too
        if wait:
            await asyncio.sleep(wait)
        hash_ = account.hash if account is not None and account.hash else self._nobody
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._workers, self._matches, hash_, password[:LONGEST_PASSWORD])
        right = right and len(password) <= LONGEST_PASSWORD
        if account is not None and account.hash and right and not account.locked:
            self._throttle.succeeded(named)  # not the source: a guesser may have an account of his own
            return account
        self._throttle.failed(source, time.monotonic())
        return None

    def _matches(self, hash_: str, password: str) -> bool:
        try:
            return self._hasher.verify(hash_, password.encode("utf-8", "replace"))
        except (VerificationError, InvalidHashError, UnicodeEncodeError):  # the last: a hash that is no ASCII
            return False

    def close(self) -> None:
        """Wait for no check any more."""
        self._workers.shutdown(wait=False, cancel_futures=True)
