"""What commands that are given a path to letters find there."""

from pathlib import Path


def kind_of(path: Path) -> str:
    """`maildir`, `mbox`, or `mbox folders`: what lies at a path, if it is one at all."""
    if path.is_dir():
        return "maildir" if (path / "cur").is_dir() or (path / "new").is_dir() else "mbox folders"
    return "mbox"
