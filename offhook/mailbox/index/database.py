"""The index of one maildrop: a SQLite file that only repeats what the letters say, and may be removed at any time.

One process writes it (`worker.py`), any number read it. It holds a row for each letter, its heading, the words it is
searched by, and the whole listing as two values, so that opening a maildrop of any size reads two values and one page
of rows. A file that is damaged, of another version, or not ours, is removed and made again.
"""

import os
import sqlite3
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from offhook.mailbox.letters import Listing

APPLICATION = 0x6F66_6878
"""SQLite's application_id of our files."""
VERSION = 1
BUSY_SECONDS = 5.0
PLACES = "-places"
"""What the name of the file ends in where a store keeps what it has found, beside the index of that."""
BESIDE = ("", "-wal", "-shm", "-journal", PLACES, f"{PLACES}-new")
"""What the names of an index, and of what is kept beside it, end in."""

_SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ref INTEGER NOT NULL, word BLOB NOT NULL, key BLOB NOT NULL,
    state INTEGER NOT NULL, keywords TEXT NOT NULL, size INTEGER NOT NULL, arrived REAL NOT NULL);
CREATE UNIQUE INDEX letters_by_ref ON letters (ref);
CREATE TABLE headings (
    id INTEGER PRIMARY KEY, from_name TEXT NOT NULL, from_address TEXT NOT NULL,
    subject TEXT NOT NULL, date TEXT NOT NULL);
