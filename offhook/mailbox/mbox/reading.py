"""A box read from its beginning, or on from where it has grown: every letter with its state and what names it."""

from dataclasses import replace

from offhook.mailbox.letters import MAX_HEADER_BYTES, Entry, LetterKey, MaildropFailure
from offhook.mailbox.mbox.from_line import MAX_FROM_LINE, arrival
from offhook.mailbox.mbox.letter import SAMPLE, identity, read_seal, size_of
from offhook.mailbox.mbox.listing import LARGEST_OPENING, Letter, Listing, digest_of
from offhook.mailbox.mbox.parse import Read, Span, Window, first_letter, is_mmdf, mmdf_spans, span_at
from offhook.mailbox.mbox.plain import PIECE, PlainLetters
from offhook.mailbox.mbox.state import field_pattern, read_state

_BASE = field_pattern((b"X-IMAPbase",))
_INTERNAL = field_pattern((b"X-IMAP",))


def read_listing(window: Window, modified: float, *, piece: int = PIECE) -> Listing:
    """Look at a whole box; `modified` is when it was changed, the arrival of letters that do not tell theirs.

    Plain letters are looked for in pieces of so many octets; if that is 0, every letter is read with care. Raises
    `MaildropFailure` for a file that has no letter in it and is not empty: it is no mailbox.
    """
    listing = Listing(mmdf=is_mmdf(window))
    if listing.mmdf:
        looked_at = window.another()  # the one that finds the spans is ahead of them
        for span in mmdf_spans(window):
            _take_in(listing, looked_at, span, modified)
        return listing
    start = _beginning(window)
    if start is not None:
        listing.junk = start
        read_on(listing, window, start, modified, piece=piece)
    return listing


def read_first(window: Window) -> Listing:
    """What has to be known to put a letter in: where the first one is. Raises as `read_listing`."""
    listing = Listing(mmdf=is_mmdf(window))
    start = None if listing.mmdf else _beginning(window)
    if start is not None:
        listing.junk, listing.first = start, span_at(window, start)
    return listing


def _beginning(window: Window) -> int | None:
    """Where the first letter begins; None in an empty box."""
    start = first_letter(window)
    if start is None and window.octets(0, 4096).strip(b"\r\n"):
        raise MaildropFailure("The file is not a mailbox: no letter begins in it.")
    return start


def read_on(listing: Listing, window: Window, start: int, modified: float, *, piece: int = PIECE) -> list[Letter]:
    """Take in the letters that were put in at `start`, behind all others."""
    before = len(listing.letters)
    plain = PlainLetters(window, modified, listing.key_of, piece=piece)
    looked_at = window.another()
    while start < window.size:
        if listing.first is not None:  # the first may be none
            for letter in plain.letters(start):
                listing.add(letter)
            start = plain.reached
        span = span_at(window, start)
        _take_in(listing, looked_at, span, modified)
        start = span.next
    return [listing.letters[place] for place in range(before, len(listing.letters))]


def _take_in(listing: Listing, window: Window, span: Span, modified: float) -> None:
    """Take in the letter that lies there, read with care."""
    if span.promised is not None and not span.trusted:
        listing.reach = max(listing.reach, span.promised)
    opening = window.octets(span.start, min(span.body - span.start, LARGEST_OPENING))
    first = listing.first is None
    if first:
        listing.first = span
        if is_internal(opening[span.head - span.start :]):
            return
    name, letter = letter_at(window, span, opening, modified, first=first)
    listing.add(replace(letter, entry=replace(letter.entry, key=listing.key_of(name))))


def letter_at(window: Window, span: Span, opening: bytes, modified: float, *, first: bool) -> tuple[str, Letter]:
    """A letter and its digest; `first` if its header may have the numbers of the box. It has no key yet."""
    from_line, head = opening[: min(span.head - span.start, MAX_FROM_LINE)], opening[span.head - span.start :]
    base = _BASE.search(head, 0, 65536) if first else None
    size = span.end - span.body
    beginning = window.octets(span.body, min(size, SAMPLE))
    ending = beginning if size <= SAMPLE else window.octets(span.end - SAMPLE, SAMPLE)
    seal = read_seal(head)
    came = seal.arrived if seal else arrival(from_line)
    state = read_state(head[:MAX_HEADER_BYTES])
    entry = Entry(
        LetterKey(""),
        state.flags,
        state.new,
        seal.length if seal else size_of(head, size),
        modified if came is None else came,
        state.keywords,
    )
    name = identity(from_line, head, size, beginning, ending)
    return name, Letter(entry, span, state, digest_of(opening), base[0] if base else b"")


def name_at(span: Span, read: Read) -> str:
    """The digest of what lies at the place of a letter."""
    opening = read(span.start, min(span.body - span.start, LARGEST_OPENING))
    line = span.head - span.start
    size = span.end - span.body
    beginning = read(span.body, min(size, SAMPLE))
    ending = beginning if size <= SAMPLE else read(span.end - SAMPLE, SAMPLE)
    return identity(opening[: min(line, MAX_FROM_LINE)], opening[line:], size, beginning, ending)


def is_internal(head: bytes) -> bool:
    """Whether a first letter is no letter, but where c-client and Dovecot keep their numbers (`X-IMAP`)."""
    return _INTERNAL.search(head, 0, 65536) is not None and b"FOLDER INTERNAL DATA" in head[:65536]
