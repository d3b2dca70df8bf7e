"""What went wrong with the files, as one sentence for the caller."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from offhook.mailbox.files import LockRefused, NoDotlock, SecondName, StrangersBox
from offhook.mailbox.letters import MaildropFailure

_SENTENCES: Mapping[int, str] = MappingProxyType(
    {
        errno.ENOSPC: "The disk is full; deleting letters makes room.",
        errno.EDQUOT: "The space allowed for this mailbox is used up; deleting letters makes room.",
        errno.EFBIG: "The letter is larger than the system allows a file to be.",
        errno.EACCES: "The host may not use this mailbox; its owner or mode is wrong.",
        errno.EPERM: "The host may not use this mailbox; its owner or mode is wrong.",
        errno.EROFS: "The disk can only be read at present.",
        errno.EIO: "The disk reports an error.",
        errno.ESTALE: "The file server has forgotten this mailbox; try again.",
        errno.ETIMEDOUT: "The file server does not answer; try again.",
        errno.EMFILE: "The host has too many files open; try again later.",
        errno.ENFILE: "The host has too many files open; try again later.",
        errno.ENOTDIR: "What should be a mailbox is a file or a link, and links are not followed.",
        errno.ELOOP: "A part of the mailbox is a link, and links are not followed.",
        errno.EISDIR: "What should be a mailbox is no file.",
        errno.ENXIO: "What should be a mailbox is no file.",
        errno.ENOLCK: "The file server gives no locks at present; try again.",
        errno.ENOENT: "The mailbox is not there.",
    }
)


class BoxBusy(MaildropFailure):
    """Another program has the box locked; whoever can wait tries again a little later."""

    def __init__(self) -> None:
        super().__init__("Another program is using the mailbox; try again in a moment.")


def sentence_for(error: OSError) -> str:
    """One sentence that says what happened and, where the caller can do something, what."""
    match error:
        case NoDotlock():
            return "The mailbox cannot be locked: a lock file beside it is not allowed, and dotlockfile is missing."
        case SecondName():
            return "The mailbox has a second name (a hard link), and is not written to."
        case StrangersBox():
            return "The mailbox was made by another user, in a folder where everybody may make files, and is not used."
    return _SENTENCES.get(error.errno or 0, "The mailbox could not be used at present.")


@contextmanager
def as_maildrop_failure() -> Iterator[None]:
    """Turn an `OSError` inside into the `MaildropFailure` the promise speaks of, the cause kept for the log."""
    try:
        yield
    except LockRefused as refused:
        raise BoxBusy from refused
    except OSError as error:
        raise MaildropFailure(sentence_for(error)) from error
