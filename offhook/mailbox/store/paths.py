"""Folders that are not there yet."""

import posixpath
from contextlib import suppress

from offhook.mailbox.files import Files


def make_path(files: Files, path: str) -> None:
    """Make a folder and the missing ones above it, each on the disk before the next."""
    missing = [posixpath.abspath(path)]
    while True:
        parent = posixpath.dirname(missing[-1])
        try:
            folder = files.open_folder(parent)
        except FileNotFoundError:
            missing.append(parent)
            continue
        break
    try:
        for name in reversed(missing):
            files.make_folder(posixpath.basename(name), folder)
            files.sync(folder)
            inner = files.open_subfolder(posixpath.basename(name), folder)
            _close(files, folder)
            folder = inner
    finally:
        _close(files, folder)


def _close(files: Files, folder: int) -> None:
    with suppress(OSError):  # nothing was written through it
        files.close(folder)
