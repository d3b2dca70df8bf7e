"""Letters on their way in: SMTP, LMTP, local delivery, and the post office callers use."""

from offhook.mailbox.delivery.alias_file import AliasFile, AliasFileError, AliasProblem, target_fault
from offhook.mailbox.delivery.expansion import Copy, Forward
from offhook.mailbox.delivery.limits import Limits
from offhook.mailbox.delivery.listener import LmtpListener, SmtpListener
from offhook.mailbox.delivery.local import LocalDelivery
from offhook.mailbox.delivery.post_office import LocalPostOffice
from offhook.mailbox.delivery.staged_copy import Acting

__all__ = [
    "Acting",
    "AliasFile",
    "AliasFileError",
    "AliasProblem",
    "Copy",
    "Forward",
    "Limits",
    "LmtpListener",
    "LocalDelivery",
    "LocalPostOffice",
    "SmtpListener",
    "target_fault",
]
