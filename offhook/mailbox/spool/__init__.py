"""Letters that wait to leave: kept durably, tried again, given up with a notice to the sender."""

from offhook.mailbox.spool.bounce import Notice, make_notice
from offhook.mailbox.spool.carrier import Carrier
from offhook.mailbox.spool.retry import Schedule
from offhook.mailbox.spool.runner import SpoolRunner
from offhook.mailbox.spool.sendmail import Sendmail
from offhook.mailbox.spool.spool import Spool
from offhook.mailbox.spool.spooled import Recipient, SpooledLetter, State, shown_address
from offhook.mailbox.spool.submit import Smarthost

__all__ = [
    "Carrier",
    "Notice",
    "Recipient",
    "Schedule",
    "Sendmail",
    "Smarthost",
    "Spool",
    "SpoolRunner",
    "SpooledLetter",
    "State",
    "make_notice",
    "shown_address",
]
