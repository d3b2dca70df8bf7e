"""What the stores on disks share: folders, letters that are files, watching, and words for what goes wrong."""

from offhook.mailbox.store.complaints import BoxBusy, as_maildrop_failure
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
    "Finding",
    "Watch",
    "as_maildrop_failure",
    "decode_level",
    "directory_of",
    "encode_level",
    "is_remote",
    "make_path",
    "mended",
    "mode_findings",
    "name_of",
    "opened",
    "read_head",
    "read_letter",
    "read_start",
    "write_all",
]
