"""A pty as a serial port: a client program opens the stable link and finds a modem's line there.

A pty has no control lines, so they are deduced: while somebody has the terminal open and its rate is not 0
(B0), DTR and RTS are on. DSR, CTS, DCD and RI cannot be shown to a client; `set_signals` has no effect.

Order: attaching is told before the client's first byte, leaving after its last. What is sent while nobody
has the terminal open is dropped and counted, so that no client reads what was meant for the one before.
"""

import asyncio
import errno
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from offhook.modem.ports.backlog import Backlog
from offhook.modem.ports.port import PortError, PortListener
from offhook.modem.ports.pty_pair import Pty
from offhook.modem.ports.pty_watch import PtyWatch
from offhook.modem.ports.report import Report
from offhook.modem.ports.stable_link import publish, withdraw
from offhook.modem.rs232 import Signals

log = logging.getLogger(__name__)

WATERMARK = 32 * 1024
"""Bytes that may wait for the client before the sender is asked to pause."""
REOPEN_AFTER = 1.0
"""Seconds until a pty that failed is replaced."""

_REMEDIES = {
    errno.EMFILE: "raise the limit of open files (ulimit -n) or fs.inotify.max_user_instances",
    errno.ENFILE: "raise fs.file-max",
    errno.ENOSPC: "raise kernel.pty.max or fs.inotify.max_user_watches",
}


