"""The record of all that happens to modems and all they do, in a form that can be replayed."""

import logging
import os
from pathlib import Path
from typing import Protocol

from offhook.modem.hayes import Action, Event, format_entry

log = logging.getLogger(__name__)


class Trace(Protocol):
    """Who keeps the record."""

    def event(self, line: str, now: float, event: Event) -> None:
        """At `now` (seconds of the loop's clock) this happened to the modem on `line`."""

    def action(self, line: str, now: float, action: Action) -> None:
        """In answer the modem wanted this done."""


class TraceFile:
    """A trace appended to a text file, an entry a line: the line's name and what `format_entry` makes of it.

    Nothing is shortened, so that it can be replayed. It holds what callers type, so a new file is for its
    owner only. Opening may raise OSError; when writing fails later, the trace ends with a warning and the
    calls go on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = open(path, "a", encoding="ascii", errors="backslashreplace", buffering=1, opener=_for_owner)  # noqa: SIM115

    @property
    def ended(self) -> bool:
        """Whether nothing is written to it any longer."""
        return self._file.closed

    def event(self, line: str, now: float, event: Event) -> None:
        """Write an event."""
        self._write(f"{line} {format_entry(now, event)}\n")

    def action(self, line: str, now: float, action: Action) -> None:
        """Write an action."""
        self._write(f"{line} {format_entry(now, action)}\n")

    def entry(self, line: str, now: float, sign: str, text: str) -> None:
        """Write what happened (`>`) or was done (`<`) on a line that has no modem."""
        self._write(f"{line} {now:.6f} {sign} {text}\n")

    def close(self) -> None:
        """End the trace; idempotent."""
        try:
            self._file.close()
        except OSError as error:
            log.warning("the end of the trace %s is lost: %s", self.path, error)

    def _write(self, entry: str) -> None:
        if self._file.closed:
            return
        try:
            self._file.write(entry)
        except OSError as error:
            log.warning("the trace %s ends here: %s", self.path, error)
            self.close()


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
