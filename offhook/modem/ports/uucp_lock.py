"""Lock files in the manner of UUCP, by which minicom, cu, mgetty and others keep off a serial port in use.

The file is `LCK..` and the name of the device; in it stands the number of the process that has it, ten characters wide.
"""

import os
from contextlib import suppress
from pathlib import Path

FOLDER = Path("/var/lock")


class LockHeld(Exception):
    """Somebody else has the device; the text says who."""


class UucpLock:
    """The lock on one device. Where the folder cannot be written there is no lock, and nobody else has one either."""

    def __init__(self, device: str, folder: Path = FOLDER) -> None:
        self._path = folder / f"LCK..{os.path.basename(os.path.realpath(device))}"
        self._held = False

    def take(self) -> None:
        """Take the lock, over a holder that has died; raises `LockHeld`."""
        own = f".{self._path.name}.{os.getpid()}"
        new = self._path.with_name(own)
        try:
            new.write_text(f"{os.getpid():10d}\n", encoding="ascii")
        except OSError:
            return
        try:
            for _ in range(2):
                try:
                    os.link(new, self._path)  # fails if there is one, also over NFS
                except FileExistsError:
                    self._look_at_holder()
                else:
                    self._held = True
                    return
            raise LockHeld(f"another program is taking {self._path} over at this moment: try again")
        finally:
            new.unlink(missing_ok=True)

    def give_back(self) -> None:
        """Remove the lock, if it is ours; idempotent."""
        if self._held:
            self._held = False
            self._path.unlink(missing_ok=True)

    def _look_at_holder(self) -> None:
        holder = read_holder(self._path)
        if holder is not None and alive(holder) and holder != os.getpid():
            raise LockHeld(f"process {holder} has it ({self._path}): end that program first")
        with suppress(OSError):
            self._path.unlink()


def read_holder(path: Path) -> int | None:
    """The process that a lock file names; None if it names none."""
    try:
        text = path.read_bytes()[:64].strip()
    except OSError:
        return None
    return int(text.split()[0]) if text and text.split()[0].isdigit() else None


def alive(process: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it is somebody else's
        return True
    return True
