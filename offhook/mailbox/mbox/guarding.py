"""The program of a guard: it hears which boxes are being written to, and mends them when nobody is left to do so.

It is run by its path (`guarding.py ROOT`), and has nothing of offhook loaded but `mailbox.files`, which imports no
other room. It loads that while there is nothing else to do, so that a process which ends soon does not pay for it, and
mends in a child of its own: no program has to be started once the guarded process is killed.
"""

import os
import select
import signal
import sys
import time
from contextlib import suppress

_PIECE = 65536
_QUIET_SECONDS = 0.05
"""How long a guard lives before it loads what it mends with."""
_PATIENCE = 120.0
"""Seconds that other programs may keep a box that is to be mended."""
_MOST_OCTETS = 1 << 30
_MOST_SECONDS = 600
"""Memory and processor time of a child that mends, whatever a journal says: it works in pieces of 8 MiB."""


class Notes:
    """The notes that have come and were not taken back."""

    def __init__(self) -> None:
        self._held: dict[bytes, int] = {}
        self._rest = b""

    def read(self) -> bool:
        """Wait for more to read; False once there is no more."""
        piece = os.read(0, _PIECE)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            note = line[1:]
            count = self._held.pop(note, 0) + (1 if line[:1] == b"+" else -1)
            if count > 0:
                self._held[note] = count
        return bool(piece)

    def read_until(self, moment: float) -> bool:
        """Read what comes up to a moment of the monotonic clock; False once there is no more."""
        while (rest := moment - time.monotonic()) > 0 and select.select([0], [], [], rest)[0]:
            if not self.read():
                return False
        return True

    def held(self) -> list[bytes]:
        """What is left."""
        return list(self._held)


def become(uid: int, gid: int, groups: list[int]) -> None:
    """Be who wrote to the box, for good."""
    if os.getuid() == 0 and uid != 0:
        os.setgroups(groups)
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)


def mend(note: bytes) -> None:
    """Mend a box, within limits."""
    import resource

    from offhook.mailbox.files import DiskBoxFiles, mend_after

    process, uid, gid, groups, path = note.split(b" ")
    become(int(uid), int(gid), [int(group) for group in groups.split(b",") if group])
    for limit, most in ((resource.RLIMIT_AS, _MOST_OCTETS), (resource.RLIMIT_CPU, _MOST_SECONDS)):
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    mend_after(int(process), os.fsdecode(bytes.fromhex(path.decode())), DiskBoxFiles(), _PATIENCE)


def be_root_alone() -> None:
    """A guard that root starts while acting as another is root's: that other may not end it, nor look into it."""
    if os.getuid() == 0:
        with suppress(OSError):  # root of a container, who may not do everything
            os.seteuid(0)
            os.setresuid(0, 0, 0)
            os.setresgid(0, 0, 0)
            os.setgroups([])


def main() -> None:
    """Wait for the end of whoever is guarded."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when the guarded process has ended
    be_root_alone()
    notes = Notes()
    more = notes.read_until(time.monotonic() + _QUIET_SECONDS)
    if more or notes.held():
        sys.path.append(sys.argv[1])
        import resource  # noqa: F401 - to have it

        import offhook.mailbox.files  # noqa: F401 - to have it
    while more:
        more = notes.read()
    for note in notes.held():
        if not os.fork():
            try:
                mend(note)
            finally:
                os._exit(0)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    main()
    os._exit(0)  # there is nothing to put in order, and whoever was guarded may be waiting for this end
