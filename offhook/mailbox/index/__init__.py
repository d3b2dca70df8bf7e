"""Indexes of maildrops: listings, headings and words in SQLite, so that a hundred thousand letters open at once."""

from offhook.mailbox.index.clerk import IndexClerk, asking_here
from offhook.mailbox.index.indexed import IndexedMaildrop
from offhook.mailbox.index.indexed_folders import IndexedFolders
from offhook.mailbox.index.plain_survey import PlainSurvey
from offhook.mailbox.index.shelf import Shelf, shelves

__all__ = [
    "IndexClerk",
    "IndexedFolders",
    "IndexedMaildrop",
    "PlainSurvey",
    "Shelf",
    "asking_here",
    "shelves",
]
