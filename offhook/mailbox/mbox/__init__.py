"""An mbox as a `Maildrop`: read in every variant, rewritten in place under all the locks, with a journal beside it."""

from offhook.mailbox.mbox.check import check_mbox
from offhook.mailbox.mbox.folders import MboxFolders
from offhook.mailbox.mbox.listing import BoxStamp
from offhook.mailbox.mbox.mbox import Mbox
from offhook.mailbox.mbox.survey import MboxSurvey

__all__ = ["BoxStamp", "Mbox", "MboxFolders", "MboxSurvey", "check_mbox"]
