"""All tables about letters together, and how they are read alone."""

from pathlib import Path
from typing import Final

from pydantic import Field, model_validator

from offhook.mail_tables.tables import Accounts, Forward, Host, Imap, Lmtp, Mail, Sendmail, Smarthost, Smtp
from offhook.toml_table import Misfit, Section, read_table

OTHER_TABLES: Final = frozenset(
    {
        *("telnet", "outside", "exchange", "number", "line", "group", "direct", "modem", "real_modem", "quality"),
        *("program", "calls", "control", "metrics"),
    }
)
"""What else stands in the same file, about lines and calls."""


class MailTables(Section):
    """What a configuration says about letters."""

    host: Host = Host()
    accounts: Accounts = Accounts()
    mail: Mail = Mail()
    forward: tuple[Forward, ...] = Field((), strict=False)
    smtp: Smtp | None = None
    lmtp: Lmtp | None = None
    imap: Imap | None = None
    smarthost: Smarthost | None = None
    sendmail: Sendmail | None = None

    @model_validator(mode="after")
    def _letters_can_go_their_way(self) -> "MailTables":
        if self.smarthost is not None and self.sendmail is not None:
            raise Misfit(("sendmail",), "a letter leaves by [smarthost] or by [sendmail]: remove one")
        _mail_server_is_there(self)
        accounts = [entry.account.lower() for entry in self.forward]
        for index, name in enumerate(accounts):
            if name in accounts[:index]:
                raise Misfit(("forward", index, "account"), f'"{name}" forwards twice: write one table for it')
        return self


def _mail_server_is_there(tables: MailTables) -> None:
    uses = (("mail", "store", tables.mail.store), ("accounts", "backend", tables.accounts.backend))
    for table, key, chosen in uses:
        if chosen == "imap" and tables.imap is None:
            raise Misfit((table, key), "add an [imap] table with the host of the mail server")
    delivers = tables.mail.store == "imap" and tables.imap is not None and bool(tables.imap.master_user)
    for table, listener in (("smtp", tables.smtp), ("lmtp", tables.lmtp)):
        if tables.mail.store == "imap" and listener is not None and not delivers:
            raise Misfit((table,), "letters can be put on the mail server only with [imap] master_user: set it")


def load_mail_tables(file: Path) -> MailTables:
    """What `file` says about letters, whatever it says of lines and calls. Raises `ConfigError`."""
    return read_table(MailTables, file, beside=OTHER_TABLES)
