"""Clerks: processes beside the host that read letters, so that no letter can hold up a line or take one down."""

from offhook.mailbox.clerks.clerk import Clerk
from offhook.mailbox.clerks.limits import Limits, in_children
from offhook.mailbox.clerks.reading import Reader, Reading, as_text
from offhook.mailbox.clerks.serving import serve

__all__ = ["Clerk", "Limits", "Reader", "Reading", "as_text", "in_children", "serve"]
