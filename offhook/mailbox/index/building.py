"""The slow part of an index, in slices of bounded length: headings first, then the words that letters are searched by.

Each slice goes on where the last one ended, in whatever process that was, and is whole or not there at all.
"""

import time
from collections.abc import Callable, Sequence

from offhook.mailbox.index.database import Database, pack_words
from offhook.mailbox.letters import Survey, heading_fields, words_in

SLICE_SECONDS = 0.05
"""How long a slice may take before others have their turn."""
BATCH = 5000
"""Letters whose headings are read between two looks at the clock."""
TEXTS = 100
"""The same for letters that are read whole."""

_PUT_HEADING = """INSERT OR REPLACE INTO headings
    SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM letters WHERE id = ?1)"""

HeadingRow = tuple[int, str, str, str, str]
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


def is_complete(database: Database) -> bool:
    """Whether all letters have been read."""
    last = database.sql.execute("SELECT max(id) FROM letters").fetchone()[0] or 0
    built = last <= min(database.number("headed"), database.number("read"))
    return built and not database.number("unwritten") and not database.number("to purge")


def rows_left(database: Database) -> int:
    """Letters that are listed and have no row yet."""
    return database.number("unwritten")


def headings_left(database: Database) -> int:
    """Letters whose headings have not been read."""
    return _left(database, "headed")


def texts_left(database: Database) -> int:
    """Letters whose words have not been read."""
    return _left(database, "read")


def _left(database: Database, mark: str) -> int:
    row = database.sql.execute("SELECT count(*) FROM letters WHERE id > ?", (database.number(mark),)).fetchone()
    return int(row[0]) + rows_left(database)


def _next(database: Database, mark: str, count: int) -> list[tuple[int, str]]:
    table = "headings" if mark == "headed" else "texts"
    rows = database.sql.execute(
        f"""SELECT id, word FROM letters
            WHERE id > ? AND NOT EXISTS (SELECT 1 FROM {table} WHERE {table}.id = letters.id) ORDER BY id LIMIT ?""",
        (database.number(mark), count),
    )
    return [(row, word.decode("utf-8", "surrogateescape")) for row, word in rows]


def _note_all(database: Database, mark: str) -> None:
    """Move a mark to the last letter: those after it have been read for another reason."""
    with database.transaction():
        if not _next(database, mark, 1):
            last = database.sql.execute("SELECT max(id) FROM letters").fetchone()[0] or 0
            if database.number(mark) < last:
                database.set_about(mark, last)


def _head_some(database: Database, survey: Survey) -> bool:
    """Read a batch of headings; false when all are read."""
    letters = _next(database, "headed", BATCH)
    if not letters:
        _note_all(database, "headed")
        return False
    values = heading_rows(survey, letters)
    with database.transaction():
        database.sql.executemany(_PUT_HEADING, values)
        database.set_about("headed", letters[-1][0])
    return True


def read_headings(database: Database, survey: Survey, refs: Sequence[int]) -> None:
    """Read the headings of these letters now, because somebody is looking at them."""
    rows = database.sql.execute(f"SELECT id, word FROM letters WHERE ref IN ({','.join('?' * len(refs))})", refs)
    letters = [(row, word.decode("utf-8", "surrogateescape")) for row, word in rows]
    values = heading_rows(survey, letters)
    with database.transaction():
        database.sql.executemany(_PUT_HEADING, values)


def heading_rows(survey: Survey, letters: Sequence[tuple[int, str]]) -> list[HeadingRow]:
    """The headings of letters, each a number and a word, as rows of the index; those that are not there left out."""
    rows: list[HeadingRow] = []
    for (row, _), head in zip(letters, survey.heads([word for _, word in letters]), strict=True):
        if head is not None:
            name, address, subject, date = heading_fields(head)
            rows.append((row, _kept(name), _kept(address), _kept(subject), _kept(date)))
    return rows


def _kept(text: str) -> str:
    """Text without characters that SQLite cannot keep."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _read_some(database: Database, survey: Survey, read_words: ReadWords) -> bool:
    """Read the words of a batch of letters; false when all are read."""
    letters = _next(database, "read", TEXTS)
    if not letters:
        _note_all(database, "read")
        return False
    found = read_words(survey, [word for _, word in letters])
    with database.transaction():
        searchable, wanted = database.searchable, _unread_of(database, [row for row, _ in letters])
        for (row, _), words in zip(letters, found, strict=True):
            if words is None or row not in wanted:
                continue
            kept = words or _heading_words(database, row)
            database.sql.execute("INSERT OR REPLACE INTO texts VALUES (?, ?)", (row, pack_words(kept)))
            if searchable:
                database.sql.execute("INSERT INTO found (rowid, words) VALUES (?, ?)", (row, " ".join(sorted(kept))))
        database.set_about("read", letters[-1][0])
    return True


def _unread_of(database: Database, rows: Sequence[int]) -> set[int]:
    """Those of these letters that are there and have no words: another process may have been quicker."""
    found = database.sql.execute(
        f"SELECT id FROM letters WHERE id IN ({','.join('?' * len(rows))}) AND id NOT IN (SELECT id FROM texts)", rows
    )
    return {row for (row,) in found}


def _heading_words(database: Database, row: int) -> frozenset[str]:
    heading = database.sql.execute("SELECT from_name, from_address, subject FROM headings WHERE id = ?", (row,))
    return words_in(" ".join(next(heading, ("",))))
