"""The mail room of a host: accounts, maildrops and where they lie, delivery and the spool, built once."""

from offhook.mail_room.acting_as import acting_as, owner_for, owner_of
from offhook.mail_room.mail_room import MailRoom
from offhook.mail_room.mail_server import REFUSAL, ImapPasswords, backend, imap_server
from offhook.mail_room.maildrops import Maildrops

__all__ = [
    "REFUSAL",
    "ImapPasswords",
    "MailRoom",
    "Maildrops",
    "acting_as",
    "backend",
    "imap_server",
    "owner_for",
    "owner_of",
]
