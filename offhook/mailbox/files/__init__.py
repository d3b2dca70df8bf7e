"""Files of mailboxes on disk: the calls, all locks of an mbox, its changes by a journal, and what a crash has left.

It imports nothing heavy and no other room, because a guard has all of it loaded while it waits (`mbox.guard`).
"""

from offhook.mailbox.files.box_files import BoxFacts, BoxFiles, DiskBoxFiles, StrangersBox, read_all_at, write_all_at
from offhook.mailbox.files.box_locks import BoxLocks, LockRefused, SecondName
from offhook.mailbox.files.calls import DiskFiles, FileFacts, Files
from offhook.mailbox.files.dotlock import Dotlock, NoDotlock, Run, is_alive, run_helper
from offhook.mailbox.files.journal import Place, places_for
from offhook.mailbox.files.left_behind import is_left_behind, mend, mend_after
from offhook.mailbox.files.overwrite import overwrite
from offhook.mailbox.files.recovery import recover
from offhook.mailbox.files.shift import LEAST_SHRINK, Piece, shift

__all__ = [
    "LEAST_SHRINK",
    "BoxFacts",
    "BoxFiles",
    "BoxLocks",
    "DiskBoxFiles",
    "DiskFiles",
    "Dotlock",
    "FileFacts",
    "Files",
    "LockRefused",
    "NoDotlock",
    "Piece",
    "Place",
    "Run",
    "SecondName",
    "StrangersBox",
    "is_alive",
    "is_left_behind",
    "mend",
    "mend_after",
    "overwrite",
    "places_for",
    "read_all_at",
    "recover",
    "run_helper",
    "shift",
    "write_all_at",
]
