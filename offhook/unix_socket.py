"""The Unix socket of a listener: made for its owner only, never taken from a host that lives."""

import errno
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

LONGEST_PATH = 107
"""Bytes of a Unix socket's path (unix(7))."""


class UnixSocket:
    """A socket bound at `path`, which appears there at once and with its mode. Raises `OSError`."""

    def __init__(self, path: Path, mode: int = 0o600, group: int | None = None) -> None:
        _clear_the_way(path)
        self._path = path
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        if len(os.fsencode(temporary)) > LONGEST_PATH:
            most = LONGEST_PATH - (len(os.fsencode(temporary)) - len(os.fsencode(path)))
            raise OSError(errno.ENAMETOOLONG, f"is too long for a socket: {most} bytes at most", str(path))
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            os.fchmod(self.socket.fileno(), mode)  # before there is a file that another user could open
            temporary.unlink(missing_ok=True)
            self.socket.bind(str(temporary))
            if group is not None:
                os.chown(temporary, -1, group, follow_symlinks=False)
            temporary.chmod(mode)  # the umask may have taken away some of it
            self.socket.listen(100)
            temporary.replace(path)
            self._made = _identity(path)
        except OSError as error:
            self._give_up(temporary)
            raise OSError(error.errno, error.strerror, str(path)) from None  # that of bind names no file
        except BaseException:  # raised again: neither socket nor file stays
            self._give_up(temporary)
            raise

    def _give_up(self, temporary: Path) -> None:
        self.socket.close()
        with suppress(OSError):
            temporary.unlink()

    def remove(self) -> None:
        """Take the file away, unless another host has put its own there."""
        with suppress(OSError):
            if _identity(self._path) == self._made:
                self._path.unlink()


def _identity(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_ino, facts.st_mtime_ns  # an inode's number is soon used again


def _clear_the_way(path: Path) -> None:
    """Remove a dead socket at `path`; raises `OSError` if something else is there, or somebody listens on it."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        message = "what is there already is no socket: remove it or name another"
        raise FileExistsError(errno.EEXIST, message, str(path))
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)  # a host with a full queue of callers lives, but does not answer
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except BlockingIOError:
            pass
    raise OSError(errno.EADDRINUSE, "another host listens there: stop it or name another", str(path))
