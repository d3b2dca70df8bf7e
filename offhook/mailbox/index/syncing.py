"""An index brought up to date with its maildrop: what has come, gone or changed there since it was looked at last.

A first look at very many letters keeps their listing, by which a session can show them, and leaves their rows to be
written behind (`write_rows`): those that somebody asks for first. How many are left stands in the index. When the
process that has them ends before, the next look finds the letters that have no row.
"""

from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from offhook.mailbox.index.database import Database, Overtaken, unpack_words
from offhook.mailbox.letters import Changes, Entry, Survey, ref_of, state_of

MANY = 2000
"""Letters of a first look whose rows are written behind."""
SOME = 5000
"""Rows that are written at a time then."""
FEW = 50
"""Letters that are changed one by one in a listing; for more it is made anew."""
TRIES = 3
"""Looks that are taken while other processes write the same index."""
MERGED = 500
"""Pages of the search that are put together at a time."""


@dataclass(slots=True)
class Known:
    """What a worker remembers of an index between two looks: the row of each word, and what it has written last.

    `unwritten` are the rows that it has still to write: by ref, the number of each, its word and entry.
    """

    rows: dict[str, int] = field(default_factory=dict)
    edition: int = -1
    unwritten: dict[int, tuple[int, str, Entry]] = field(default_factory=dict)


@dataclass(slots=True)
class _Edits:
    """What becomes of a listing: states set by ref, letters put at the end, letters taken out."""

    changed: dict[int, int] = field(default_factory=dict)
    added: list[tuple[float, int, int]] = field(default_factory=list)
    removed: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.changed) + len(self.added) + len(self.removed)


def bring_up_to_date(database: Database, survey: Survey, known: Known) -> bool:
    """Look for changes and write them down; whether there were any."""
    for _ in range(TRIES - 1):
        with suppress(Overtaken):
            return _look(database, survey, known)
    return _look(database, survey, known)


def _look(database: Database, survey: Survey, known: Known) -> bool:
    stamp, edition = database.about("stamp"), database.number("edition")
    left = database.number("unwritten")
    if stamp and survey.stamp() == stamp and (known.unwritten or not left):
        return False
    if known.edition != edition:
        known.rows = {_text(word): row for row, word in database.sql.execute("SELECT id, word FROM letters")}
        known.unwritten.clear()
        known.edition = edition
    torn = left > len(known.unwritten)  # who had the other rows has ended
    changes = survey.compare(known.rows.keys(), stamp if isinstance(stamp, str) and not torn else "")
    if not changes.come and not changes.gone and not torn:
        if changes.stamp != stamp:
            with database.transaction():
                database.set_about("stamp", changes.stamp)
        return False
    known.edition = -1  # until all is written
    with database.transaction():
        _check_edition(database, edition)
        _put(database, known, list(known.unwritten))
        is_different = _write(database, survey, changes, known, torn=torn)
        database.set_about("stamp", changes.stamp)
        if is_different:
            edition += 1
            database.set_about("edition", edition)
    known.edition = edition
    return is_different


def _check_edition(database: Database, edition: int) -> None:
    if database.number("edition") != edition:
        raise Overtaken("another process has written it")


def write_rows(database: Database, survey: Survey, known: Known, refs: Sequence[int] | None = None) -> bool:
    """Write rows that a look has left: those of these letters, or some; whether there are more to write."""
    if not database.number("unwritten"):
        return False
    if not known.unwritten or known.edition != database.number("edition"):
        return bring_up_to_date(database, survey, known) and bool(known.unwritten)
    with database.transaction():
        _check_edition(database, known.edition)
        _put(database, known, list(islice(known.unwritten, SOME)) if refs is None else refs)
    return bool(known.unwritten)


