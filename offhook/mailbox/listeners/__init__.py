"""The doors by which letters come in from other programs and machines: SMTP and LMTP."""

from offhook.mailbox.listeners.listener import LmtpListener, SmtpListener

__all__ = ["LmtpListener", "SmtpListener"]
