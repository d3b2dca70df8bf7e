"""The record of all that happens to modems and all they do, in a form that can be replayed."""

import logging
from pathlib import Path
from typing import Protocol

from offhook.modem.hayes import Action, Event

log = logging.getLogger(__name__)


class Trace(Protocol):
    """Who keeps the record."""

    def event(self, line: str, now: float, event: Event) -> None:
        """At `now` (seconds of the loop's clock) this happened to the modem on `line`."""

    def action(self, line: str, now: float, action: Action) -> None:
        """In answer the modem wanted this done."""


class TraceFile:
    """A trace appended to a text file, an entry a line: `LINE SECONDS > EVENT`, `LINE SECONDS < ACTION`.

    Nothing is shortened, so that it can be replayed. Opening the file may raise OSError; when writing
    fails later, the trace ends with a warning and the calls go on.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a", encoding="ascii", errors="backslashreplace", buffering=1)

    def event(self, line: str, now: float, event: Event) -> None:
        """Write an event."""
        self._write(f"{line} {now:.6f} > {event!r}\n")

    def action(self, line: str, now: float, action: Action) -> None:
        """Write an action."""
        self._write(f"{line} {now:.6f} < {action!r}\n")

    def close(self) -> None:
        """End the trace; idempotent."""
        try:
            self._file.close()
        except OSError as error:
            log.warning("the end of the trace %s is lost: %s", self._path, error)

    def _write(self, entry: str) -> None:
        if self._file.closed:
            return
        try:
            self._file.write(entry)
        except OSError as error:
            log.warning("the trace %s ends here: %s", self._path, error)
            self.close()
