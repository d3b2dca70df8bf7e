"""Looks for damage in an mbox: letters torn or with wrong lengths, and what crashes have left beside it."""

import errno
import os
import re
import stat
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from offhook.mailbox.files import BoxFacts, DiskBoxFiles, Dotlock, places_for, read_all_at
from offhook.mailbox.letters import MaildropFailure
from offhook.mailbox.mbox.box import MboxBox
from offhook.mailbox.mbox.letter import decode, is_sealed, read_seal
from offhook.mailbox.mbox.parse import Span, Window, first_letter, is_mmdf, spans
from offhook.mailbox.store import LITTER_SECONDS, MAX_LETTER_BYTES, Finding, mode_findings

HOLE = bytes(512)
"""Octets of zero in a row that no one writes: where a file system has lost what was written."""

_SUBJECT = re.compile(rb"^Subject:[ \t]*([^\r\n]{0,60})", re.IGNORECASE | re.MULTILINE)


def check_mbox(path: Path) -> Iterator[Finding]:
    """What is amiss with the mbox at `path`. Raises `OSError` if it cannot be read."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        yield Finding(f"{path} is no file; links are not followed.")
        return
    if found.st_nlink != 1:
        yield Finding(f"{path} has a second name (a hard link), so it is not written to.")
    files = DiskBoxFiles()
    folder = files.open_folder(str(path.parent))
    try:
        file = files.open_box(path.name, folder, writable=False)
        try:
            window = Window(lambda at, size: read_all_at(files, file, at, size), found.st_size)
            if not _is_box(window):
                yield Finding(f"{path} is not a mailbox: no letter begins in it.")
                return
            shared = bool(os.fstat(folder).st_mode & stat.S_ISGID)
            yield from mode_findings(path, os.fstat(file), partial(_reopened, file), shared=shared)
            yield from _beside(path)
            yield from _letters(path, window)
        finally:
            files.close(file)
    finally:
        files.close(folder)


def _reopened(file: int) -> int:
    """The box once more, to mend it by: under a second name it may be somebody else's, put here for root to find."""
    if os.fstat(file).st_nlink != 1:
        raise OSError(errno.EMLINK, "it has a second name")
    return os.dup(file)


def _beside(path: Path) -> Iterator[Finding]:
    """Locks, journals and litter that crashes have left."""
    files = DiskBoxFiles()
    places = places_for(str(path.parent), path.name, BoxFacts.of(path.lstat()))
    for place in places:
        journal = Path(place.path) / place.name
        if os.path.lexists(journal):
            yield Finding(
                f"{journal} is a journal: a change of {path} was interrupted, and is finished when it is opened next.",
                lambda: _mend(path),
            )
        for kept in Path(place.path).glob(f"{_globbed(place.name)}.kept-*") if os.path.isdir(place.path) else ():
            yield Finding(
                f"{kept} is a journal that fits {path} no more: another program has rewritten it after a crash. "
                f"Compare the letters with a backup, then delete it."
            )
    folder = files.open_folder(str(path.parent))
    try:
        lock = Dotlock(files, folder, str(path.parent), path.name, time.time)
        if lock.is_there() and lock.is_stale():
            yield Finding(f"{path}.lock is a lock that a program left when it ended.", lambda: _mend(path))
    finally:
        files.close(folder)
    for litter in path.parent.glob(".lk[0-9]*"):
        if time.time() - litter.lstat().st_mtime > LITTER_SECONDS:
            yield Finding(f"{litter} is what a program that took a lock has left.", litter.unlink)


def _mend(path: Path) -> None:
    """Work off its journal, and break a stale lock."""
    try:
        MboxBox(str(path), DiskBoxFiles(), time.time).mend()
    except MaildropFailure as failure:
        cause = failure.__cause__
        raise OSError(getattr(cause, "errno", 0) or 0, str(failure).rstrip(".")) from failure


def _globbed(name: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", name)


def _is_box(window: Window) -> bool:
    """Whether a letter begins in it, or nothing is in it; in what is no mailbox nothing is to be mended."""
    return is_mmdf(window) or first_letter(window) is not None or not window.octets(0, 4096).strip(b"\r\n")


def _letters(path: Path, window: Window) -> Iterator[Finding]:
    start = None if is_mmdf(window) else first_letter(window)
    if start is None:
        return
    if window.octets(0, start).strip(b"\r\n"):
        yield Finding(f"{path} begins with {start} octets that belong to no letter; they are kept, and not shown.")
    for number, span in enumerate(spans(window, start), 1):
        yield from _letter(path, window, number, span)
    tail = window.octets(max(0, window.size - 1), 1)
    if tail not in (b"", b"\n"):
        yield Finding(f"{path} does not end in a line feed; the next letter is put in behind one.")


def _letter(path: Path, window: Window, number: int, span: Span) -> Iterator[Finding]:
    if span.next - span.start > MAX_LETTER_BYTES:
        yield Finding(f"Letter {number} in {path} is larger than {MAX_LETTER_BYTES >> 20} MB and is not shown.")
        return
    head, body = window.octets(span.head, span.body - span.head), window.octets(span.body, span.end - span.body)
    subject = _SUBJECT.search(head[:65536])
    title = f' ("{subject[1].decode("utf_8", "replace")}")' if subject else ""
    which = f"Letter {number}{title} in {path}"
    seal = read_seal(head)
    if span.promised is not None and not span.trusted:
        yield Finding(f"{which} has a Content-Length that leads to no end of a letter; it is read up to the next one.")
    if seal is not None and not is_sealed(decode(head, body), seal):
        torn = len(body) + len(head) - seal.end < seal.length
        what = "is torn: a part of it is missing" if torn else "has been changed by another program since it came"
        yield Finding(f"{which} {what}.")
    if span.body == span.end == window.size and not head.endswith((b"\n\n", b"\r\n\r\n")):
        yield Finding(f"{which} ends within its header.")
    if HOLE in body:
        yield Finding(f"{which} has a hole of zeros: the disk has lost a part of it.")
