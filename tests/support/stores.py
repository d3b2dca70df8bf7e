"""The stores that keep the promises, as the suites open them: a store joins with a fixture and a line in `STORES`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pytest

from offhook.mailbox.letters import INBOX, Folders, Maildrop


class Open(Protocol):
    """Opens one more session each time: on the maildrop, or on another one of the same kind by its name."""

    def __call__(self, name: str = INBOX) -> Maildrop: ...


@dataclass(frozen=True, slots=True)
class Store:
    """A store under test.

    `sessions` is the fixture that gives its `Open`, `folders` the one that gives a function opening one more session's
    `Folders` of the same empty mailbox, or None. `cannot` is what its format has no way to keep, each with the reason;
    `counted` is how it counts the size of a letter.
    """

    sessions: str
    folders: str | None = None
    cannot: tuple[tuple[str, str], ...] = ()
    counted: Callable[[bytes], int] = len

    def must_have(self, what: str) -> None:
        """End a test, visibly, if the format cannot have what it is about."""
        for thing, why in self.cannot:
            if thing == what:
                pytest.skip(f"{self.sessions}: no {what}: {why}")


OpenFolders = Callable[[], Folders]

STORES = {
    "imap": Store(
        "imap_sessions",
        "imap_folders",
        cannot=(("any octets", "IMAP holds text with CR LF at the ends of lines, at least one character, and no NUL"),),
        counted=lambda letter: len(letter) + letter.count(b"\n"),
    ),
    "maildir": Store("maildir_sessions", "maildir_folders"),
    "mbox": Store("mbox_sessions", "mbox_folders"),
    "indexed maildir": Store("indexed_maildir_sessions", "indexed_maildir_folders"),
    "indexed mbox": Store("indexed_mbox_sessions", "indexed_mbox_folders"),
    "indexed memory": Store("indexed_memory_sessions"),
    "memory": Store("memory_sessions", "memory_folders"),
}
