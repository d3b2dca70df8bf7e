"""The program of a guard: it hears which boxes are being written to, and has them mended when nobody is left to do so.

It is run by its path, with nothing of offhook loaded, so that it is small: `guarding.py ROOT`.
"""

import os
import signal
import sys

_PIECE = 65536


def held_at_the_end() -> list[bytes]:
    """The notes that were not taken back when the input ended."""
    held: dict[bytes, int] = {}
    rest = b""
    while piece := os.read(0, _PIECE):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            note = line[1:]
            count = held.pop(note, 0) + (1 if line[:1] == b"+" else -1)
            if count > 0:
                held[note] = count
    return list(held)


def become(uid: int, gid: int) -> None:
    """Be who wrote to the box, for good."""
    if os.getuid() == 0:
        os.seteuid(0)
        if uid != 0:
            os.setgroups([gid])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)


def mend(note: bytes, root: str) -> None:
    """Have a box mended, by a process that has all of offhook."""
    process, uid, gid, path = note.split(b" ")
    child = os.fork()
    if not child:
        try:
            become(int(uid), int(gid))
            box = bytes.fromhex(path.decode())
            environment = {**os.environb, b"PYTHONPATH": os.fsencode(root)}
            command = [os.fsencode(sys.executable), b"-P", b"-m", b"offhook.mailbox.mbox.mending", process, box]
            os.execve(command[0], command, environment)
        finally:
            os._exit(1)


def main() -> None:
    """Wait for the end of whoever is guarded."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when the guarded process has ended
    for note in held_at_the_end():
        mend(note, sys.argv[1])
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    main()
