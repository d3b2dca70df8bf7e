"""What a crash has left beside an mbox: a journal, dead locks, litter. It is mended without reading the box."""

import os
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Final

from offhook.mailbox.files.box_files import BoxFacts, BoxFiles
from offhook.mailbox.files.box_locks import BoxLocks, LockRefused
from offhook.mailbox.files.dotlock import Dotlock, is_alive
from offhook.mailbox.files.journal import is_there, places_for
from offhook.mailbox.files.recovery import recover

Writing = Callable[[int], AbstractContextManager[tuple[int, Dotlock]]]
"""Opens the box in an open folder with all its locks (`BoxLocks.writing`)."""

_FIRST_PAUSE: Final = 0.001
_LONGEST_PAUSE: Final = 0.1


def is_left_behind(files: BoxFiles, path: str, dotlock: Dotlock, facts: BoxFacts) -> bool:
    """Whether a journal or a lock of nobody's lies beside the box, which is in the folder `path`."""
    return is_there(files, places_for(path, dotlock.box, facts), facts) or (dotlock.is_there() and dotlock.is_stale())


def mend(files: BoxFiles, path: str, folder: int, dotlock: Dotlock, writing: Writing, now: Callable[[], float]) -> bool:
    """Finish what a crash has left beside a box, whose folder is open; whether anything was there.

    Raises `LockRefused` when another program has the box.
    """
    try:
        if not is_left_behind(files, path, dotlock, files.named_facts(dotlock.box, folder)):
            return False
        with writing(folder) as (file, held):
            facts = files.box_facts(file)
            recover(files, file, places_for(path, dotlock.box, facts), facts, now(), held.refresh)
    except FileNotFoundError:
        return False
    return True


def mend_after(process: int, box: str, files: BoxFiles, patience: float) -> None:
    """Mend what a process that was killed has left at a box; for `patience` seconds while others have it.

    What a process has open is closed a moment before it counts as ended, so its end is waited for first.
    """
    path, name = os.path.split(box)
    owner = f"{process}:{os.uname().nodename}".encode()
    until = time.monotonic() + patience
    pause = _FIRST_PAUSE
    folder = files.open_folder(path)
    try:

        def dotlock(opened: int) -> Dotlock:
            return Dotlock(files, opened, path, name, time.time)

        locks = BoxLocks(files, name, dotlock)
        while time.monotonic() < until:
            if is_alive(owner) is False:
                with suppress(LockRefused):
                    mend(files, path, folder, dotlock(folder), locks.writing, time.time)
                    _without_litter(files, folder, process)
                    return
            time.sleep(random.uniform(pause / 2, pause))
            pause = min(pause * 2, _LONGEST_PAUSE)
    finally:
        files.close(folder)


def _without_litter(files: BoxFiles, folder: int, process: int) -> None:
    """Remove what the process made on the way to a lock."""
    for name in files.list_all(folder):
        if name.startswith(f".lk{process}."):
            with suppress(OSError):
                files.remove(name, folder)
