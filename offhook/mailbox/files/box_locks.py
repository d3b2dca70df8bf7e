"""All the locks on an mbox at once: taken without waiting, given back together, none held while another is waited for.

Mail programs disagree about which lock comes first (Postfix: dotlock, then fcntl; Debian's Dovecot, mutt and s-nail:
fcntl, then dotlock; Alpine: dotlock, then flock), so whoever waited for one while holding another could wait for ever.
We try all, and when one is refused we give all back, and try again after a random while, up to a deadline.

- An OFD lock (`F_OFD_SETLK`) is fcntl's lock to other programs, but belongs to our open file: POSIX's own would vanish
  when anything else in this process closes the same file, and would not keep two sessions of one process apart.
- flock(2) is for Alpine and qmail, on local disks only: over NFS it is an fcntl lock in disguise and clashes with ours.
- The dotlock is for those who write. A reader is safe with the kernel's read locks: what a program that takes only the
  dotlock does is append.

When all are held, the file that is open must still be the one of that name: a box that was replaced meanwhile is opened
anew. Only then does its size mean anything.
"""

import errno
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from offhook.mailbox.files.box_files import BoxFacts, BoxFiles
from offhook.mailbox.files.dotlock import Dotlock


class LockRefused(OSError):
    """Another program has the box locked; whoever can wait tries again a little later."""

    def __init__(self) -> None:
        super().__init__(errno.EAGAIN, "another program has the box locked")


class SecondName(OSError):
    """The box has a second name, a hard link, and is not written to."""

    def __init__(self) -> None:
        super().__init__(errno.EMLINK, "the box has a second name")


class BoxLocks:
    """Takes the locks of a box, once for each `reading` or `writing`. `dotlock` makes one for an open folder."""

    def __init__(self, files: BoxFiles, name: str, dotlock: Callable[[int], Dotlock]) -> None:
        self._files = files
        self._name = name
        self._dotlock = dotlock

    @contextmanager
    def reading(self, folder: int) -> Iterator[int]:
        """The box open for reading, with no program rewriting it. Raises `LockRefused`, `FileNotFoundError`."""
        with ExitStack() as stack:
            file = self._open(stack, folder, writable=False)
            self._take_kernel_locks(file, write=False)
            self._check(file, folder, alone=False)
            yield file

    @contextmanager
    def writing(self, folder: int) -> Iterator[tuple[int, Dotlock]]:
        """The box open for writing, all locks held.

        Raises `LockRefused`, `NoDotlock`, `SecondName`, `FileNotFoundError`.
        """
        with ExitStack() as stack:
            file = self._open(stack, folder, writable=True)
            self._take_kernel_locks(file, write=True)
            dotlock = self._dotlock(folder)
            stack.callback(dotlock.give_back)
            if not dotlock.try_take():
                raise LockRefused
            self._check(file, folder, alone=True)
            yield file, dotlock

    def _open(self, stack: ExitStack, folder: int, *, writable: bool) -> int:
        file = self._files.open_box(self._name, folder, writable=writable)
        # Closing gives OFD and flock locks back; a close that fails has closed all the same.
        stack.callback(self._files.close, file)
        if not stat.S_ISREG(self._files.box_facts(file).mode):
            raise OSError(errno.EISDIR, "not a file")
        return file

    def _take_kernel_locks(self, file: int, *, write: bool) -> None:
        try:
            self._files.lock_range(file, write=write)
            if not self._files.is_remote(file):
                self._files.lock_whole(file, write=write)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise LockRefused from error
            raise

    def _check(self, file: int, folder: int, *, alone: bool) -> BoxFacts:
        facts = self._files.box_facts(file)
        named = self._files.named_facts(self._name, folder)
        if (facts.device, facts.inode) != (named.device, named.inode):
            raise LockRefused  # replaced while we waited: what is open is not the box any more
        if alone and facts.names != 1:
            raise SecondName
        return facts
