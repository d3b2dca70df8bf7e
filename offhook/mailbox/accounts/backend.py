"""Who says whether a password is right: the seam between a login and the account file, PAM, Dovecot or IMAP."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from offhook.mailbox.accounts.hashes import hasher, kind_of, matches
from offhook.mailbox.accounts.subscribers import Account, AccountFile

WORKERS = 2
"""Checks at the same time: each takes a processor, and 19 MiB where the hash is of the least kind."""
MOST_KINDS = 4
"""Kinds of hashes that one refusal costs at most."""


class Backend(Protocol):
    """Checks passwords. Names are folded and of the form of account names; the throttle stands before it."""

    async def accepts(self, name: str, password: str) -> Account | None:
        """The account, or None if name or password is wrong. Raises `AccountError` if that cannot be told now."""

    def close(self) -> None:
        """Wait for no check any more."""


class FilePasswords:
    """The hashes of the account file. A refusal costs one hash of each kind in the file, whoever was named."""

    def __init__(
        self,
        accounts: AccountFile,
        check: Callable[[str, str], bool] = matches,
        make: Callable[[str], object] = lambda password: hasher().hash(password.encode("utf-8", "replace")),
    ) -> None:
        """`make` costs what a check costs: it is done where the file has no hash to check."""
        self._accounts = accounts
        self._check = check
        self._make = make
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="password")

    async def accepts(self, name: str, password: str) -> Account | None:
        """The account; the work is done off the event loop."""
        account = self._accounts.find(name)
        hash_ = account.hash if account is not None else ""
        others = [each for each in self._kinds() if kind_of(each) != kind_of(hash_)]
        right = await asyncio.get_running_loop().run_in_executor(self._workers, self._judge, hash_, others, password)
        return account if right else None

    def close(self) -> None:
        """Wait for no check any more."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _kinds(self) -> list[str]:
        """One hash of each kind that is in the file."""
        return list(self._accounts.kinds().values())[:MOST_KINDS]

    def _judge(self, hash_: str, others: list[str], password: str) -> bool:
        if hash_ and self._check(hash_, password):
            return True
        for other in others:
            self._check(other, password)
        if not hash_ and not others:
            self._make(password)
        return False
