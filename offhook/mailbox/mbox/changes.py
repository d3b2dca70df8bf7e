"""The three changes of an mbox under all its locks: a letter put in, a letter's state, letters taken out."""

import errno
import os
import pwd
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from offhook.mailbox.files import (
    LEAST_SHRINK,
    BoxFacts,
    BoxFiles,
    Piece,
    Place,
    overwrite,
    read_all_at,
    shift,
    write_all_at,
)
from offhook.mailbox.letters import LetterKey
from offhook.mailbox.mbox.listing import Letter, Listing
from offhook.mailbox.mbox.parse import Span
from offhook.mailbox.mbox.reading import is_internal
from offhook.mailbox.mbox.state import (
    State,
    base_line,
    in_place,
    read_state,
    state_lines,
    with_words,
    without_base,
    without_flags,
)

_SECTOR: Final = 512
_CHUNK: Final = 1024 * 1024
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


@dataclass(slots=True)
class Work:
    """A box that is being changed; `listing` is None afterwards when it has to be read anew.

    `moved` is whether letters lie elsewhere than before, or the box is shorter.
    """

    files: BoxFiles
    box: int
    places: tuple[Place, ...]
    facts: BoxFacts
    listing: Listing | None
    alive: Callable[[], None]
    moved: bool = False

    def octets(self, start: int, end: int) -> bytes:
        """Octets of the box."""
        return read_all_at(self.files, self.box, start, end - start)


def make_box(files: BoxFiles, name: str, folder: int) -> None:
    """Make an empty box of mode 0600; made by root in a spool of group mail, it belongs to the user of its name."""
    file = files.create(name, folder)
    try:
        facts = files.box_facts(folder)
        if os.geteuid() == 0 and facts.mode & 0o2020 == 0o2020:
            try:
                user = pwd.getpwnam(name)
            except KeyError:
                return
            files.give_to(file, user.pw_uid, facts.group)
    finally:
        files.close(file)


def append(work: Work, text: bytes) -> int:
    """Put in a letter as it is written, behind an empty line; where it begins."""
    size = work.facts.size
    tail = work.octets(max(0, size - 3), size)
    if not size or tail.endswith((b"\n\n", b"\n\r\n")) or (not tail.strip(b"\r\n") and size < 3):
        before = b""
    else:
        before = b"\n" if tail.endswith(b"\n") else b"\n\n"
    length = len(before) + len(text)
    overwrite(work.files, work.box, work.places, work.facts, size, length, lambda: iter((before, text)))
    return size + len(before)


def set_state(work: Work, letter: Letter, change: Callable[[State], State]) -> None:
    """Change a letter's state, in place where its fields have room."""
    span = letter.span
    head = work.octets(span.head, span.body)
    before = read_state(head)
    after = change(before)
    if after == before:
        return
    changed = in_place(head, after)
    if changed is not None:
        _write_difference(work, span.head, head, changed)
        assert work.listing is not None
        work.listing.change(letter, after, work.octets(span.start, span.head) + changed)
        return
    end = b"\r\n" if head[: head.find(b"\n") + 1].endswith(b"\r\n") else b"\n"
    base, rest = without_base(without_flags(head))
    lines = state_lines(after, end=end)
    lines = state_lines(after, room=max(0, len(head) - len(base) - len(rest) - len(lines)), end=end)
    listing = work.listing
    by = _replace_head(work, span, head, base + lines + rest)
    if listing is not None and by is not None:
        work.listing = listing.rewritten(span, by, work.octets(span.start, span.body + by), state=after)


def declare(work: Work, words: Collection[str], now: float) -> bool:
    """Have keywords listed in the first letter, where Dovecot looks for them; whether anything was changed."""
    listing = work.listing
    assert listing is not None
    span = listing.first
    if not words or span is None:
        return False
    head = work.octets(span.head, span.body)
    listed = with_words(head, words)
    if listed == head:
        return False
    if listed is None:
        end = b"\r\n" if head[: head.find(b"\n") + 1].endswith(b"\r\n") else b"\n"
        listed = base_line(int(now), words, end=end) + head
    by: int | None = 0
    if len(listed) == len(head):
        _write_difference(work, span.head, head, listed)
    else:
        by = _replace_head(work, span, head, listed)
    opening = work.octets(span.start, span.head) + listed
    work.listing = None if by is None else listing.rewritten(span, by, opening, base=without_base(listed)[0])
    return True


