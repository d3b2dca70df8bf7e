"""Letters that stay on the mail server of `[imap]`; loaded for hosts that have one."""

import logging
from pathlib import Path

from offhook.mail_tables import MailTables, secret_in
from offhook.mailbox.accounts import Account
from offhook.mailbox.imap import ImapFolders, ImapMaildrop, ImapServer, ImapSession, OneLetter
from offhook.mailbox.letters import Folders, Maildrop, MaildropFailure

log = logging.getLogger(__name__)


def imap_server(tables: MailTables, folder: Path) -> ImapServer | None:
    """The `[imap]` of a configuration. Raises `ConfigError` if its password cannot be read."""
    chosen = tables.imap
    if chosen is None:
        return None
    return ImapServer(
        chosen.host,
        chosen.port,
        chosen.security,
        chosen.login,
        chosen.master_user,
        secret_in(folder / chosen.password_file) if chosen.password_file else "",
        str(folder / chosen.ca_file) if chosen.ca_file else "",
    )


def open_on_server(server: ImapServer | None, account: Account, password: str | None) -> tuple[Maildrop, Folders]:
    """INBOX and all folders of an account. Raises `MaildropFailure` if nobody could open them."""
    if server is None:
        log.error("the letters of %s cannot be opened: there is no [imap] in the configuration", account.name)
        raise MaildropFailure("The host does not know where this mailbox is.")
    master = bool(server.master_user)
    if password is None and not master:
        raise MaildropFailure("Only who knows the password of this mailbox can open it.")
    session = ImapSession(server, account.name, None if master else password)
    return ImapMaildrop(session), ImapFolders(session)


def for_one_letter(maildrop: Maildrop) -> Maildrop:
    """A maildrop on the server for one letter that is put there: a connection ends with that."""
    return OneLetter(maildrop) if isinstance(maildrop, ImapMaildrop) else maildrop