def _put(database: Database, known: Known, refs: Iterable[int]) -> None:
    """Write the rows of these letters, as far as that has not been done."""
    rows = [
        (row, ref, _octets(word), _octets(entry.key), state_of(entry.flags, new=entry.new),
         " ".join(sorted(entry.keywords)) if entry.keywords else "", entry.size, entry.arrived)
        for ref, (row, word, entry) in ((ref, known.unwritten.pop(ref)) for ref in refs if ref in known.unwritten)
    ]  # fmt: skip
    database.sql.executemany("INSERT INTO letters VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    database.set_about("unwritten", len(known.unwritten))


def _write(database: Database, survey: Survey, changes: Changes, known: Known, *, torn: bool) -> bool:
    """Write down changes; whether there were any. If the index is `torn`, letters are listed that have no rows."""
    edits, rows, first = _Edits(), known.rows, not torn and not known.rows
    gone = {word: rows.pop(word) for word in changes.gone}
    renamed = _rows_by_ref(database, gone.values())
    fresh: list[tuple[str, Entry]] = []
    for word, entry in zip(changes.come, survey.entries(changes.come), strict=True):
        if entry is None:
            continue
        row = renamed.pop(ref_of(entry.key), None) if renamed else None
        if row is None:
            fresh.append((word, entry))
        else:
            _change(database, row, word, entry, edits)
            rows[word] = row
    _remove(database, renamed, edits)
    fresh = _one_each(fresh, set() if first else _refs(database))
    if not edits and not fresh and not torn:
        return False
    if changes.order is None:
        fresh.sort(key=lambda each: (each[1].arrived, each[1].key))
    _number(database, fresh, known, edits)
    if changes.order is None:
        last = database.about("latest")
        latest = last if isinstance(last, float) else 0.0
        in_order = not edits.added or edits.added[0][0] > latest
        database.set_about("latest", max(latest, max((arrived for arrived, _, _ in edits.added), default=0.0)))
    else:
        in_order = list(changes.order[len(changes.order) - len(fresh) :]) == [word for word, _ in fresh]
    if first and in_order and len(fresh) > MANY:
        database.set_about("unwritten", len(fresh))
    else:
        _put(database, known, list(known.unwritten))
    order = [rows[word] for word in changes.order or () if word in rows]
    _relist(database, edits, order, in_order=in_order and not torn)
    return True


def _refs(database: Database) -> set[int]:
    return {ref for (ref,) in database.sql.execute("SELECT ref FROM letters")}


def _one_each(fresh: Iterable[tuple[str, Entry]], taken: set[int]) -> list[tuple[str, Entry]]:
    """New letters without those that are there by another word: in a Maildir two files may have one name but for flags.

    The other word counts when the first is gone.
    """
    found = []
    for word, entry in fresh:
        ref = ref_of(entry.key)
        if ref not in taken:
            taken.add(ref)
            found.append((word, entry))
    return found


def _rows_by_ref(database: Database, rows: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    wanted = list(rows)
    for start in range(0, len(wanted), 500):
        page = wanted[start : start + 500]
        marks = ",".join("?" * len(page))
        found |= database.sql.execute(f"SELECT ref, id FROM letters WHERE id IN ({marks})", page).fetchall()
    return found


def _change(database: Database, row: int, word: str, entry: Entry, edits: _Edits) -> None:
    state = state_of(entry.flags, new=entry.new)
    database.sql.execute(
        "UPDATE letters SET word = ?, state = ?, keywords = ? WHERE id = ?",
        (_octets(word), state, " ".join(sorted(entry.keywords)), row),
    )
    for table, mark in (("headings", "headed"), ("texts", "read")):
        is_there = database.sql.execute(f"SELECT 1 FROM {table} WHERE id = ?", (row,)).fetchone()
        if not is_there and database.number(mark) >= row:  # it was being renamed when it was to be read
            database.set_about(mark, row - 1)
    edits.changed[ref_of(entry.key)] = state


def _remove(database: Database, rows: dict[int, int], edits: _Edits) -> None:
    """Take letters out, and every word of theirs; `purge` then takes what is left of them out of the file."""
    for ref, row in rows.items():
        text = database.sql.execute("SELECT words FROM texts WHERE id = ?", (row,)).fetchone()
        if text:
            if database.searchable:
                database.sql.execute(
                    "INSERT INTO found (found, rowid, words) VALUES ('delete', ?, ?)", (row, unpack_words(text[0]))
                )
            database.sql.execute("DELETE FROM texts WHERE id = ?", (row,))
        heading = database.sql.execute("DELETE FROM headings WHERE id = ?", (row,))
        if text or heading.rowcount:
            database.set_about("to purge", 1)
        database.sql.execute("DELETE FROM letters WHERE id = ?", (row,))
        edits.removed.add(ref)


def _number(database: Database, fresh: Sequence[tuple[str, Entry]], known: Known, edits: _Edits) -> None:
    """Give new letters the next rows, which are then to be written."""
    last = database.sql.execute("SELECT seq FROM sqlite_sequence WHERE name = 'letters'").fetchone()
    row = last[0] if last else 0
    for word, entry in fresh:
        ref = ref_of(entry.key)
        row += 1
        known.rows[word] = row
        edits.added.append((entry.arrived, ref, state_of(entry.flags, new=entry.new)))
        known.unwritten[ref] = row, word, entry


def _relist(database: Database, edits: _Edits, order: Sequence[int], *, in_order: bool) -> None:
    """Change the listing in place if little is different and what is new comes last; else take it from the rows.

    `order` is the rows as the maildrop orders them; without, they are in the order of arrival.
    """
    listing = database.listing()
    refs, states = listing.refs, bytearray(listing.states)
    if len(edits.changed) + len(edits.removed) > FEW or not in_order:
        rows = database.sql.execute("SELECT id, ref, state FROM letters ORDER BY arrived, key").fetchall()
        if order:
            found = {row: (row, ref, state) for row, ref, state in rows}
            rows = [found[row] for row in order]
        refs, states = array("q", [ref for _, ref, _ in rows]), bytearray([state for _, _, state in rows])
    else:
        for ref, state in edits.changed.items():
            states[refs.index(ref)] = state
        for ref in edits.removed:
            place = refs.index(ref)
            del refs[place], states[place]
        refs.extend([ref for _, ref, _ in edits.added])
        states.extend([state for _, _, state in edits.added])
    database.set_listing(refs, bytes(states))


def purge(database: Database) -> bool:
    """Take what is left of removed letters out of the files, a part at a time; whether there is more to do now.

    Until the journal is emptied, which waits for those who read, it stands in the index that there is something left.
    """
    begun = database.number("to purge")
    if not begun:
        return False
    if database.searchable:
        before = database.sql.total_changes
        pages = MERGED if begun > 1 else -MERGED  # a negative number begins to make one of all parts of the search
        database.sql.execute("INSERT INTO found (found, rank) VALUES ('merge', ?)", (pages,))
        if database.sql.total_changes - before >= 2:
            database.set_about("to purge", 2)
            return True
    busy, *_ = database.sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if not busy:
        database.set_about("to purge", 0)
    return False


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")
