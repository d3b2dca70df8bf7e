"""Letters put into maildrops as a session does it, and what a session is told of them."""

from collections.abc import Collection

from offhook.mailbox.letters import Entry, Flag, Heading, LetterKey, Maildrop, catalog_of, flags_in

LETTER = b"From: a@example.org\nSubject: one\n\nbody\n"


async def put(
    maildrop: Maildrop,
    letter: bytes = LETTER,
    *flags: Flag,
    keywords: Collection[str] = (),
    arrived: float | None = None,
) -> LetterKey:
    """The key of a letter that has been put in."""
    append = await maildrop.begin(flags, keywords=keywords, arrived=arrived)
    await append.write(letter)
    return await append.commit()


async def only(maildrop: Maildrop) -> Entry:
    """The entry of the one letter that there is."""
    (entry,) = await maildrop.scan()
    return entry


async def letters(maildrop: Maildrop) -> list[bytes]:
    """The letters themselves, in their order."""
    return [await maildrop.fetch(entry.key) for entry in await maildrop.scan()]


async def keys(maildrop: Maildrop) -> list[LetterKey]:
    """The keys, in the order of the letters."""
    return [entry.key for entry in await maildrop.scan()]


async def told(maildrop: Maildrop) -> list[tuple[Entry, Heading]]:
    """Everything that the catalog of a maildrop tells a session, in order, with the states of its listing."""
    catalog = catalog_of(maildrop)
    listing = await catalog.listing()
    entries = await catalog.entries(listing.refs)
    headings = await catalog.headings(listing.refs)
    found = []
    for entry, heading, state in zip(entries, headings, listing.states, strict=True):
        assert entry is not None
        assert heading is not None
        assert (entry.flags, entry.new) == (flags_in(state), bool(state & 64))
        found.append((entry, heading))
    return found
