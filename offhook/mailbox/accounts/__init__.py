"""Who may log in, and who gets letters."""

from offhook.mailbox.accounts.passwords import PasswordCheck, make_hash
from offhook.mailbox.accounts.subscribers import Account, AccountError, AccountFile, folded
from offhook.mailbox.accounts.throttle import Throttle

__all__ = ["Account", "AccountError", "AccountFile", "PasswordCheck", "Throttle", "folded", "make_hash"]
