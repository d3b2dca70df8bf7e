"""A box looked at again: known letters are verified at their places, and what stands behind them is read.

That costs about the number of letters, not that of their octets: of each the `From ` line and the header are read where
they were, and their digest is compared. A letter whose digest is another is taken apart anew where it lies; it must end
and have its key as before, so only its state can be different. The last letter and what stands behind it are always
read anew. Any doubt is answered with None, and the whole box is read.

Why no change that programs make is missed:

- Delivery (Postfix, procmail, maildrop, dovecot-lda, ours) appends. It may end the last letter in another place, and
  that is read anew. More octets may prove right what a Content-Length of an earlier letter says of a place behind the
  old end: a listing knows how far its unproved lengths reach, and such a box is read whole.
- Flags, `X-UID` and `X-IMAPbase` written in place (Dovecot, Alpine, ours) are in headers, whose digest is then another.
- Letters taken out, headers that become longer, and boxes written anew (mutt, s-nail, Alpine, Dovecot, an editor) move
  what lies behind. Then some letter does not have its header where it was, or the box has become shorter; if every
  letter has, its length is what it was.
- Letters that begin alike (one `From ` line and one header, as a script's that come in one second may have) and are as
  long can lie in each other's places when others are taken out. Of these both ends of the body are read as well.
- A letter's body written over by as many octets, header untouched, is what none of them does, and what an editor could
  do. The box has then another time and the same size, with nothing different to be seen: it is read whole.

What another process has found (`memory.py`) is compared in the same way, by the same digests, so age makes it no less
good: a box that has changed since is one that was changed between two looks of one process. It is believed without a
comparison only while number, size, time and the time that nobody can set are the same, and that was not of just then.
More is asked of it than of what this process has seen, for a file may say anything:

- A letter is given only as it is read at its place (`still_there`): it begins with a `From ` line, ends where it did by
  `span_at`, and what is there has the digest that is its key. So no file, true or not, brings another letter.
- Before a change, the letters that it goes by are read like that (`are_there`): those that are marked or taken out, the
  first, where keywords are listed, and the first that stays, which inherits its numbers. In doubt the box is read.
- Octets are no memory unless their digest fits and every number in them can be; the file is its owner's alone.

So a file forged by its owner can hide letters or list what is none, as a forged index can, and cannot have one letter
given, marked or removed for another.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

from offhook.mailbox.letters import LetterKey
from offhook.mailbox.mbox.from_line import MAX_FROM_LINE, is_from_line
from offhook.mailbox.mbox.listing import LARGEST_OPENING, Letter, Listing, digest_of
from offhook.mailbox.mbox.parse import Span, Window, first_letter, is_mmdf, span_at
from offhook.mailbox.mbox.reading import is_internal, letter_at, name_at, read_on

LOOKED_BEHIND = 2 * MAX_FROM_LINE
"""Octets behind a letter's end that are looked at to believe its Content-Length."""

_ONE_LETTER = 16 * 1024
"""Octets that are read at once where one letter ends."""

Read = Callable[[int, int], bytes]
"""Reads octets: offset, and how many."""


def look_again(known: Listing, read: Read, window: Window, size_before: int, modified: float) -> Listing | None:
    """The listing of a box that had `size_before` octets when `known` was all that was in it.

    `known` itself if nothing is different; None if the whole box has to be read. `modified` is as for `read_listing`.
    """
    if not known.letters or known.mmdf or is_mmdf(window) or window.size < size_before:
        return None
    if known.reach > size_before - LOOKED_BEHIND or first_letter(window) != known.junk:
        return None
    if known.first != known.letters[0].span and not _still_internal(known, window):
        return None
    listing: Listing | None = None
    opening_at, last = known.letters.opening, len(known.letters) - 1
    met, alike = {opening_at(last)[2]}, set()
    for place in range(last):
        start, size, digest = opening_at(place)
        if digest in met:
            alike.add(digest)
        met.add(digest)
        if digest_of(read(start, min(size, LARGEST_OPENING))) == digest:
            continue
        letter = known.letters[place]
        again = _again(letter, window, first=letter.span == known.first)
        if again is None:
            return None
        listing = listing or known.copy()
        listing.letters[place] = again
    if alike and not _are_themselves(known, alike, window):
        return None
    return _read_end(known, listing, window, modified)