CREATE TABLE texts (id INTEGER PRIMARY KEY, words BLOB NOT NULL);
"""
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "secure_delete = ON",
    "cache_size = -32000",
    "wal_autocheckpoint = 8000",
)
_SEARCH = "CREATE VIRTUAL TABLE found USING fts5(words, content='', detail=none, tokenize=\"ascii tokenchars '_'\")"


_PASSING = frozenset(
    {
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
"""What SQLite reports that is not the fault of the file."""


class IndexUnusable(Exception):
    """The index cannot be read or written; the letters are to be asked instead."""


class Overtaken(IndexUnusable):
    """Another process has written the index since it was read."""


def is_damage(why: BaseException) -> bool:
    """Whether the index itself is no good, so that it is to be made again; a full disk or a lock is no reason for it.

    Of a damaged file anything can be read, and anything may come of that: any error that is no other is one.
    """
    if isinstance(why, sqlite3.Error):
        code = getattr(why, "sqlite_errorcode", None)
        return not isinstance(why, sqlite3.ProgrammingError) if code is None else code & 0xFF not in _PASSING
    if isinstance(why, IndexUnusable) and why.__cause__ is not None:
        return is_damage(why.__cause__)
    return not isinstance(why, (OSError, MemoryError, Overtaken))


class Database:
    """An open index file."""

    def __init__(self, connection: sqlite3.Connection, file: str) -> None:
        self.sql = connection
        self._file = file
        self._inode = _inode(file)

    @property
    def in_place(self) -> bool:
        """Whether the file that is open still has its name: anybody may have removed it."""
        return _inode(self._file) == self._inode is not None

    def about(self, name: str) -> object:
        """A value about the whole index, or None."""
        row = self.sql.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def number(self, name: str) -> int:
        """Such a value as a number, 0 if there is none."""
        value = self.about(name)
        return value if isinstance(value, int) else 0

    def set_about(self, name: str, value: object) -> None:
        """Keep a value about the whole index."""
        self.sql.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def listing(self) -> Listing:
        """All letters, as they were at the last look."""
        refs, states = self.about("refs"), self.about("states")
        if not isinstance(refs, bytes) or not isinstance(states, bytes) or len(refs) != 8 * len(states):
            raise IndexUnusable("the listing is not whole")
        if self.about("sum") != _sum(refs, states):
            raise IndexUnusable("the listing is damaged")
        return Listing(array("q", refs), states)

    def set_listing(self, refs: "array[int]", states: bytes) -> None:
        """Keep the listing."""
        octets = refs.tobytes()
        self.set_about("refs", octets)
        self.set_about("states", states)
        self.set_about("sum", _sum(octets, states))

    @property
    def searchable(self) -> bool:
        """Whether this SQLite has FTS5, so that words are indexed."""
        return bool(self.sql.execute("SELECT 1 FROM sqlite_master WHERE name = 'found'").fetchone())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:  # raised again: all or nothing
            with suppress(sqlite3.Error):
                self.sql.execute("ROLLBACK")
            raise
        self.sql.execute("COMMIT")

    def close(self) -> None:
        """Give the file back."""
        with suppress(sqlite3.Error):
            self.sql.close()


def _sum(refs: bytes, states: bytes) -> int:
    return zlib.crc32(states, zlib.crc32(refs))


def _inode(file: str) -> tuple[int, int] | None:
    try:
        facts = os.stat(file)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def open_for_reading(file: str, owner: str) -> Database:
    """An index as it is; raises `IndexUnusable` unless it is a whole one of ours for the maildrop `owner`."""
    try:
        connection = _connect(f"{Path(file).absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as why:
        raise IndexUnusable(str(why)) from why
    database = Database(connection, file)
    try:
        _check(database, owner)
    except Exception as why:  # what a damaged file may cause is not foreseen
        database.close()
        raise IndexUnusable(str(why)) from why
    touch(file)
    return database


def touch(file: str) -> None:
    """Note on the file that it is used: of very many, those that nobody uses go first."""
    with suppress(OSError):
        os.utime(file)


def open_for_writing(file: str, owner: str) -> Database:
    """An index to be brought up to date, made new if there is none or it is no good; raises `IndexUnusable`."""
    try:
        try:
            return _open(file, owner)
        except Exception as why:  # what is no damage of the index is raised again
            if not is_damage(why):
                raise
            remove(file)
            return _open(file, owner)
    except Exception as why:  # whatever it is, an index that cannot be had is done without
        raise IndexUnusable(str(why)) from why


def remove(file: str) -> None:
    """Remove an index and what is kept beside it."""
    for ending in BESIDE:
        Path(file + ending).unlink(missing_ok=True)


def _connect(target: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(target, uri=uri, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _open(file: str, owner: str) -> Database:
    for folder in reversed([each for each in Path(file).parents if not each.exists()]):
        folder.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    database = Database(_connect(file), file)
    try:
        for pragma in _PRAGMAS:
            database.sql.execute(f"PRAGMA {pragma}")
        if not database.sql.execute("SELECT 1 FROM sqlite_master").fetchone():
            _make(database, owner)
        _check(database, owner)
    except BaseException:  # raised again: nobody else could close it
        database.close()
        raise
    return database


def _make(database: Database, owner: str) -> None:
    with database.transaction():
        for statement in _SCHEMA.split(";"):
            database.sql.execute(statement)
        with suppress(
            sqlite3.OperationalError
        ):  # this SQLite has no FTS5: words are compared one letter after the other
            database.sql.execute(_SEARCH)
        database.sql.execute(f"PRAGMA application_id = {APPLICATION}")
        database.sql.execute(f"PRAGMA user_version = {VERSION}")
        database.set_about("owner", owner)
        database.set_about("stamp", "")
        database.set_listing(array("q"), b"")


def _check(database: Database, owner: str) -> None:
    application = database.sql.execute("PRAGMA application_id").fetchone()[0]
    version = database.sql.execute("PRAGMA user_version").fetchone()[0]
    if (application, version) != (APPLICATION, VERSION) or database.about("owner") != owner:
        raise IndexUnusable("it is not an index of this maildrop that this version can read")
    database.listing()


def pack_words(words: Sequence[str] | frozenset[str]) -> bytes:
    """Words as they are kept, so that they can be taken out of the search again."""
    return zlib.compress(" ".join(sorted(words)).encode("utf-8", "replace"), 1)


def unpack_words(packed: bytes) -> str:
    """The words, parted by blanks."""
    return zlib.decompress(packed).decode("utf-8")
