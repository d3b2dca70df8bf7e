"""The slow part of an index, in slices of bounded length: headings first, then the words that letters are searched by.

Each slice goes on where the last one ended, in whatever process that was, and is whole or not there at all.
"""

import time
from collections.abc import Callable, Sequence

from offhook.mailbox.index.database import Database, pack_words
from offhook.mailbox.letters import Heading, Survey, heading_in, words_in

SLICE_SECONDS = 0.2
"""How long a slice may take before others have their turn."""
BATCH = 500
"""Letters that are read between two looks at the clock."""
TEXTS = 100
"""The same for letters that are read whole."""

ReadWords = Callable[[Survey, Sequence[str]], Sequence[frozenset[str] | None]]
"""Reads the words of letters within limits, none of one that is too hard; None for one not there by that name."""


def build(database: Database, survey: Survey, read_words: ReadWords) -> bool:
    """Do a slice; whether there is more to do. A letter that was not found is tried again after the next look."""
    until = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < until:
        if _head_some(database, survey):
            continue
        if not _read_some(database, survey, read_words):
            return False
    return True


def headings_left(database: Database) -> int:
    """Letters whose headings have not been read."""
    return _left(database, "headed")


def texts_left(database: Database) -> int:
    """Letters whose words have not been read."""
    return _left(database, "read")


def _left(database: Database, mark: str) -> int:
    row = database.sql.execute("SELECT count(*) FROM letters WHERE id > ?", (database.number(mark),)).fetchone()
    return int(row[0])


def _next(database: Database, mark: str, count: int) -> list[tuple[int, str]]:
    table = "headings" if mark == "headed" else "texts"
    rows = database.sql.execute(
        f"SELECT id, word FROM letters WHERE id > ? AND id NOT IN (SELECT id FROM {table}) ORDER BY id LIMIT ?",
        (database.number(mark), count),
    )
    return [(row, word.decode("utf-8", "surrogateescape")) for row, word in rows]


def _head_some(database: Database, survey: Survey) -> bool:
    """Read a batch of headings; false when all are read."""
    letters = _next(database, "headed", BATCH)
    if not letters:
        return False
    values = []
    for (row, _), head in zip(letters, survey.heads([word for _, word in letters]), strict=True):
        if head is not None:
            values.append((row, *columns(heading_in(head))))
    with database.transaction():
        database.sql.executemany("INSERT OR REPLACE INTO headings VALUES (?, ?, ?, ?, ?)", values)
        database.set_about("headed", letters[-1][0])
    return True


def columns(heading: Heading) -> tuple[str, str, str, float | None]:
    """A heading as it is kept: no character that SQLite cannot keep."""
    texts = (heading.from_name, heading.from_address, heading.subject)
    clean = tuple(text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8") for text in texts)
    return clean[0], clean[1], clean[2], heading.sent


def _read_some(database: Database, survey: Survey, read_words: ReadWords) -> bool:
    """Read the words of a batch of letters; false when all are read."""
    letters = _next(database, "read", TEXTS)
    if not letters:
        return False
    found = read_words(survey, [word for _, word in letters])
    with database.transaction():
        searchable = database.searchable
        for (row, _), words in zip(letters, found, strict=True):
            if words is None:
                continue
            kept = words or _heading_words(database, row)
            database.sql.execute("INSERT OR REPLACE INTO texts VALUES (?, ?)", (row, pack_words(kept)))
            if searchable:
                database.sql.execute("INSERT INTO found (rowid, words) VALUES (?, ?)", (row, " ".join(sorted(kept))))
        database.set_about("read", letters[-1][0])
    return True


def _heading_words(database: Database, row: int) -> frozenset[str]:
    heading = database.sql.execute("SELECT from_name, from_address, subject FROM headings WHERE id = ?", (row,))
    return words_in(" ".join(next(heading, ("",))))
