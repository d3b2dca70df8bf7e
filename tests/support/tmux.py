"""A program in a real terminal: the only pane of a tmux server of its own.

The test types keys and reads the screen, as a person would. All waiting is for something to appear,
with a deadline; what was done and what the screen shows is in the failure.
"""

import os
import re
import shlex
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.programs import path_of

PAUSE = 0.05
"""Seconds between two looks at the screen."""
LAST_WORDS = 10.0
"""Seconds in which what a program wrote before it ended may still come to the screen: tmux reads it when it can."""

_SETTINGS = """\
set -s exit-empty off
set -s escape-time 0
set -g remain-on-exit on
set -g status off
set -g history-limit 10000
"""

# tmux now and then misses that its child has ended. This parent does not: it reaps the program, so that a lock file
# with the number of a dead process is known for stale, and keeps the status. It outlives the terminal to do so.
_PARENT = 'trap : HUP INT QUIT TERM; "$@"; echo $? >"$0.new"; mv "$0.new" "$0"'


class Terminal:
    """A pane in which `argv` runs; leaving the `with` ends the program and the server."""

    def __init__(
        self,
        argv: Sequence[str],
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        columns: int = 100,
        rows: int = 60,
    ) -> None:
        """`folder` becomes the program's home and working directory; `settings` are added to its environment.

        Its path is short: the socket of the server lies in it.
        """
        self._tmux_program = path_of("tmux")
        self._socket = str(folder / "tmux")
        self._position = 0
        self._steps: list[str] = []
        configuration = folder / "tmux.conf"
        configuration.write_text(_SETTINGS)
        environment = {"HOME": str(folder), "TERM": "screen", "LC_ALL": "C.UTF-8", **(settings or {})}
        self._status = folder / "status"
        self._status.unlink(missing_ok=True)
        words = ["env", *(f"{name}={value}" for name, value in environment.items())]
        words += ["sh", "-c", _PARENT, str(self._status), *argv]
        # -D keeps the server our child, so that it can be waited for.
        self._server = subprocess.Popen(
            [self._tmux_program, "-D", "-S", self._socket, "-f", str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._await(lambda: os.path.exists(self._socket), "the server of tmux", 60)
            size = ["-x", str(columns), "-y", str(rows)]
            self._tmux("new-session", "-d", *size, "-c", str(folder), shlex.join(words))
        except BaseException:
            self._server.kill()
            self._server.wait()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def text(self) -> str:
        """What has been shown: scrollback and screen, wrapped lines joined."""
        return self._tmux("capture-pane", "-p", "-J", "-S", "-").rstrip("\n")

    def type(self, text: str) -> None:
        """Type `text`, all at once."""
        self._steps.append(f"type {text!r}")
        self._tmux("send-keys", "-H", *(f"{byte:02x}" for byte in text.encode()))

    def key(self, name: str) -> None:
        """Press a key by its tmux name: `Enter`, `Escape`, `C-a`."""
        self._steps.append(f"key {name}")
        self._tmux("send-keys", name)

    def expect(self, pattern: str, patience: float = 60) -> re.Match[str]:
        """Wait for `pattern` below what the last `expect` found."""
        found = self._find(pattern, patience, below=True)
        self._position = found.end()
        return found

    def see(self, pattern: str, patience: float = 60) -> re.Match[str]:
        """Wait for `pattern` anywhere on the screen: menus and pop-ups."""
        return self._find(pattern, patience, below=False)

    def gone(self, pattern: str, patience: float = 60) -> None:
        """Wait until `pattern` is nowhere on the screen."""
        self._await(lambda: not re.search(pattern, self.text()), f"{pattern!r} to go away", patience)

    def takes_keys(self, patience: float = 60) -> None:
        """Wait until the program has set its terminal to single keys; typed earlier, they would arrive as a line."""
        tty = self._ask("#{pane_tty}")

        def single_keys() -> bool:
            descriptor = os.open(tty, os.O_RDWR | os.O_NOCTTY)
            try:
                return not termios.tcgetattr(descriptor)[3] & termios.ICANON
            finally:
                os.close(descriptor)

        self._await(single_keys, "the program to take single keys", patience)

    def ended(self, patience: float = 60) -> int:
        """Wait until the program ends; its exit status, 128 and the number of the signal if one ended it."""
        self._await(self._status.exists, "the program to end", patience)
        return int(self._status.read_text())

    def close(self) -> None:
        """End the program, if it still runs, as if the terminal were closed; then the server."""
        for number in (signal.SIGHUP, signal.SIGKILL):
            if self._status.exists():
                break
            for process in self._programs():
                with suppress(ProcessLookupError):
                    os.kill(process, number)
            with suppress(AssertionError):
                self.ended(4)
        with suppress(subprocess.CalledProcessError):
            self._tmux("kill-server")
        try:
            self._server.wait(60)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    def _find(self, pattern: str, patience: float, *, below: bool) -> re.Match[str]:
        compiled = re.compile(pattern)
        deadline = time.monotonic() + patience
        ended = False
        while True:
            if not ended and self._status.exists():
                ended = True
                deadline = min(deadline, time.monotonic() + LAST_WORDS)
            last_look = time.monotonic() > deadline
            text = self.text()
            if len(text) < self._position:
                self._position = 0  # the program cleared the screen
            if found := compiled.search(text, self._position if below else 0):
                self._steps.append(f"saw {found[0]!r}")
                return found
            if last_look:
                raise self._failure(f"{pattern!r} to appear")
            time.sleep(PAUSE)

    def _await(self, condition: Callable[[], bool], what: str, patience: float) -> None:
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                raise self._failure(what)
            time.sleep(PAUSE)

    def _failure(self, what: str) -> AssertionError:
        with suppress(subprocess.CalledProcessError):
            shown = re.sub(r" +$|\n\s*\n(?=\s*\n)", "", self.text(), flags=re.MULTILINE)
            return AssertionError(f"waited in vain for {what}\n" + "\n".join([*self._steps, "--- screen", shown]))
        return AssertionError(f"waited in vain for {what}, and tmux has gone")

    def _programs(self) -> list[int]:
        parent = self._ask("#{pane_pid}")
        return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]

    def _ask(self, form: str) -> str:
        return self._tmux("display-message", "-p", form).strip()

    def _tmux(self, *words: str) -> str:
        command = [self._tmux_program, "-S", self._socket, *words]
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8", timeout=60).stdout
