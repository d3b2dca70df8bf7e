"""Who may log in, and who gets letters."""

from offhook.mailbox.accounts.backend import Backend, FilePasswords
from offhook.mailbox.accounts.dovecot import DovecotPasswords
from offhook.mailbox.accounts.dovecot_users import DovecotUsers
from offhook.mailbox.accounts.pam import PamPasswords
from offhook.mailbox.accounts.passwords import PasswordCheck, make_hash
from offhook.mailbox.accounts.residents import Directory, Lookup, Residents, SystemUsers
from offhook.mailbox.accounts.subscribers import Account, AccountError, AccountFile, folded
from offhook.mailbox.accounts.throttle import Throttle

__all__ = [
    "Account",
    "AccountError",
    "AccountFile",
    "Backend",
    "Directory",
    "DovecotPasswords",
    "DovecotUsers",
    "FilePasswords",
    "Lookup",
    "PamPasswords",
    "PasswordCheck",
    "Residents",
    "SystemUsers",
    "Throttle",
    "folded",
    "make_hash",
]
