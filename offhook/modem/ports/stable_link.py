"""A name for a pty that stays the same from one run to the next: a symbolic link, replaced in one step.

A link left behind by a host that was killed is taken over, even when the kernel has meanwhile given the
number of its pty to somebody's terminal. A link is refused if it is still in force: it is younger than
the pty it names, so it was made for that very pty, and a pty exists only while its host holds it.
"""

import os
import re
import stat
from pathlib import Path

from offhook.modem.ports.port import PortError

_PTS = re.compile(r"/dev/pts/[0-9]+")


def publish(link: Path, tty: str) -> None:
    """Make `link` point to `tty`, with its directories. Raises PortError if something else stands there."""
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        _refuse_if_taken(link)
        fresh = link.with_name(f".{link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(tty)
        fresh.replace(link)
    except OSError as error:
        raise PortError(
            f"cannot make the link {link}: {error.strerror}; choose a directory you may write to"
        ) from error


def withdraw(link: Path, tty: str) -> None:
    """Remove `link` if it still points to `tty`; anything else is left alone. Raises nothing."""
    try:
        if os.readlink(link) == tty:
            link.unlink()
    except OSError:
        return  # gone already, or replaced by another's: not ours to care for


def _refuse_if_taken(link: Path) -> None:
    try:
        made = link.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISLNK(made.st_mode):
        raise PortError(f"{link} exists and is not a modem's link; move it away or choose another name")
    target = os.readlink(link)
    if not _PTS.fullmatch(target):
        raise PortError(f"{link} is a link to {target}, not to a pty; remove it or choose another name")
    try:
        pty = os.stat(target)
    except OSError:
        return
    if pty.st_ctime_ns <= made.st_mtime_ns:
        raise PortError(
            f"{link} is a modem of a host that is still running ({target}); stop that host or choose another name"
        )
