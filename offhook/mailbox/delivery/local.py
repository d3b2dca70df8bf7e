"""Local delivery: from an address to a subscriber's maildrop.

An address is ours if its domain is, or if it has none. Its local part leads to an account of that
name, whatever the case, to the account an alias names, or, with `+detail` taken off, to either.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping

from offhook.mailbox.accounts import AccountError, AccountFile, folded
from offhook.mailbox.letters import Maildrop, MaildropFailure, TemporaryFailure, prepare_for_delivery

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
        return not at or not local or domain.lower() in self._domains

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
        kept = prepare_for_delivery(letter, sender, recipient, received)
        try:
            append = await self._maildrop_of(account).begin()
            try:
                await append.write(kept)
                await append.commit()
            finally:
                await asyncio.shield(append.abort())
        except (MaildropFailure, OSError) as error:
            log.warning("delivery to %s failed: %s", account, error)
            raise TemporaryFailure("The mailbox cannot take letters at the moment.") from error
        if self._delivered is not None:
            try:
                self._delivered(account)
            except Exception:  # the letter is there, and must not be sent again because nobody could be told
                log.exception("that a letter came for %s could not be told", account)
