"""A pty as a serial port: a client program opens the stable link and finds a modem's line there.

A pty has no control lines, so they are deduced: while somebody has the terminal open and its rate is not 0
(B0), DTR and RTS are on. DSR, CTS, DCD and RI cannot be shown to a client; `set_signals` has no effect.

Order: attaching is told before the client's first byte, leaving after its last. What is sent while nobody
has the terminal open is dropped and counted, so that no client reads what was meant for the one before.
Between two clients DTR is off for a moment at least, however soon the second comes, as the kernel's serial
ports do (`close_delay`): a modem would overlook less, and the second would be in the call of the first.

All changes of settings are told as they happen, except while a client wants a cooked line, as a login does;
such a line is looked at four times a second.
"""

import asyncio
import errno
import logging
from pathlib import Path

from offhook.modem.ports.attachment import Attachment
from offhook.modem.ports.backlog import Backlog
from offhook.modem.ports.port import PortError, PortListener
from offhook.modem.ports.pty_pair import GATHERED, Pty
from offhook.modem.ports.pty_watch import PtyWatch
from offhook.modem.ports.report import Report
from offhook.modem.ports.stable_link import publish, withdraw
from offhook.modem.rs232 import Signals

log = logging.getLogger(__name__)

WATERMARK = 32 * 1024
"""Bytes that may wait for the client before the sender is asked to pause."""
LEAST_OFF = 0.06
"""Seconds that DTR stays off between two clients: a little more than a modem asks for (S25, 50 ms)."""
BULK = 4095
"""Bytes that one read gives of a full pty: a client that sends so many was there before."""
COOKED_EVERY = 0.25
"""Seconds between looks at the settings of a line that its client made cooked: only these are not reported."""
REOPEN_AFTER = 1.0
"""Seconds until a pty that failed is replaced."""

_THERE = Signals.DTR | Signals.RTS
_REMEDIES = {
    errno.EMFILE: "raise the limit of open files (ulimit -n) or fs.inotify.max_user_instances",
    errno.ENFILE: "raise fs.file-max",
    errno.ENOSPC: "raise kernel.pty.max or fs.inotify.max_user_watches",
}


def _refusal(name: str, error: OSError) -> PortError:
    remedy = _REMEDIES.get(error.errno or 0, "see pty(7)")
    return PortError(f"no pty for {name}: {error.strerror}; {remedy}")


