"""A mailbox on an IMAP server as a `Maildrop`."""

from offhook.mailbox.imap.imap import ImapFolders, ImapMaildrop, OneLetter, login_works
from offhook.mailbox.imap.server import ImapServer
from offhook.mailbox.imap.session import ImapSession

__all__ = ["ImapFolders", "ImapMaildrop", "ImapServer", "ImapSession", "OneLetter", "login_works"]
