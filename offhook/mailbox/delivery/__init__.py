"""Letters delivered here: aliases and forwards, all copies of a letter or none, and the post office callers use."""

from offhook.mailbox.delivery.alias_file import AliasFile, AliasFileError, AliasProblem, target_fault
from offhook.mailbox.delivery.expansion import Copy, Forward
from offhook.mailbox.delivery.limits import Limits
from offhook.mailbox.delivery.local import LocalDelivery
from offhook.mailbox.delivery.outbox import Outbox
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
    "LocalDelivery",
    "LocalPostOffice",
    "Outbox",
    "target_fault",
]
