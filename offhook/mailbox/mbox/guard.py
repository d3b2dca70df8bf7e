"""Who finishes for us when we are killed: a small process that knows which boxes we write to, and outlives us.

A dotlock that a killed process leaves keeps others waiting: Postfix for 500 seconds, procmail for 1024. The guard is
told of each box before its locks are taken, and after they are given back. When its input ends while a box is noted,
it has the box mended (`mending`): what the journal says is finished, then the lock is gone. It costs a process with
nothing but the interpreter in it, started when the first box is written to.
"""

import atexit
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PROGRAM = Path(__file__).with_name("guarding.py")
_ROOT = Path(__file__).parents[3]
_FAREWELL = 1.0
"""Seconds that a guard has to end, once its input has."""
_LONGEST_NOTE = 4096
"""What a pipe takes in one piece."""


class Guard:
    """The guard of this process; one forked from it gets a guard of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._pipe = -1
        self.process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def watching(self, path: str) -> Iterator[None]:
        """Have a box mended if this process is killed inside."""
        note = f"{os.getpid()} {os.geteuid()} {os.getegid()} {os.fsencode(path).hex()}\n".encode()
        if len(note) >= _LONGEST_NOTE:
            yield
            return
        self._tell(b"+" + note)
        try:
            yield
        finally:
            self._tell(b"-" + note)

    def _tell(self, note: bytes) -> None:
        with self._lock:
            if self._owner != os.getpid():
                self._start()
            if self._pipe < 0:
                return
            try:
                os.write(self._pipe, note)
            except OSError:  # it was killed, or stopped: the next change has a new one
                self._drop()
                self._owner = 0

    def _start(self) -> None:
        """Start a guard; a process that cannot have one works without."""
        self._drop()
        self._owner = os.getpid()
        atexit.unregister(self.close)
        atexit.register(self.close)
        source, sink = os.pipe()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_PROGRAM), str(_ROOT)],
                stdin=source,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        except OSError:
            os.close(sink)
            return
        finally:
            os.close(source)
        os.set_blocking(sink, False)
        self._pipe = sink

    def close(self) -> None:
        """Let the guard go; the next change has a new one."""
        with self._lock:
            self._drop()
            self._owner = 0

    def _drop(self) -> None:
        if self._pipe >= 0:
            with suppress(OSError):
                os.close(self._pipe)
            self._pipe = -1
        process, self.process = self.process, None
        if (
            process is not None
        ):  # in a process that was forked from its parent's, this tells at once that it is no child
            with suppress(subprocess.TimeoutExpired):
                process.wait(_FAREWELL)


GUARD = Guard()
