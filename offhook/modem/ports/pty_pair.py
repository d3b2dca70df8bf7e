"""The two ends of a pty: the master, which is ours, and the client's side, which we hold open as well.

Holding the client's side keeps the master from hanging up when the last client leaves (it would then be readable
for ever), keeps the settings, and is the only way for an ordinary user to clear TIOCEXCL and to flush what
a client did not read. Packet mode with EXTPROC makes every change of settings readable on the master
(ioctl_tty(2)): each read begins with a byte that is 0 before data and else says what happened.
"""

import contextlib
import fcntl
import os
import select
import struct
import termios

from offhook.modem.ports.termios2 import Settings, read_settings, report_changes, write_settings

_TIOCGEXCL = 0x80045440
_TIOCPKT_IOCTL = 0x40  # in the byte of packet mode: the settings changed
_READ = 4096  # the most that one read gives: a byte of packet mode and 4095 of the line discipline
_READS = 8  # more than a full pty holds (20 KB)
_WAITS = 12  # times that a line in bulk lets the kernel go first: its next piece is only microseconds away
GATHERED = 4
"""Full reads that are made one chunk, for a line that has the loop to itself."""


class Pty:
    """A pty, raw, non-blocking. All that fails raises OSError."""

    def __init__(self, mode: int | None = None) -> None:
        self.master, self._slave = os.openpty()
        try:
            os.set_blocking(self.master, False)
            self.tty = os.ttyname(self._slave)
            if mode is not None:
                os.fchmod(self._slave, mode)
            fresh = read_settings(self._slave)
            self._sane = fresh.raw(fresh)
            write_settings(self._slave, self._sane)
            fcntl.ioctl(self.master, termios.TIOCPKT, struct.pack("i", 1))
        except OSError:
            self.close()
            raise

    def read(self, dry: bool = False, most: int = GATHERED) -> tuple[bytes, bool]:
        """The client's bytes so far, and whether it changed settings.

        One read is enough unless it was full, and then `most` are, or all is wanted (`dry`): the kernel moves
        a full pty's bytes up in pieces, and a read waits for it to do so.
        """
        pieces: list[bytes] = []
        changed = False
        waits = 0
        for _ in range(_READS + _WAITS):
            try:
                got = os.read(self.master, _READ)
            except BlockingIOError:
                if dry or not pieces or waits == _WAITS:
                    break
                waits += 1
                os.sched_yield()
                continue
            if got[:1] == b"\0":
                pieces.append(got[1:])
                if not dry and (len(got) < _READ or len(pieces) >= most):
                    break
            elif got:
                changed = changed or bool(got[0] & _TIOCPKT_IOCTL)
            else:
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces), changed

    def write(self, data: bytes | bytearray) -> int:
        """Write towards the client; how many bytes fitted."""
        try:
            return os.write(self.master, data)
        except BlockingIOError:
            return 0

    def settings(self) -> Settings:
        """The settings now; the next change is announced, unless the line is cooked.

        An announcement that waits is taken, and no data: a read of one byte has room for nothing else.
        """
        with contextlib.suppress(BlockingIOError):
            os.read(self.master, 1)
        settings = report_changes(self.master)
        if settings.rate:
            self._sane = settings
        return settings

    def forget_unread(self) -> None:
        """Drop what the client's side has not read."""
        fcntl.ioctl(self._slave, termios.TCFLSH, termios.TCIFLUSH)

    def clear_up(self, settings_too: bool) -> None:
        """Undo what a client left: bytes unread, a rate of 0; with `settings_too` its discipline and TIOCEXCL."""
        self.forget_unread()
        left = read_settings(self.master)
        if settings_too or not left.rate:
            write_settings(self.master, left.raw(self._sane))
        if settings_too:
            fcntl.ioctl(self._slave, termios.TIOCNXCL)

    def hung_up(self) -> bool:
        """Whether vhangup(2) has made our descriptor of the client's side useless, as login does; then `renew`."""
        try:
            read_settings(self._slave)
        except OSError:
            return True
        return False

    def renew(self) -> bool:
        """Open our descriptor of the client's side anew; whether nobody else had it open meanwhile."""
        exclusive = False
        with contextlib.suppress(OSError):  # a descriptor that was hung up refuses both
            exclusive = fcntl.ioctl(self._slave, _TIOCGEXCL, bytes(4)) != bytes(4)
            fcntl.ioctl(self._slave, termios.TIOCNXCL)
        os.close(self._slave)
        self._slave = -1
        hang_up = select.poll()
        hang_up.register(self.master, 0)
        alone = bool(hang_up.poll(0))
        self._slave = os.open(self.tty, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        if exclusive and not alone:
            fcntl.ioctl(self._slave, termios.TIOCEXCL)
        return alone

    def close(self) -> None:
        """Close both ends: a client then reads the end of file."""
        for fd in (self.master, self._slave):
            if fd >= 0:
                os.close(fd)
        self.master = self._slave = -1
