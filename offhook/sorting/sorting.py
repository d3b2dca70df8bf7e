"""Where the letters of a host go: accounts, where their mailboxes lie, aliases and forwards, and the spool."""

from pathlib import Path
from typing import TYPE_CHECKING

from offhook.mail_tables import MailTables
from offhook.mailbox.accounts import Account, AccountError, AccountFile, DovecotUsers, Lookup, Residents, SystemUsers
from offhook.mailbox.delivery import Acting, AliasFile, Forward, LocalDelivery
from offhook.mailbox.letters import Maildrop, MaildropFailure
from offhook.mailbox.spool import Spool
from offhook.sorting.maildrops import Location, Maildrops

if TYPE_CHECKING:
    from offhook.mailbox.imap import ImapServer


class Sorting:
    """Finds for every letter the mailboxes it goes into: what delivers one letter needs no more of a host."""

    def __init__(
        self, tables: MailTables, folder: Path, *, acting: Acting | None = None, needs_accounts: bool = True
    ) -> None:
        """`folder` is where relative paths begin; `acting` does what is done for an account as its owner.

        Without `needs_accounts` an account file that is not there is one with nobody in it. Raises `ConfigError` if a
        password that is needed cannot be read.
        """
        self.tables = tables
        self.accounts = AccountFile(folder / tables.accounts.file)
        elsewhere = _elsewhere(tables, folder)
        self.residents = Residents(self.accounts, elsewhere)
        self._found: dict[str, Account] = {}
        self.server = _server(tables, folder)
        self.maildrops = Maildrops(tables.mail, folder, self.server)
        self.spool = Spool(folder / tables.mail.spool)
        self.delivery = LocalDelivery(
            _Addressees(self.residents, self.accounts.path if needs_accounts and elsewhere is None else None),
            self.maildrop,
            domains=tables.mail.domains,
            aliases=tables.mail.aliases,
            alias_file=AliasFile(folder / tables.mail.aliases_file) if tables.mail.aliases_file else None,
            forwards={each.account: Forward(each.to, each.keep) for each in tables.forward},
            separator=tables.mail.separator,
            own_sender=tables.mail.forward_sender == "own",
            outbox=self.spool,
            folder_of=self._folder_named,
            acting=acting,
            delivers=tables.mail.store != "imap" or (self.server is not None and bool(self.server.master_user)),
            waits=elsewhere is not None,
        )

    def location(self, account: str) -> Location:
        """Where an account's letters are. Raises `MaildropFailure` if nobody can know."""
        return self.maildrops.location(self._account(account))

    def maildrop(self, account: str) -> Maildrop:
        """The maildrop of an account, to put a letter into."""
        return self.maildrops.for_delivery(self._account(account))

    async def _folder_named(self, account: str, detail: str) -> Maildrop | None:
        """The folder that a detail of an address means, whatever its capitals; only one that is there is one."""
        opened = self.maildrops.open(self._account(account))
        wanted = detail.casefold()
        try:
            names = [each for each in await opened.folders.names() if each.casefold() == wanted and each != "INBOX"]
            return self.maildrops.to_put_in(await opened.folders.open(names[0])) if names else None
        finally:
            await opened.maildrop.close()

    def _account(self, name: str) -> Account:
        """The account of that name; for one who may not read the account file, what everybody has.

        What root has found stays true while it acts as the owner of the mailbox, who may not read the file.
        """
        try:
            account = self.residents.find(name) or Account(name, "")
        except PermissionError:
            return self._found.get(name) or Account(name, "")
        except AccountError as error:
            if name in self._found:
                return self._found[name]
            raise MaildropFailure(str(error)) from error
        self._found = {name: account}
        return account


class _Addressees:
    """The residents, as a `Directory` of whom letters are for.

    Where they all stand in a file that is not there, its name may be wrong, or its disk not mounted: then letters wait.
    """

    def __init__(self, residents: Residents, needed: Path | None) -> None:
        self._residents = residents
        self._needed = needed

    def find(self, name: str) -> Account | None:
        """The account of that name. Raises `AccountError` or `OSError` if that cannot be told."""
        account = self._residents.find(name)
        if account is None and self._needed is not None and not self._needed.exists():
            raise AccountError(f"{self._needed} is not there: add an account, or name the file in [accounts].")
        return account

    def all(self) -> list[Account]:
        """Every account that can be listed, by name."""
        return self._residents.all()


def _elsewhere(tables: MailTables, folder: Path) -> Lookup | None:
    """Who else has letters here than the accounts of the file."""
    chosen = tables.accounts
    if chosen.backend == "pam":
        return SystemUsers(chosen.first_uid)
    if chosen.backend == "dovecot" and chosen.userdb:
        return DovecotUsers(folder / chosen.userdb, chosen.login)
    return None


def _server(tables: MailTables, folder: Path) -> "ImapServer | None":
    if tables.imap is None:
        return None
    from offhook.sorting.imap_store import imap_server  # a delivery into files need not load it

    return imap_server(tables, folder)
