"""A Maildir as a `Maildrop`: letters as files, folders, keywords and quotas as Dovecot keeps them."""

from offhook.mailbox.maildir.check import check_maildir
from offhook.mailbox.maildir.folders import MaildirFolders
from offhook.mailbox.maildir.maildir import Maildir
from offhook.mailbox.maildir.survey import MaildirSurvey

__all__ = ["Maildir", "MaildirFolders", "MaildirSurvey", "check_maildir"]
