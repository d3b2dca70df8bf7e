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
- A letter's body written over by as many octets, header untouched, is what none of them does, and what an editor could
  do. The box has then another time and the same size, with nothing different to be seen: it is read whole.
"""

from collections.abc import Callable
from dataclasses import replace

from offhook.mailbox.mbox.from_line import MAX_FROM_LINE, is_from_line
from offhook.mailbox.mbox.listing import LARGEST_OPENING, Letter, Listing, digest_of
from offhook.mailbox.mbox.parse import Span, Window, first_letter, is_mmdf, span_at
from offhook.mailbox.mbox.reading import is_internal, letter_at, read_on

_LOOKED_BEHIND = 2 * MAX_FROM_LINE
"""Octets behind a letter's end that are looked at to believe its Content-Length."""

Read = Callable[[int, int], bytes]
"""Reads octets: offset, and how many."""


def look_again(known: Listing, read: Read, window: Window, size_before: int, modified: float) -> Listing | None:
    """The listing of a box that had `size_before` octets when `known` was all that was in it.

    `known` itself if nothing is different; None if the whole box has to be read. `modified` is as for `read_listing`.
    """
    if not known.letters or known.mmdf or is_mmdf(window) or window.size < size_before:
        return None
    if known.reach > size_before - _LOOKED_BEHIND or first_letter(window) != known.junk:
        return None
    if known.first != known.letters[0].span and not _still_internal(known, window):
        return None
    listing: Listing | None = None
    opening_at = known.letters.opening
    for place in range(len(known.letters) - 1):
        start, size, digest = opening_at(place)
        if digest_of(read(start, min(size, LARGEST_OPENING))) == digest:
            continue
        letter = known.letters[place]
        again = _again(letter, window, first=letter.span == known.first)
        if again is None:
            return None
        listing = listing or known.copy()
        listing.letters[place] = again
    return _read_end(known, listing, window, modified)


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


def _again(letter: Letter, window: Window, *, first: bool) -> Letter | None:
    """A letter whose header is different; None unless it is the same one in the same place."""
    span = span_at(window, letter.span.start)
    if _places(span) != _places(letter.span) or (span.promised is not None and not span.trusted):
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
