"""What other programs do in a Maildir, done by hand."""

import os
from pathlib import Path

from tests.support.letters_in_stores import LETTER

NOW = 1_700_000_000.0
"""The time in these tests, in seconds since 1970."""


def drop(folder: Path, name: str, letter: bytes = LETTER) -> Path:
    """Put a file where another program would have."""
    for each in ("tmp", "new", "cur"):
        (folder / each).mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(letter)
    return folder / name


def names(folder: Path) -> list[str]:
    """Every file of a Maildir, as `cur/name`."""
    return sorted(f"{file.parent.name}/{file.name}" for file in folder.glob("*/*"))


def age(folder: Path, seconds: float) -> None:
    """Have a Maildir look as if it had not changed for so long."""
    for each in ("new", "cur"):
        os.utime(folder / each, (NOW - seconds, NOW - seconds))
