"""Letters as such: what they are, apart from where they lie."""

from offhook.mailbox.letters.envelope import Envelope
from offhook.mailbox.letters.failures import LetterGone, MaildropFailure, PermanentFailure, TemporaryFailure
from offhook.mailbox.letters.maildrop import Append, Entry, Flag, LetterKey, Maildrop
from offhook.mailbox.letters.post_office import PostOffice

__all__ = [
    "Append",
    "Entry",
    "Envelope",
    "Flag",
    "LetterGone",
    "LetterKey",
    "Maildrop",
    "MaildropFailure",
    "PermanentFailure",
    "PostOffice",
    "TemporaryFailure",
]
