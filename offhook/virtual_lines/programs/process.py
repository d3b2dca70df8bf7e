"""A program's process with the terminal it runs on, and all that it has started there.

The process is not waited for before its session is empty: until then its number stays its own, and nothing else can
be killed by it.
"""

import asyncio
import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from offhook.virtual_lines.programs import launcher
from offhook.virtual_lines.programs.program import RunnableProgram
from offhook.virtual_lines.switchboard import CallFacts, TerminalFacts

GRACE = 5.0
"""Seconds from SIGHUP to SIGKILL."""
AGAIN = 0.2
"""Seconds until it is looked again whether all are gone that were killed."""
_SPEEDS = {int(name[1:]): getattr(termios, name) for name in dir(termios) if name[0] == "B" and name[1:].isdecimal()}
_PLAIN_SIZE = (24, 80)


class Process:
    """A program that has been started; `master` is our side of its terminal, non-blocking, -1 once hung up.

    `on_start` is told whether it could be started, with why not; `on_exit` is called when it has ended by itself or
    was ended; `on_gone` when nothing of it is left.
    """

    def __init__(
        self,
        program: RunnableProgram,
        facts: CallFacts,
        on_start: Callable[[str | None], None],
        on_exit: Callable[[], None],
        on_gone: Callable[[], None],
    ) -> None:
        """Raises `OSError` where there is no pty or process to be had."""
        self._loop = asyncio.get_running_loop()
        self._on_start, self._on_exit, self._on_gone = on_start, on_exit, on_gone
        self.exited = False
        self._gone = False
        self._timer: asyncio.TimerHandle | None = None
        self.master, slave = os.openpty()
        status, told = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            os.set_blocking(self.master, False)
            self.resize(facts.terminal)
            if os.geteuid() == 0:
                os.fchown(slave, program.user.uid, -1)
                os.fchmod(slave, 0o620)
            self._process = _started(program, facts, slave, told)
            self._watch = os.pidfd_open(self._process.pid)
        except BaseException:  # raised again: nobody else could close these
            os.close(self.master)
            os.close(status)
            raise
        finally:
            os.close(slave)
            os.close(told)
        self._status = status
        self._loop.add_reader(status, self._told)
        self._loop.add_reader(self._watch, self._ended)

    @property
    def pid(self) -> int:
        """The number of the process, and of its session."""
        return self._process.pid

    def resize(self, terminal: TerminalFacts) -> None:
        """The caller's window has this size; who has the terminal hears of it (SIGWINCH)."""
        rows, columns = terminal.rows or _PLAIN_SIZE[0], terminal.columns or _PLAIN_SIZE[1]
        size = struct.pack("HHHH", min(rows, 65535), min(columns, 65535), 0, 0)
        with suppress(OSError):  # hung up
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def set_rate(self, rate: int) -> None:
        """Have the terminal show the line's rate in bit/s, as programs ask for it, if it is one that terminals have."""
        speed = _SPEEDS.get(rate)
        with suppress(OSError, termios.error):
            settings = termios.tcgetattr(self.master)
            if speed:
                settings[4] = settings[5] = speed
                termios.tcsetattr(self.master, termios.TCSANOW, settings)

    def interrupt_key(self) -> bytes:
        """The character that a break stands for: what interrupts (VINTR); none if there is none."""
        with suppress(OSError, termios.error):
            settings = termios.tcgetattr(self.master)
            key = settings[6][termios.VINTR]
            return key if isinstance(key, bytes) and key != b"\0" else b""
        return b""

    def hang_up(self) -> None:
        """Take the terminal away, which is SIGHUP, and after `GRACE` seconds kill what is left. Idempotent."""
        if self.master < 0:
            return
        os.close(self.master)
        self.master = -1
        self._signal_session(signal.SIGHUP)
        self._signal_session(signal.SIGCONT)
        self._stop_timer()
        self._timer = self._loop.call_later(GRACE, self._kill)
        self._clean()

    def kill_now(self) -> None:
        """Do not wait any longer."""
        if self.master >= 0:
            self.hang_up()
        if not self._gone:
            self._kill()

    def _told(self) -> None:
        why = os.read(self._status, 200)
        self._loop.remove_reader(self._status)
        os.close(self._status)
        self._status = -1
        self._on_start(why.decode("utf-8", "replace") or None)

    def _ended(self) -> None:
        self._loop.remove_reader(self._watch)
        self.exited = True
        if self._status >= 0:
            self._told()
        self._on_exit()
        self._clean()

    def _members(self) -> list[int]:
        """All processes of its session but those that have ended."""
        found: list[int] = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with suppress(OSError, ValueError, IndexError):
                    facts = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                    if int(facts[3]) == self.pid and facts[0] not in "ZX":
                        found.append(int(entry.name))
        return found

    def _signal_session(self, number: signal.Signals) -> None:
        for pid in self._members():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def _kill(self) -> None:
        self._stop_timer()
        self._signal_session(signal.SIGKILL)
        self._timer = self._loop.call_later(AGAIN, self._kill)
        self._clean()

    def _clean(self) -> None:
        """Let go of it all, once it has ended, is hung up, and has left nobody behind."""
        if self._gone or not self.exited or self.master >= 0 or self._members():
            return
        self._gone = True
        self._stop_timer()
        self._process.wait()
        os.close(self._watch)
        self._on_gone()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _started(program: RunnableProgram, facts: CallFacts, slave: int, told: int) -> "subprocess.Popen[bytes]":
    user = program.user
    where = [program.directory or user.home, "" if program.directory else "/"]
    numbers = [str(told), str(user.uid), str(user.gid), ",".join(map(str, user.groups))]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", launcher.__file__, *numbers, *where, *program.command],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        pass_fds=[told],
        cwd="/",
        env=program.environment_for(facts),
        start_new_session=True,
    )
