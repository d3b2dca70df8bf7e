"""The mail room of a host: who may log in, their letters and folders, delivery and the spool, built once."""

from offhook.mail_room.backend import REFUSAL, ImapPasswords, backend
from offhook.mail_room.mail_room import MailRoom

__all__ = ["REFUSAL", "ImapPasswords", "MailRoom", "backend"]