class PtyPort:
    """A `Port` whose DTE is whatever opens `link`; a pty carries no break.

    `watch` is shared by all the ports of a loop; a port without one has its own. `mode` is set on the terminal, else
    it keeps what the system gives it (0620, group tty). `watermark` is in bytes, `least_off` in seconds.
    """

    def __init__(
        self,
        link: Path,
        watch: PtyWatch | None = None,
        *,
        mode: int | None = None,
        watermark: int = WATERMARK,
        least_off: float = LEAST_OFF,
    ) -> None:
        self._link = link
        self._watch = watch or PtyWatch()
        self._mode = mode
        self._watermark = watermark
        self._least_off = least_off
        self._report = Report()
        self._pty: Pty | None = None
        self._attachment: Attachment | None = None
        self._backlog: Backlog | None = None
        self._reading = True
        self._in_hand = b""  # read, but not told before it is known which client sent it
        self._off_until = 0.0
        self._coming: asyncio.TimerHandle | None = None  # a client is there, but DTR is not on yet
        self._look_again: asyncio.TimerHandle | None = None
        self._retry: asyncio.TimerHandle | None = None
        self.dropped = 0  # bytes sent that no client was there to read, or one for whom DTR is not on yet

    @property
    def name(self) -> str:
        """The stable link's path."""
        return str(self._link)

    @property
    def tty(self) -> str:
        """The terminal behind the link; "" while there is none."""
        return self._pty.tty if self._pty else ""

    def start(self, listener: PortListener) -> None:
        """Make the pty and its link, tell the listener its rate, and that nobody is there. Raises PortError."""
        self._loop = asyncio.get_running_loop()
        self._open()
        self._report.begin(listener)
        self._heed_settings()

    def send(self, data: bytes) -> None:
        """Write to the client at once; what does not fit waits, and beyond the watermark the sender is paused."""
        if self._backlog and self._attachment and self._attachment.clients and not self._coming:
            self.dropped += self._backlog.send(data)
        else:
            self.dropped += len(data)

    def set_signals(self, on: Signals) -> None:
        """Nothing: a pty has no lines to show them on."""

    def send_break(self) -> None:
        """Nothing."""

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
        if self._retry:
            self._retry.cancel()
        self._shut()

    def _open(self) -> None:
        try:
            pty = self._pty = Pty(self._mode)
            self._attachment = Attachment(pty, self._watch, self)
            self._backlog = Backlog(
                pty.master, self._write, self._watermark, self._report.pause_sending, self._report.resume_sending
            )
            publish(self._link, pty.tty)
        except (PortError, OSError) as error:
            self._shut()
            raise error if isinstance(error, PortError) else _refusal(self.name, error) from error
        self._hear()

    def _hear(self) -> None:
        """Have the loop hear the master, or only changes of its settings while nobody takes the bytes."""
        if self._pty is None or self._attachment is None:
            return
        taken = self._reading and self._coming is None
        self._attachment.hear_settings(not taken)
        if taken:
            self._loop.add_reader(self._pty.master, self._readable)
        else:
            self._loop.remove_reader(self._pty.master)

    def _shut(self) -> None:
        if self._pty is None:
            return
        pty, self._pty = self._pty, None
        withdraw(self._link, pty.tty)
        self._loop.remove_reader(pty.master)
        self._in_hand = b""
        for timer in (self._coming, self._look_again):
            if timer:
                timer.cancel()
        for part in (self._attachment, self._backlog):
            if part:
                part.close()
        self._coming = self._look_again = self._attachment = self._backlog = None
        pty.close()

    def failed(self, error: OSError) -> None:
        """The pty is of no more use: DTR off, and soon another one under the same link."""
        log.warning("%s: the pty failed (%s); another will be made", self.name, error)
        self._shut()
        self._report.signals(Signals.NONE)
        if self._report.listener and not self._retry:
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

    # Clients come and go: called by the attachment.

    def client_came(self) -> None:
        """Somebody opened the terminal: DTR on, if it has been off for long enough, and nothing is in hand."""
        if self._attachment:
            self._attachment.tend(Pty.forget_unread)
        if self._attachment and (self._in_hand or self._loop.time() < self._off_until):
            self._coming = self._loop.call_at(self._off_until, self._come)
            self._hear()
        else:
            self._heed_settings()

    def client_left(self, another_follows: bool) -> None:
        """The last client has gone: deliver what it sent, clear up what it left, then DTR off."""
        if self._coming:
            self._coming.cancel()
            self._coming = None
            self._hear()
            self._report.signals(_THERE)
        self._in_hand += self._read(dry=True)[0]
        # With the next client there already, nobody can tell whose bytes these are. A client that gets no answer
        # to its first command waits in vain, and one that has gone waits for nothing: they are the next one's.
        another_follows = another_follows or (self._attachment is not None and self._attachment.followed())
        if not another_follows:
            self._report.sent(self._let_go())
        if self._backlog:
            self._backlog.clear()
        if self._attachment:
            # When the next client is there already, the settings may be its own.
            self._attachment.tend(lambda pty: pty.clear_up(settings_too=not another_follows))
        self._report.signals(Signals.NONE)
        self._off_until = self._loop.time() + self._least_off  # from now: it was heard now, however late that is

    def _come(self) -> None:
        coming = self._coming
        # What is in hand may be of one who came later still: it is let go when all have been told.
        self._watch.look()
        if self._coming is not coming:
            return
        self._coming = None
        self._hear()
        self._heed_settings(self._let_go())

    # Bytes and settings.

    def _readable(self) -> None:
        attachment = self._attachment
        sent, changed = self._read()
        self._in_hand += sent
        if len(sent) < BULK or (attachment and not attachment.clients):
            self._watch.look()  # whoever came or left is told before the bytes that came with it
        if self._in_hand and attachment and not attachment.clients:
            if attachment.followed():
                return  # whose they are is told in a moment
            attachment.openings_unknown()
        if self._coming:
            return
        (self._heed_settings if changed else self._report.sent)(self._let_go())

    def _let_go(self) -> bytes:
        sent, self._in_hand = self._in_hand, b""
        return sent

    def _read(self, dry: bool = False) -> tuple[bytes, bool]:
        if self._pty is None:
            return b"", False
        try:
            # A line in bulk that is alone gathers; beside others it takes turns, or keys would wait for its bulk.
            return self._pty.read(dry, GATHERED if self._watch.alone(self._pty.master) else 1)
        except OSError as error:
            self.failed(error)
            return b"", False

    def _write(self, data: bytes | bytearray) -> int:
        if self._pty is None:
            return -1
        self._watch.alone(self._pty.master)
        try:
            return self._pty.write(data)
        except OSError as error:
            self.failed(error)
            return -1

    def _heed_settings(self, sent: bytes = b"") -> None:
        """Tell what the client's settings say, and what it sent: before that when they drop DTR, else after."""
        if self._pty is None or self._attachment is None:
            self._report.sent(sent)
            return
        try:
            settings = self._pty.settings()
        except OSError as error:
            self._report.sent(sent)
            self.failed(error)
            return
        if settings.cooked and not self._look_again:
            self._look_again = self._loop.call_later(COOKED_EVERY, self._look_at_cooked)
        if settings.rate:
            self._report.rate(settings.rate)
            self._report.signals(_THERE if self._attachment.clients and not self._coming else Signals.NONE)
            self._report.sent(sent)
        else:
            self._report.sent(sent + self._read(dry=True)[0])
            self._report.signals(Signals.NONE)

    def settings_waiting(self) -> None:
        """The client has changed the settings while its bytes are not taken."""
        self._heed_settings()

    def _look_at_cooked(self) -> None:
        self._look_again = None
        self._heed_settings()