class PtyPort:
    """A `Port` whose DTE is whatever opens `link`.

    `watch` is shared by all the ports of a loop; a port without one has its own. `mode` is set on the
    terminal, else it keeps what the system gives it (0620, group tty): a client under another user needs it.
    `watermark` is in bytes.
    """

    def __init__(
        self, link: Path, watch: PtyWatch | None = None, *, mode: int | None = None, watermark: int = WATERMARK
    ) -> None:
        self._link = link
        self._watch = watch or PtyWatch()
        self._mode = mode
        self._watermark = watermark
        self._report = Report()
        self._pty: Pty | None = None
        self._watched = -1
        self._clients = 0
        self._counted = True  # False: events were lost, and _clients says only whether anybody is there
        self._reading = True
        self._backlog: Backlog | None = None
        self._retry: asyncio.TimerHandle | None = None
        self.dropped = 0
        """Bytes sent that no client was there to read."""

    @property
    def name(self) -> str:
        """The stable link's path."""
        return str(self._link)

    @property
    def tty(self) -> str:
        """The terminal behind the link; "" while there is none."""
        return self._pty.tty if self._pty else ""

    def start(self, listener: PortListener) -> None:
        """Make the pty and its link, and tell the listener the rate it has. Raises PortError."""
        self._loop = asyncio.get_running_loop()
        self._open()
        self._report.listener = listener
        self._heed_settings()

    def send(self, data: bytes) -> None:
        """Write to the client at once; what does not fit waits, and beyond the watermark the sender is paused."""
        if self._clients and self._backlog:
            self.dropped += self._backlog.send(data)
        else:
            self.dropped += len(data)

    def set_signals(self, on: Signals) -> None:
        """Nothing: a pty has no lines to show them on."""

    def pause_reading(self) -> None:
        """Let the client's bytes wait in the kernel, which then makes its writes wait."""
        self._reading = False
        self._hear()

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._reading = True
        self._hear()

    def close(self) -> None:
        """Take the link and the pty away; idempotent."""
        self._report.listener = None
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._shut()

    def _open(self) -> None:
        try:
            self._pty = Pty(self._mode)
            self._watched = self._watch.add(self._pty.tty, self)
            publish(self._link, self._pty.tty)
        except PortError:
            self._shut()
            raise
        except OSError as error:
            self._shut()
            remedy = _REMEDIES.get(error.errno or 0, "see pty(7)")
            raise PortError(f"no pty for {self.name}: {error.strerror}; {remedy}") from error
        report = self._report
        self._backlog = Backlog(
            self._pty.master, self._write, self._watermark, report.pause_sending, report.resume_sending
        )
        self._hear()

    def _hear(self) -> None:
        if self._pty is None:
            return
        if self._reading:
            self._watch.leave_settings(self._pty.master)
            self._loop.add_reader(self._pty.master, self._readable)
        else:
            self._loop.remove_reader(self._pty.master)
            self._watch.hear_settings(self._pty.master, self)

    def _shut(self) -> None:
        if self._pty is None:
            return
        withdraw(self._link, self._pty.tty)
        self._loop.remove_reader(self._pty.master)
        if self._backlog:
            self._backlog.close()
            self._backlog = None
        self._watch.leave_settings(self._pty.master)
        self._watch.remove(self._watched)
        self._pty.close()
        self._pty = None
        self._watched = -1
        self._clients, self._counted = 0, True

    def _failed(self, error: OSError) -> None:
        """The pty is of no more use: DTR off, and soon another one under the same link."""
        log.warning("%s: the pty failed (%s); another will be made", self.name, error)
        self._shut()
        self._report.signals(Signals.NONE)
        if self._report.listener is not None and self._retry is None:
            self._retry = self._loop.call_later(REOPEN_AFTER, self._open_again)

    def _open_again(self) -> None:
        self._retry = None
        try:
            self._open()
        except PortError as error:
            log.warning("%s", error)
            self._retry = self._loop.call_later(REOPEN_AFTER, self._open_again)
        else:
            self._heed_settings()

    # Clients come and go: called by the watch.

    def openings(self, came: Sequence[bool]) -> None:
        """Clients came (True) and went (False), in this order."""
        for at, opened in enumerate(came):
            if opened:
                self._clients += 1
                if self._clients == 1:
                    self._attach()
            elif not self._counted:
                self.openings_unknown()
                return
            elif self._clients:
                self._clients -= 1
                if not self._clients:
                    self._detach(another_follows=True in came[at:])
            if self._pty is None:
                return

    def openings_unknown(self) -> None:
        """Find out whether anybody has the terminal open: let go of it ourselves and see whether it hangs up."""
        if self._pty is None:
            return
        before = self._clients
        try:
            alone = self._renew(self._pty)
        except OSError as error:
            self._failed(error)
            return
        self._counted = alone
        self._clients = 0 if alone else 1
        if before and not self._clients:
            self._detach(another_follows=False)
        elif self._clients and not before:
            self._attach()

    def _renew(self, pty: Pty) -> bool:
        """Whether nobody else has the terminal open. Our own close and open go unheard. Raises OSError."""
        self._watch.remove(self._watched)
        alone = pty.renew()
        self._watched = self._watch.add(pty.tty, self)
        return alone

    def settings_waiting(self) -> None:
        """The client has changed the settings while its bytes are not taken."""
        self._heed_settings()

    def _attach(self) -> None:
        self._tend(Pty.forget_unread)
        self._heed_settings()

    def _detach(self, another_follows: bool) -> None:
        """The last client has gone: deliver what it sent, clear up what it left, then DTR off."""
        self._report.sent(self._read(dry=True)[0])
        if self._backlog:
            self._backlog.clear()
        # When the next client is there already, the settings may be its own.
        self._tend(lambda pty: pty.clear_up(settings_too=not another_follows))
        self._report.signals(Signals.NONE)

    def _tend(self, work: Callable[[Pty], None]) -> None:
        """Do what needs our own descriptor of the client's side; if it cannot be done, the pty has failed."""
        if self._pty is None:
            return
        try:
            if self._pty.hung_up():
                self._renew(self._pty)
            work(self._pty)
        except OSError as error:
            self._failed(error)

    def _readable(self) -> None:
        if not self._clients:
            self._watch.look()  # an attach is told before the bytes that came with it
        sent, changed = self._read()
        if sent and not self._clients:
            self.openings_unknown()
        if changed:
            self._heed_settings(sent)
        else:
            self._report.sent(sent)

    def _read(self, dry: bool = False) -> tuple[bytes, bool]:
        if self._pty is None:
            return b"", False
        try:
            return self._pty.read(dry)
        except OSError as error:
            self._failed(error)
            return b"", False

    def _heed_settings(self, sent: bytes = b"") -> None:
        """Tell what the client's settings say, and what it sent: before that when they drop DTR, else after."""
        if self._pty is None:
            self._report.sent(sent)
            return
        try:
            rate = self._pty.settings().rate
        except OSError as error:
            self._report.sent(sent)
            self._failed(error)
            return
        if rate:
            self._report.rate(rate)
            self._report.signals(Signals.DTR | Signals.RTS if self._clients else Signals.NONE)
            self._report.sent(sent)
        else:
            self._report.sent(sent + self._read(dry=True)[0])
            self._report.signals(Signals.NONE)

    def _write(self, data: bytes | bytearray) -> int:
        try:
            return self._pty.write(data) if self._pty else 0
        except OSError as error:
            self._failed(error)
            return -1