def _are_themselves(known: Listing, alike: Collection[bytes], window: Window) -> bool:
    """Whether letters that begin as others do are where they were, the last one left out."""
    window = window.another(_ONE_LETTER)
    places = (place for place in range(len(known.letters) - 1) if known.letters.opening(place)[2] in alike)
    letters = map(known.letters.__getitem__, places)
    return all(_again(letter, window, first=letter.span == known.first) is not None for letter in letters)


def _read_end(known: Listing, listing: Listing | None, window: Window, modified: float) -> Listing | None:
    """Read the last letter, and what has come behind it."""
    last = known.letters[-1]
    opening = window.octets(last.span.start, min(last.span.body - last.span.start, LARGEST_OPENING))
    if digest_of(opening) != last.opening and not is_from_line(opening[:MAX_FROM_LINE].split(b"\n", 1)[0]):
        return None
    end = (listing or known).copy()
    end.drop_last()
    if last.span == known.first:
        end.first = None
    read_on(end, window, last.span.start, modified)
    if listing is None and len(end.letters) == len(known.letters) and end.letters[-1] == last:
        return known
    return end


def _still_internal(known: Listing, window: Window) -> bool:
    """Whether the first letter is still none, and ends where it did."""
    first = known.first
    if first is None:
        return False
    again = span_at(window, first.start)
    head = window.octets(again.head, min(again.body - again.head, LARGEST_OPENING))
    return _places(again) == _places(first) and is_internal(head)


def untouched(known: Listing, letter: Letter, read: Read) -> bool:
    """Whether a letter begins as it did where it did, and so does the next: then it ends where it did.

    What lies between must make its key, since another may begin as it does.
    """
    place = known.places[letter.key]
    return (
        place + 1 < len(known.letters)
        and all(
            digest_of(read(start, min(size, LARGEST_OPENING))) == digest
            for start, size, digest in map(known.letters.opening, (place, place + 1))
        )
        and name_at(letter.span, read) == letter.key.partition(".")[0]
    )


def still_there(known: Listing, letter: Letter, window: Window, size_before: int) -> Letter | None:
    """A letter as it is read now where it was; None if that cannot be told without a look at the others.

    What is there must begin and end as it did, and have the same digest for a key. Which of letters with one digest has
    which key depends on the others; so does whether more octets have proved a length right.
    """
    if "." in letter.key or (known.reach > size_before - LOOKED_BEHIND and window.size != size_before):
        return None
    return _in_place(letter, window.another(_ONE_LETTER), first=letter.span == known.first)


def are_there(known: Listing, keys: Collection[LetterKey], window: Window) -> bool:
    """Whether these letters, the first, and the first that is none of them are where they are said to be.

    Those are all that a change goes by; they are known afterwards as they have been read here.
    """
    window = window.another(_ONE_LETTER)
    heir = next((letter.key for letter in known.letters if letter.key not in keys), None)
    for key in {*keys, *([heir] if heir else ())}:
        letter = known.find(key)
        again = None if letter is None else _in_place(letter, window, first=letter.span == known.first)
        if again is None:
            return False
        known.letters[known.places[key]] = again
    start = first_letter(window)
    return known.first is not None and start == known.junk and _places(span_at(window, start)) == _places(known.first)


def _again(letter: Letter, window: Window, *, first: bool) -> Letter | None:
    """A letter whose header is different; None unless it is the same one in the same place."""
    again = _in_place(letter, window, first=first)
    if again is None or again.span.next != letter.span.next:
        return None
    return None if again.span.promised is not None and not again.span.trusted else again


def _in_place(letter: Letter, window: Window, *, first: bool) -> Letter | None:
    """What is read at a letter's place; None unless it is that letter, beginning and ending as it did."""
    span = span_at(window, letter.span.start)
    if _places(span)[:-1] != _places(letter.span)[:-1]:
        return None
    opening = window.octets(span.start, min(span.body - span.start, LARGEST_OPENING))
    if not is_from_line(opening[:MAX_FROM_LINE].split(b"\n", 1)[0]):
        return None
    name, again = letter_at(window, span, opening, letter.entry.arrived, first=first)
    if name != letter.key.partition(".")[0] or (first and is_internal(opening[span.head - span.start :])):
        return None
    return replace(again, entry=replace(again.entry, key=letter.key))


def _places(span: Span) -> tuple[int, int, int, int, int]:
    return span.start, span.head, span.body, span.end, span.next
