"""Letters that wait to leave: kept durably, tried again, given up with a notice to the sender."""

from offhook.mailbox.spool.bounce import Notice, make_notice
from offhook.mailbox.spool.retry import Schedule
from offhook.mailbox.spool.runner import SpoolRunner
from offhook.mailbox.spool.spool import Spool
from offhook.mailbox.spool.spooled import Failure, Recipient, SpooledLetter, State, Try, one_line, shown_address

__all__ = [
    "Failure",
    "Notice",
    "Recipient",
    "Schedule",
    "Spool",
    "SpoolRunner",
    "SpooledLetter",
    "State",
    "Try",
    "make_notice",
    "one_line",
    "shown_address",
]
