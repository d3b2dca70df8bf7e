"""Where letters lie: the stores behind the `Maildrop` promise."""

from offhook.mailbox.store.files import DiskFiles, FileFacts, Files
from offhook.mailbox.store.maildir import Maildir

__all__ = ["DiskFiles", "FileFacts", "Files", "Maildir"]
