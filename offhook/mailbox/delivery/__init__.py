"""Letters on their way in: SMTP, LMTP, local delivery, and the post office callers use."""

from offhook.mailbox.delivery.limits import Limits
from offhook.mailbox.delivery.listener import LmtpListener, SmtpListener
from offhook.mailbox.delivery.local import LocalDelivery
from offhook.mailbox.delivery.post_office import LocalPostOffice

__all__ = ["Limits", "LmtpListener", "LocalDelivery", "LocalPostOffice", "SmtpListener"]
