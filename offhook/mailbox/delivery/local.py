"""Local delivery: from an address to the maildrops, and the addresses elsewhere, that it leads to."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial

from offhook.mailbox.accounts import AccountError, Directory, folded
from offhook.mailbox.delivery.alias_file import AliasFile, AliasFileError
from offhook.mailbox.delivery.expansion import AddressBook, Copy, Forward
from offhook.mailbox.delivery.handover import Handover
from offhook.mailbox.delivery.outbox import Outbox
from offhook.mailbox.delivery.staged_copy import Acting, StagedCopy, abandoned, as_temporary_failure
from offhook.mailbox.letters import (
    Append,
    Maildrop,
    Octets,
    PermanentFailure,
    Recognizing,
    TemporaryFailure,
    prepare_for_delivery,
)

log = logging.getLogger(__name__)

FolderOf = Callable[[str, str], Awaitable[Maildrop | None]]
"""The folder of an account that a detail names, if there is one."""


class LocalDelivery:
    """Delivers to the subscribers of one host. `delivered` is called with the account's name after each letter.

    Letters that go on to other hosts, and copies that have to wait, are put into `outbox`.
    """

    def __init__(
        self,
        accounts: Directory,
        maildrop_of: Callable[[str], Maildrop],
        *,
        domains: tuple[str, ...],
        aliases: Mapping[str, tuple[str, ...]] | None = None,
        alias_file: AliasFile | None = None,
        forwards: Mapping[str, Forward] | None = None,
        separator: str = "+",
        own_sender: bool = False,
        outbox: Outbox | None = None,
        folder_of: FolderOf | None = None,
        delivered: Callable[[str], None] | None = None,
        acting: Acting | None = None,
        delivers: bool = True,
        waits: bool = False,
    ) -> None:
        """Without `delivers` no address is local: another mail server has the mailboxes and all letters go to it.

        With `waits` a look at the accounts may take its time, and is not to be had on an event loop.
        """
        self._accounts = accounts
        self._maildrop_of = maildrop_of
        self._folder_of = folder_of
        self._alias_file = alias_file
        self._aliases = {folded(alias): to for alias, to in (aliases or {}).items()}
        self._domains = frozenset(domain.lower() for domain in domains)
        self._forwards = {folded(name): forward for name, forward in (forwards or {}).items()}
        self._separator = separator
        self._own_sender = own_sender
        self._outbox = outbox
        self._delivered = delivered
        self._acting = acting or _as_ourselves
        self._delivers = delivers
        self._waits = waits
        self.domain = domains[0].lower()

    def is_local(self, address: str) -> bool:
        """Whether letters to `address` are for this host."""
        return self._delivers and self._book({}).is_local(address)

    def copies(self, sender: str, recipient: str) -> tuple[Copy, ...]:
        """The copies that a letter to a local address makes.

        Raises `PermanentFailure` if it leads to nobody, `TemporaryFailure` if accounts or aliases cannot be read.
        """
        try:
            listed = self._alias_file.current() if self._alias_file is not None else {}
            return self._book({**listed, **self._aliases}).copies(sender, recipient)
        except (AccountError, AliasFileError, OSError) as error:
            log.error("the accounts or aliases cannot be read: %s", error)
            raise TemporaryFailure("The accounts cannot be read at the moment.") from error

    async def look_up(self, sender: str, recipient: str) -> tuple[Copy, ...]:
        """`copies`, found off the event loop if that may take its time."""
        if self._waits:
            return await asyncio.to_thread(self.copies, sender, recipient)
        return self.copies(sender, recipient)

    async def subscriber(self, address: str) -> str | None:
        """The first account that letters to a local address go to; empty if all go elsewhere; None if it leads nowhere.

        Raises `TemporaryFailure`.
        """
        try:
            copies = await self.look_up("", address)
        except PermanentFailure:
            return None
        return next((copy.account for copy in copies if copy.account), "")

    def _book(self, aliases: Mapping[str, tuple[str, ...]]) -> AddressBook:
        return AddressBook(
            self._domains,
            self.domain,
            aliases,
            self._forwards,
            lambda name: self._accounts.find(name) is not None,
            lambda: next((account.name for account in self._accounts.all()), None),
            self._separator,
            self._own_sender,
        )

    async def hand_over(
        self,
        copies: Iterable[tuple[Copy, str]],
        letter: Octets,
        *,
        outbox: Outbox | None = None,
        patient: bool = False,
        again: bool = False,
    ) -> None:
        """Deliver and send on `copies`, each with the value of its Received field; durable on return.

        Raises `TemporaryFailure` if one cannot be taken now, `PermanentFailure` if it never will; with `patient` a
        copy that cannot be delivered now goes to the spool. With `again` it may have been tried before, nobody knows
        how far: a copy that has an ident is not put into a maildrop that has it.
        """
        await Handover(partial(self._stage_copy, again), outbox or self._outbox, letter, patient).run(copies)

    async def _stage_copy(self, again: bool, copy: Copy, letter: Octets, received: str) -> StagedCopy | None:
        if again and copy.ident and await self._has(copy):
            return None
        return await self.stage(copy.account, copy.sender, copy.address, letter, received, copy.folder, copy.ident)

    async def _has(self, copy: Copy) -> bool:
        """Whether a copy is in its maildrop already."""
        with as_temporary_failure(copy.account), self._acting(copy.account):
            drop = await self._open(copy.account, copy.folder)
            try:
                return isinstance(drop, Recognizing) and await drop.has(copy.ident)
            finally:
                await drop.close()

    async def deliver(self, account: str, sender: str, recipient: str, letter: Octets, received: str) -> None:
        """Put a letter into an account's maildrop; it is durable on return.

        `recipient` is the forward-path as given, `received` the value of the Received field. Raises
        `TemporaryFailure` if the maildrop cannot take it now, `PermanentFailure` if it never will.
        """
        await (await self.stage(account, sender, recipient, letter, received)).commit()

    async def stage(
        self,
        account: str,
        sender: str,
        recipient: str,
        letter: Octets,
        received: str,
        folder: str = "",
        ident: str = "",
    ) -> StagedCopy:
        """Write a letter into an account's maildrop as `deliver` does, but not so that it is there already.

        It goes into `folder` if there is one of that name. `ident` is the one in `received`, if any (`Recognizing`).
        """
        kept = prepare_for_delivery(letter, sender, recipient, received)
        with as_temporary_failure(account), self._acting(account):
            drop = await self._open(account, folder)
            append = await _begun(drop, ident)
            try:
                for piece in kept:
                    await append.write(piece)
            except BaseException:  # cancelled too: nothing half written stays
                await asyncio.shield(abandoned(drop, append))
                raise
        return StagedCopy(account, drop, append, self._tell, self._acting)

    async def _open(self, account: str, folder: str) -> Maildrop:
        found = await self._folder_of(account, folder) if folder and self._folder_of is not None else None
        return found or self._maildrop_of(account)

    def _tell(self, account: str) -> None:
        if self._delivered is None:
            return
        try:
            self._delivered(account)
        except Exception:  # the letter is there, and must not be sent again because nobody could be told
            log.exception("that a letter came for %s could not be told", account)


async def _begun(drop: Maildrop, ident: str) -> Append:
    return await drop.begin_as(ident) if ident and isinstance(drop, Recognizing) else await drop.begin()


def _as_ourselves(_account: str) -> AbstractContextManager[object]:
    return nullcontext()
