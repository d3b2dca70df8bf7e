"""Looks for damage in a Maildir: letters torn or twice, missing folders, and what crashes have left in `tmp`.

Root looks at mailboxes of users too, who may put links where letters or folders should be: below the path that was
given everything is opened by the descriptor of the folder above, and no link is followed, above all not to mend.
"""

import errno
import os
import stat
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from offhook.mailbox.maildir.names import is_letter, read_name
from offhook.mailbox.store import LITTER_SECONDS, Finding, mode_findings

_PARTS = ("tmp", "new", "cur")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_LETTER = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def check_maildir(path: Path, *, within: bool = False) -> Iterator[Finding]:
    """What is amiss with the Maildir at `path`, its folders not among it. Raises `OSError` if it cannot be read.

    `within` says that it is a folder of a Maildir, and may be no link.
    """
    if within and path.is_symlink():
        yield _link(path)
        return
    with ExitStack() as stack:
        here = _opened(stack, os.fspath(path), None, os.O_NOFOLLOW if within else 0)
        yield from mode_findings(path, os.fstat(here), partial(os.dup, here))
        bases = Counter[str]()
        for part in _PARTS:
            folder = path / part
            try:
                inside = _opened(stack, part, here, os.O_NOFOLLOW)
            except FileNotFoundError:
                yield Finding(f"{folder} is missing.", partial(_make, part, here))
                continue
            except NotADirectoryError:  # ELOOP is not what a link gives with O_DIRECTORY
                yield _link(folder) if folder.is_symlink() else Finding(f"{folder} is no folder.")
                continue
            yield from mode_findings(folder, os.fstat(inside), partial(os.dup, inside))
            yield from _litter(folder, inside) if part == "tmp" else _letters(folder, inside, bases)
        for name, times in bases.items():
            if times > 1:
                yield Finding(f"{path} has {times} files of the letter {name}: a delivery or a change was interrupted.")


def _opened(stack: ExitStack, name: str, above: int | None, more: int) -> int:
    folder = os.open(name, _FOLDER | more, dir_fd=above)
    stack.callback(os.close, folder)
    return folder


def _make(name: str, above: int) -> None:
    """Make a folder as that of whoever has the one above: root's own would keep a user out of the mailbox."""
    os.mkdir(name, 0o700, dir_fd=above)
    owner = os.fstat(above)
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    made = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=above)
    try:
        if os.fstat(made).st_uid != 0 or os.listdir(made):
            raise OSError(errno.ESTALE, "it is another folder by now")
        os.fchown(made, owner.st_uid, owner.st_gid)
    finally:
        os.close(made)


def _link(path: Path) -> Finding:
    return Finding(f"{path} is a link, and links are not followed.")


def _letters(path: Path, folder: int, bases: Counter[str]) -> Iterator[Finding]:
    owner = os.fstat(folder).st_uid
    with os.scandir(folder) as entries:
        for entry in entries:
            if not is_letter(entry.name):
                continue
            found = entry.stat(follow_symlinks=False)
            letter = path / entry.name
            if not stat.S_ISREG(found.st_mode):
                yield Finding(f"{letter} is no file; links are not followed.")
                continue
            name = read_name(entry.name)
            bases[name.base] += 1
            if name.size is not None and name.size != found.st_size:
                what = "torn" if found.st_size < name.size else "changed"
                yield Finding(f"{letter} is {what}: it has {found.st_size} octets, and its name says {name.size}.")
            elif found.st_size == 0:
                yield Finding(f"{letter} is empty: a disk has lost what was in it.")
            yield from mode_findings(letter, found, partial(_own_letter, entry.name, folder, owner))


def _own_letter(name: str, folder: int, owner: int) -> int:
    """A letter of whoever has the folder: a name there may be a second one of somebody else's file."""
    file = os.open(name, _LETTER, dir_fd=folder)
    if os.fstat(file).st_uid != owner:
        os.close(file)
        raise OSError(errno.EPERM, "it belongs to another user")
    return file


def _litter(path: Path, folder: int) -> Iterator[Finding]:
    for name in os.listdir(folder):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISREG(found.st_mode) and time.time() - found.st_mtime > LITTER_SECONDS:
            sentence = f"{path / name} is what a delivery has left that was interrupted."
            yield Finding(sentence, partial(os.unlink, name, dir_fd=folder))
