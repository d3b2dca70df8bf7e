"""The dotlock of an mbox, `NAME.lock` beside it: the one lock that every mail program knows, safe over NFS as well.

It is taken by writing a file of our own, linking it to the lock's name, and looking whether our file has two names: the
answer of link(2) itself can be lost on the way. The file says `process:host`, as Dovecot's does. A lock whose process
is no more on this host is broken at once; one of which that cannot be known is broken when neither the lock nor the
box has changed for five minutes, and one whose process number lives after an hour (numbers are used again). Whoever
breaks a lock holds the kernel's locks on the box meanwhile, so no two of us (nor Dovecot, mutt and s-nail) break one at
the same time.

Where we may not make files (/var/mail is 2775 root:mail), `dotlockfile` from liblockfile, which is setgid mail, does.
"""

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress

from offhook.mailbox.files.box_files import BoxFiles

STALE_SECONDS = 300.0
"""Age of a lock, and of the last change of its box, at which it is nobody's (liblockfile's and procmail's rule)."""
STALE_SECONDS_ALIVE = 3600.0
"""The same for a lock whose process number is in use; whoever holds one for long refreshes it."""
LONGEST_CONTENT = 256
"""Octets of a lock that are looked at."""

_HELPER_SECONDS = 10.0
_NOT_ALLOWED = (errno.EACCES, errno.EPERM)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

Run = Callable[[Sequence[str]], int]
"""Runs a program and gives its exit status."""


def run_helper(command: Sequence[str]) -> int:
    """Run `dotlockfile`, without a shell; 127 when it is not installed or does not end."""
    import shutil  # here and not above: few boxes need it, and a guard has this module loaded while it waits
    import subprocess

    program = shutil.which(command[0])
    if program is None:
        return 127
    try:
        done = subprocess.run(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_HELPER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 127
    return done.returncode


class NoDotlock(OSError):
    """The lock can be made neither by us nor by the helper."""


class Dotlock:
    """The lock of the box `name` in the open `folder`, whose path is `path`; `now` in seconds since 1970."""

    def __init__(
        self, files: BoxFiles, folder: int, path: str, name: str, now: Callable[[], float], run: Run = run_helper
    ) -> None:
        self._files = files
        self._folder = folder
        self._lock_path = os.path.join(path, name + ".lock")
        self.box = name
        self._name = name + ".lock"
        self._now = now
        self._run = run
        self._held = False
        self._file = -1  # kept open while the lock is held, so that no other file can have its number
        self._helped = False

    def try_take(self) -> bool:
        """Take the lock if it is free or stale; never waits. Raises `NoDotlock` where it cannot be made at all."""
        try:
            if self._link():
                return True
            if not self.is_stale():
                return False
            with suppress(FileNotFoundError):
                self._files.remove(self._name, self._folder)
            return self._link()
        except OSError as error:
            if error.errno not in _NOT_ALLOWED:
                raise
            return self._take_by_helper(error)

    def _link(self) -> bool:
        host = os.uname().nodename
        own = f".lk{os.getpid()}.{os.urandom(6).hex()}.{host[:64].replace('/', '_')}"
        file = self._files.create(own, self._folder)
        self._file = file
        try:
            try:
                self._files.write(file, f"{os.getpid()}:{host}\n".encode())
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                # On a full disk a lock that says nothing is as good: deleting letters has to work there.
            with suppress(FileExistsError):
                self._files.link(own, self._folder, self._name, self._folder)
                self._held = True  # unless the names say otherwise; if they cannot be counted it has to be given back
            self._held = self._files.box_facts(file).names == 2
        finally:
            try:
                with suppress(FileNotFoundError):
                    self._files.remove(own, self._folder)
            finally:
                if not self._held:
                    self._files.close(file)
        return self._held

    def _take_by_helper(self, refused: OSError) -> bool:
        status = self._run(["dotlockfile", "-l", "-p", "-r", "0", self._lock_path])
        if status == 127:
            raise NoDotlock(refused.errno, "no dotlock can be made here") from refused
        self._held = self._helped = status == 0
        return self._held

    def is_there(self) -> bool:
        """Whether somebody, we or others, holds the lock."""
        try:
            self._files.named_facts(self._name, self._folder)
        except FileNotFoundError:
            return False
        return True

    def is_stale(self) -> bool:
        """Whether the lock that is there is nobody's."""
        try:
            file = self._files.open_box(self._name, self._folder, writable=False, anyones=True)
        except FileNotFoundError:
            return False
        except OSError:
            return False  # a lock that cannot be read is somebody's; that of a link or a folder too
        try:
            holder = self._files.read_at(file, LONGEST_CONTENT, 0)
            changed = self._files.box_facts(file).modified_ns
        finally:
            self._files.close(file)
        alive = is_alive(holder)
        if alive is False:
            return True
        with suppress(FileNotFoundError):
            changed = max(changed, self._files.named_facts(self.box, self._folder).modified_ns)
        return self._now() - changed / 1e9 > (STALE_SECONDS_ALIVE if alive else STALE_SECONDS)

    def refresh(self) -> None:
        """Show that the lock is in use, so that nobody takes it for a stale one during a long rewrite."""
        if self._held and not self._helped:
            with suppress(OSError):
                self._files.touch(self._file)  # not by name: that may be another file by now

    def give_back(self) -> None:
        """Give the lock back; idempotent."""
        if not self._held:
            return
        self._held = False
        if self._helped:
            self._run(["dotlockfile", "-u", self._lock_path])
            return
        try:
            with suppress(OSError):
                ours = self._files.box_facts(self._file)
                if self._files.named_facts(self._name, self._folder).inode == ours.inode:
                    self._files.remove(self._name, self._folder)
        finally:
            with suppress(OSError):
                self._files.close(self._file)


def is_alive(holder: bytes) -> bool | None:
    """Whether the process that a lock names lives; None when the lock does not say, or it is another host's."""
    text = holder.split(b"\n", 1)[0].split(b"\0", 1)[0].decode("ascii", "replace").strip()
    number, colon, host = text.partition(":")
    if not number.isdecimal() or not 0 < int(number) < 2**31 or (colon and host.strip() != os.uname().nodename):
        return None
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        # Without a host (liblockfile's form) the process may be one of another machine.
        return False if colon else None
    except PermissionError:
        return True
    return not (colon and _has_ended(int(number)))


def _has_ended(process: int) -> bool:
    """Whether a process has ended, and only its parent has not asked how."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return file.read(4096).rpartition(b")")[2].split()[:1] in ([b"Z"], [b"X"])
    except OSError:
        return False
