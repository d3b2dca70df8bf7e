"""Local delivery: from an address to a subscriber's maildrop.

An address is ours if its domain is, or if it has none. Its local part leads to an account of that
name, whatever the case, to the account an alias names, or, with `+detail` taken off, to either.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from offhook.mailbox.accounts import AccountError, AccountFile, folded
from offhook.mailbox.letters import Append, Maildrop, MaildropFailure, TemporaryFailure, prepare_for_delivery

log = logging.getLogger(__name__)


class LocalDelivery:
    """Delivers to the subscribers of one host. `delivered` is called with the account's name after each letter."""

    def __init__(
        self,
        accounts: AccountFile,
        maildrop_of: Callable[[str], Maildrop],
        *,
        domains: tuple[str, ...],
        aliases: Mapping[str, str] | None = None,
        delivered: Callable[[str], None] | None = None,
    ) -> None:
        self._accounts = accounts
        self._maildrop_of = maildrop_of
        self._domains = frozenset(domain.lower() for domain in domains)
        self._aliases = {folded(alias): folded(name) for alias, name in (aliases or {}).items()}
        self._delivered = delivered
        self.domain = domains[0].lower()

    def is_local(self, address: str) -> bool:
        """Whether letters to `address` are for this host."""
        local, at, domain = address.rpartition("@")
        return not at or not local or domain.lower().removesuffix(".") in self._domains

    def subscriber(self, address: str) -> str | None:
        """The account that letters to a local address go to, or None. Raises `TemporaryFailure`."""
        try:
            return self._found(address)
        except (AccountError, OSError) as error:
            log.error("the accounts cannot be read: %s", error)
            raise TemporaryFailure("The accounts cannot be read at the moment.") from error

    def _found(self, address: str) -> str | None:
        local = address.rpartition("@")[0] or address
        for name in (folded(local), folded(local.partition("+")[0])):
            name = self._aliases.get(name, name)
            if self._accounts.find(name) is not None:
                return name
        if folded(local) == "postmaster":
            return next((account.name for account in self._accounts.all()), None)
        return None

    async def deliver(self, account: str, sender: str, recipient: str, letter: bytes, received: str) -> None:
        """Put a letter into an account's maildrop; it is durable on return.

        `recipient` is the forward-path as given, `received` the value of the Received field. Raises
        `TemporaryFailure` if the maildrop cannot take it now, `PermanentFailure` if it never will.
        """
        await (await self.stage(account, sender, recipient, letter, received)).commit()

    async def stage(self, account: str, sender: str, recipient: str, letter: bytes, received: str) -> "StagedCopy":
        """Write a letter into an account's maildrop as `deliver` does, but not so that it is there already."""
        kept = prepare_for_delivery(letter, sender, recipient, received)
        with _as_temporary_failure(account):
            append = await self._maildrop_of(account).begin()
            try:
                await append.write(kept)
            except BaseException:
                await asyncio.shield(append.abort())
                raise
        return StagedCopy(account, append, self._tell)

    def _tell(self, account: str) -> None:
        if self._delivered is None:
            return
        try:
            self._delivered(account)
        except Exception:  # the letter is there, and must not be sent again because nobody could be told
            log.exception("that a letter came for %s could not be told", account)


class StagedCopy:
    """A letter that is in a maildrop after `commit`, and nowhere before."""

    def __init__(self, account: str, append: Append, delivered: Callable[[str], None]) -> None:
        self._account = account
        self._append = append
        self._delivered = delivered

    async def commit(self) -> None:
        """Make it durable and visible. Raises `TemporaryFailure`, and then it is nowhere."""
        with _as_temporary_failure(self._account):
            try:
                await self._append.commit()
            finally:
                await self.abort()
        self._delivered(self._account)

    async def abort(self) -> None:
        """Leave no trace; harmless after `commit`."""
        await asyncio.shield(self._append.abort())


@contextmanager
def _as_temporary_failure(account: str) -> Iterator[None]:
    try:
        yield
    except (MaildropFailure, OSError) as error:
        log.warning("delivery to %s failed: %s", account, error)
        raise TemporaryFailure("The mailbox cannot take letters at the moment.") from error