def _replace_head(work: Work, span: Span, head: bytes, new_head: bytes) -> int | None:
    """Another header block in the place of one that is as long or shorter: what lies behind moves down, how far.

    None when the box has to be read anew to know.
    """
    work.listing, work.moved = None, len(new_head) != len(head)
    whole_line = work.octets(span.head - 1, span.head).endswith(b"\n")
    if not whole_line:
        new_head = b"\n" + new_head  # the box ends in the middle of the `From ` line
    if len(new_head) == len(head):
        overwrite(work.files, work.box, work.places, work.facts, span.head, len(head), lambda: iter((new_head,)))
        return 0 if whole_line else None
    length = len(new_head) + work.facts.size - span.body

    def produce() -> Iterator[bytes]:
        yield new_head
        for at in range(span.body, work.facts.size, _CHUNK):
            yield work.octets(at, min(at + _CHUNK, work.facts.size))

    overwrite(work.files, work.box, work.places, work.facts, span.head, length, produce)
    return len(new_head) - len(head) if whole_line else None


def _write_difference(work: Work, start: int, old: bytes, new: bytes) -> None:
    """Write the octets that differ: within one sector at once, else by the journal; on a full disk at once as well."""
    differing = [at for at, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    if not differing:
        return
    first, last = differing[0], differing[-1] + 1
    octets = new[first:last]
    at = start + first
    if at // _SECTOR != (start + last - 1) // _SECTOR:
        try:
            overwrite(work.files, work.box, work.places, work.facts, at, len(octets), lambda: iter((octets,)))
            return
        except OSError as error:
            if error.errno not in _FULL:
                raise
    write_all_at(work.files, work.box, octets, at)
    work.files.sync(work.box)


def take_out(work: Work, keys: Sequence[LetterKey]) -> None:
    """Take letters out and move the rest up, on the same inode."""
    assert work.listing is not None
    going = sorted((letter for key in keys if (letter := work.listing.find(key))), key=lambda letter: letter.span.start)
    if not going:
        return
    size, start = work.facts.size, going[0].span.start
    kept = [
        (one.span.next, other.span.start - one.span.next)
        for one, other in pairwise(going)
        if other.span.start > one.span.next
    ]
    if going[-1].span.next < size:
        kept.append((going[-1].span.next, size - going[-1].span.next))
    heir = next((letter for letter in work.listing.letters if letter.key not in keys), None)
    base = next((letter.base for letter in going if letter.base), b"")
    gone_bytes = sum(letter.span.next - letter.span.start for letter in going)
    pieces: list[Piece] = [*kept]
    if base and heir and gone_bytes >= LEAST_SHRINK:
        pieces = _with_base(kept, heir.span.head, base, size - start)
    work.moved, work.listing = True, _left(work, work.listing, keys, heir, base if base in pieces else b"")
    if not kept:
        work.files.cut(work.box, start)
        work.files.sync(work.box)
        return
    if gone_bytes < LEAST_SHRINK:  # a letter of nearly nothing: empty lines take its place at the end
        whole = b"".join(work.octets(offset, offset + length) for offset, length in kept) + b"\n" * gone_bytes
        overwrite(work.files, work.box, work.places, work.facts, start, len(whole), lambda: iter((whole,)))
        return
    shift(work.files, work.box, work.places, work.facts, start, pieces, work.alive)


def _left(
    work: Work, listing: Listing, keys: Collection[LetterKey], heir: Letter | None, base: bytes
) -> Listing | None:
    """The listing once these letters are out; None when it has to be read anew.

    `heir` is the first that stays. Where the first of all goes, it becomes that, and may be given its field `base`.
    """
    left = listing.without(keys)
    if left is None or heir is None or left.first == listing.first:
        return left
    line, head = work.octets(heir.span.start, heir.span.head), work.octets(heir.span.head, heir.span.body)
    if is_internal(head):
        return None
    return left.rewritten(left.letters[0].span, len(base), line + base + head, base=base or without_base(head)[0])


def _with_base(pieces: Sequence[tuple[int, int]], at: int, base: bytes, room: int) -> list[Piece]:
    """The pieces with Dovecot's `X-IMAPbase` field put at offset `at` of the old box: its numbers stay valid."""
    if sum(size for _, size in pieces) + len(base) + LEAST_SHRINK > room:
        return [*pieces]
    result: list[Piece] = []
    for offset, size in pieces:
        if offset < at < offset + size:
            result += [(offset, at - offset), base, (at, size - (at - offset))]
        else:
            result.append((offset, size))
    return result
