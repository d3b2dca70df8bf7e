"""Looks for damage in a Maildir: letters torn or twice, missing folders, and what crashes have left in `tmp`."""

import os
import stat
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from offhook.mailbox.maildir.names import is_letter, read_name
from offhook.mailbox.store import LITTER_SECONDS, Finding, mode_findings

_PARTS = ("tmp", "new", "cur")


def check_maildir(path: Path) -> Iterator[Finding]:
    """What is amiss with the Maildir at `path`, its folders not among it. Raises `OSError` if it cannot be read."""
    yield from mode_findings(path)
    for part in _PARTS:
        folder = path / part
        if not folder.is_dir():
            yield Finding(f"{folder} is missing.", lambda folder=folder: folder.mkdir(0o700))  # type: ignore[misc]
        elif folder.is_symlink():
            yield Finding(f"{folder} is a link, and links are not followed.")
        else:
            yield from mode_findings(folder)
    bases = Counter[str]()
    for part in ("new", "cur"):
        yield from _letters(path / part, bases)
    for name, times in bases.items():
        if times > 1:
            yield Finding(f"{path} has {times} files of the letter {name}: a delivery or a change was interrupted.")
    yield from _litter(path / "tmp")


def _letters(folder: Path, bases: Counter[str]) -> Iterator[Finding]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if not is_letter(entry.name):
                continue
            found = entry.stat(follow_symlinks=False)
            letter = folder / entry.name
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
            yield from mode_findings(letter)


def _litter(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        return
    for file in folder.iterdir():
        if file.is_file() and time.time() - file.lstat().st_mtime > LITTER_SECONDS:
            yield Finding(f"{file} is what a delivery has left that was interrupted.", file.unlink)
