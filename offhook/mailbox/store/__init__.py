"""Where letters lie: the stores behind the `Maildrop` promise."""

from offhook.mailbox.store.files import DiskFiles, FileFacts, Files
from offhook.mailbox.store.findings import Finding, mended
from offhook.mailbox.store.imap import ImapFolders, ImapMaildrop, OneLetter, login_works
from offhook.mailbox.store.imap_server import ImapServer
from offhook.mailbox.store.imap_session import ImapSession
from offhook.mailbox.store.maildir import Maildir
from offhook.mailbox.store.maildir_check import check_maildir
from offhook.mailbox.store.maildir_folders import MaildirFolders
from offhook.mailbox.store.maildir_survey import MaildirSurvey
from offhook.mailbox.store.mbox import Mbox
from offhook.mailbox.store.mbox_check import check_mbox
from offhook.mailbox.store.mbox_files import BoxFiles, DiskBoxFiles
from offhook.mailbox.store.mbox_folders import MboxFolders
from offhook.mailbox.store.mbox_listing import BoxStamp
from offhook.mailbox.store.mbox_survey import MboxSurvey

__all__ = [
    "BoxFiles",
    "BoxStamp",
    "DiskBoxFiles",
    "DiskFiles",
    "FileFacts",
    "Files",
    "Finding",
    "ImapFolders",
    "ImapMaildrop",
    "ImapServer",
    "ImapSession",
    "Maildir",
    "MaildirFolders",
    "MaildirSurvey",
    "Mbox",
    "MboxFolders",
    "MboxSurvey",
    "OneLetter",
    "check_maildir",
    "check_mbox",
    "login_works",
    "mended",
]
