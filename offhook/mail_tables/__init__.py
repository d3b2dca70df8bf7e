"""The tables of the configuration about letters, which whoever delivers one letter reads alone."""

from offhook.mail_tables.secret_file import password_in, secret_in
from offhook.mail_tables.tables import Bounds, Forward, Mail, Smarthost
from offhook.mail_tables.whole import OTHER_TABLES, MailTables, load_mail_tables

__all__ = [
    "OTHER_TABLES",
    "Bounds",
    "Forward",
    "Mail",
    "MailTables",
    "Smarthost",
    "load_mail_tables",
    "password_in",
    "secret_in",
]
