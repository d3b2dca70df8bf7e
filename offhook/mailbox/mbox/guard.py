"""Who finishes for us when we are killed: a small process that knows which boxes we write to, and outlives us.

A dotlock that a killed process leaves keeps others waiting: Postfix for 500 seconds, procmail for 1024. The guard is
told of each box before its locks are taken, and after they are given back. When its input ends while a box is noted,
it mends the box: what the journal says is finished, then the lock is gone. It costs a process with an interpreter and
`mailbox.files` in it, started when the first box is written to.
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
    """The guard of this process; one forked from it gets a guard of its own.

    `program` is run with `root`, where `offhook` lies.
    """

    def __init__(self, program: Path = _PROGRAM, root: Path = _ROOT) -> None:
        self._command = ("-I", "-S", str(program), str(root))
        self._lock = threading.Lock()
        self._owner = 0
        self._possible = True
        self._pipe = -1
        self._held: list[bytes] = []
        self.process: subprocess.Popen[bytes] | None = None
        os.register_at_fork(after_in_child=self._leave)

    @contextmanager
    def watching(self, path: str) -> Iterator[None]:
        """Have a box mended if this process is killed inside."""
        # Whoever is not root has the guard's own rights.
        groups = ",".join(map(str, os.getgroups())) if os.getuid() == 0 else ""
        who = f"{os.getpid()} {os.geteuid()} {os.getegid()} {groups}"
        note = f"{who} {os.fsencode(path).hex()}\n".encode()
        if len(note) >= _LONGEST_NOTE:
            yield
            return
        self._note(note)
        try:
            yield
        finally:
            self._take_back(note)

    def _note(self, note: bytes) -> None:
        """Tell of a box; a guard that was ended or stopped is replaced at once, and the new one told of all."""
        with self._lock:
            if self._owner != os.getpid():
                self._drop()
                self._held, self._owner, self._possible = [], os.getpid(), True
            self._held.append(note)
            if not self._tell(b"+" + note) and self._possible:
                self._start()
                for each in self._held:
                    self._tell(b"+" + each)

    def _take_back(self, note: bytes) -> None:
        with self._lock:
            if self._owner == os.getpid():
                self._held.remove(note)
                self._tell(b"-" + note)

    def _tell(self, line: bytes) -> bool:
        if self._pipe < 0:
            return False
        try:
            os.write(self._pipe, line)
        except OSError:  # it was killed, or stopped
            if self.process is not None:
                self.process.kill()
            self._drop()
            return False
        return True

    def _start(self) -> None:
        """Start a guard; a process that cannot have one works without."""
        atexit.unregister(self.close)
        atexit.register(self.close)
        source, sink = os.pipe()
        try:
            self.process = subprocess.Popen(
                [sys.executable, *self._command],
                stdin=source,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        except OSError:
            os.close(sink)
            self._possible = False
            return
        finally:
            os.close(source)
        os.set_blocking(sink, False)
        self._pipe = sink

    def close(self) -> None:
        """Let the guard go; the next change has a new one."""
        with self._lock:
            self._drop()

    def _leave(self) -> None:
        """In a process forked from ours: held open there, the pipe would keep the guard from hearing of our end."""
        self._lock = threading.Lock()  # another thread may have had the one before
        self.process, pipe, self._pipe = None, self._pipe, -1
        if pipe >= 0:
            os.close(pipe)

    def _drop(self) -> None:
        if self._pipe >= 0:
            with suppress(OSError):
                os.close(self._pipe)
            self._pipe = -1
        process, self.process = self.process, None
        # In a process that was forked from its parent's, waiting tells at once that it is no child.
        if process is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_FAREWELL)


GUARD = Guard()
