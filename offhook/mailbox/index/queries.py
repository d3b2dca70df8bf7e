"""What a session asks of an index."""

from collections.abc import Iterable, Sequence
from itertools import islice

from offhook.mailbox.index.building import texts_left
from offhook.mailbox.index.database import Database, unpack_words
from offhook.mailbox.letters import NEW_BIT, Entry, Found, Heading, LetterKey, Where, flags_in, heading_of, words_in

PAGE = 100
"""Letters asked for at a time."""

MOST_WORDS = 20
"""Words of one search."""


def entries(database: Database, refs: Sequence[int]) -> dict[int, Entry]:
    """What is known of letters, by ref."""
    columns = "ref, key, state, keywords, size, arrived"
    return {
        ref: Entry(
            LetterKey(key.decode("utf-8", "surrogateescape")),
            flags_in(state),
            bool(state & NEW_BIT),
            size,
            arrived,
            frozenset(keywords.split()),
        )
        for ref, key, state, keywords, size, arrived in _select(database, columns, "letters", refs)
    }


def headings(database: Database, refs: Sequence[int]) -> dict[int, Heading]:
    """The headings that have been read, by ref."""
    found = _select(database, "ref, from_name, from_address, subject, date", "letters JOIN headings USING (id)", refs)
    return {ref: heading_of((name, address, subject, date)) for ref, name, address, subject, date in found}


def _select(database: Database, columns: str, tables: str, refs: Sequence[int]) -> Iterable[tuple]:  # type: ignore[type-arg]
    for start in range(0, len(refs), PAGE):
        page = refs[start : start + PAGE]
        yield from database.sql.execute(
            f"SELECT {columns} FROM {tables} WHERE ref IN ({','.join('?' * len(page))})", page
        )


def matching(database: Database, where: Where, text: str) -> set[int]:
    """The letters whose subject, or sender, holds a text; letters of ASCII are compared by SQLite alone."""
    looked_at = "subject" if where == "subject" else "from_name || ' ' || from_address"
    wanted = text.casefold()
    rows = database.sql.execute(
        f"""SELECT ref, NULL FROM letters JOIN headings USING (id)
            WHERE length({looked_at}) = length(CAST({looked_at} AS BLOB)) AND instr(lower({looked_at}), ?1)
            UNION ALL
            SELECT ref, {looked_at} FROM letters JOIN headings USING (id)
            WHERE length({looked_at}) <> length(CAST({looked_at} AS BLOB))""",
        (wanted,),
    )
    return {ref for ref, other in rows if other is None or wanted in other.casefold()}


def search(database: Database, words: Sequence[str]) -> Found:
    """The letters that hold every word."""
    wanted = words_in(" ".join(words))
    if not wanted:
        return Found(frozenset())
    left = texts_left(database)
    if database.searchable:
        query = " ".join(f'"{word}"' for word in sorted(wanted)[:MOST_WORDS])
        rows = database.sql.execute(
            "SELECT ref FROM letters WHERE id IN (SELECT rowid FROM found WHERE found MATCH ?)", (query,)
        )
        return Found(frozenset(ref for (ref,) in rows), left)
    found: set[int] = set()
    rows = database.sql.execute("SELECT ref, words FROM texts JOIN letters USING (id)")
    while page := list(islice(rows, PAGE)):
        found.update(ref for ref, packed in page if wanted <= set(unpack_words(packed).split()))
    return Found(frozenset(found), left)
