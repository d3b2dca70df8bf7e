"""Becomes a program on the terminal at descriptor 0: a session of its own, another user, a clean start.

Run by itself, with nothing but the standard library: `launcher.py STATUS UID GID GROUPS DIRECTORY OR COMMAND...`. It
runs between our process, which has threads and may not do this after a fork, and the program. STATUS is a
descriptor on which it says why it failed; nothing, and its end, is success. OR is where to start if DIRECTORY is
not to be had, or empty.
"""

import fcntl
import os
import resource
import signal
import sys
import termios

FEW_DESCRIPTORS = 1024
"""The usual soft limit; ours was raised."""


def _given_environment() -> dict[bytes, bytes]:
    """As it was handed to us: Python adds to its own where no locale is set (PEP 538)."""
    with open("/proc/self/environ", "rb") as file:
        return dict(each.split(b"=", 1) for each in file.read().split(b"\0") if b"=" in each)


def _mind_signals() -> None:
    """Ignored signals would be handed down: Python ignores some, and a host may be run with others ignored (nohup)."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _become(arguments: list[str]) -> None:
    uid, gid, groups, directory, instead, *command = arguments
    environment = _given_environment()  # later it is no longer ours to read
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = FEW_DESCRIPTORS if most == resource.RLIM_INFINITY else min(FEW_DESCRIPTORS, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))
    if os.geteuid() == 0:
        os.setgroups([int(each) for each in groups.split(",") if each])
        os.setgid(int(gid))
        os.setuid(int(uid))
    elif int(uid) != os.geteuid():
        raise PermissionError(1, "only root may become another user")
    try:
        os.chdir(directory)
    except OSError:
        if not instead:
            raise
        os.chdir(instead)
    os.umask(0o022)
    _mind_signals()
    os.execve(command[0], command, environment)


def main() -> None:
    """See the module."""
    status = int(sys.argv[1])
    os.set_inheritable(status, False)
    try:
        _become(sys.argv[2:])
    except OSError as error:
        os.write(status, (error.strerror or "it cannot be started").encode())
    os._exit(127)


if __name__ == "__main__":
    main()
