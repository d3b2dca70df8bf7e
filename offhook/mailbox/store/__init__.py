"""What the stores on disks share: the file calls they make, locks, watching, and words for what goes wrong."""

from offhook.mailbox.store.box_files import BoxFacts, BoxFiles, DiskBoxFiles, read_all_at, write_all_at
from offhook.mailbox.store.box_locks import BoxBusy, BoxLocks
from offhook.mailbox.store.complaints import as_maildrop_failure
from offhook.mailbox.store.dotlock import Dotlock, Run, is_alive, run_helper
from offhook.mailbox.store.files import DiskFiles, FileFacts, Files
from offhook.mailbox.store.findings import LITTER_SECONDS, Finding, mended, mode_findings
from offhook.mailbox.store.folder_names import decode_level, directory_of, encode_level, name_of
from offhook.mailbox.store.letter_file import (
    CHUNK,
    MAX_LETTER_BYTES,
    opened,
    read_head,
    read_letter,
    read_start,
    write_all,
)
from offhook.mailbox.store.mounts import is_remote
from offhook.mailbox.store.paths import make_path
from offhook.mailbox.store.watch import Watch

__all__ = [
    "CHUNK",
    "LITTER_SECONDS",
    "MAX_LETTER_BYTES",
    "BoxBusy",
    "BoxFacts",
    "BoxFiles",
    "BoxLocks",
    "DiskBoxFiles",
    "DiskFiles",
    "Dotlock",
    "FileFacts",
    "Files",
    "Finding",
    "Run",
    "Watch",
    "as_maildrop_failure",
    "decode_level",
    "directory_of",
    "encode_level",
    "is_alive",
    "is_remote",
    "make_path",
    "mended",
    "mode_findings",
    "name_of",
    "opened",
    "read_all_at",
    "read_head",
    "read_letter",
    "read_start",
    "run_helper",
    "write_all",
    "write_all_at",
]
