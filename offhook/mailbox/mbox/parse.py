"""Where the letters of an mbox lie: octets in, offsets out (mboxo, mboxrd, mboxcl, mboxcl2, MMDF).

A `From ` line opens a letter at the start of the file, or after an empty line if it parses as sender and date. What a
`Content-Length` says is believed when the letter then ends at the end of the file, or before such a line; bodies are
jumped over without being read, and may hold `From ` lines unquoted. Line ends are LF or CR LF, a last line feed may be
missing.

The box is read in windows of a few hundred KiB, not mapped into memory: a map of a file that another program cuts
short ends the process that looks at it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from offhook.mailbox.mbox.from_line import MAX_FROM_LINE, is_from_line

MMDF_LINE: Final = b"\x01\x01\x01\x01\n"
"""What stands before and after each letter in an MMDF box."""
CONTENT_LENGTH: Final = re.compile(rb"^Content-Length[ \t]*:[ \t]*(\d{1,15})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
"""The field that tells the length of a body."""
Read = Callable[[int, int], bytes]
"""Reads at most so many octets (second) at an offset (first); fewer only at the end."""

_WINDOW = 256 * 1024
_LOOK = 8192
_FIRST_LOOK = 4096
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_BLANK = re.compile(rb"(?:\r?\n)*")
_MOST_BLANK = 64


@dataclass(slots=True)  # nobody changes one; frozen, they would cost three times as much to make
class Span:
    """Where a letter lies: `start` of its `From ` line, its `head`, `body`, the `end` of that, and the `next` letter.

    `trusted` is whether a Content-Length gave the end; `promised` is where a Content-Length says it is.
    """

    start: int
    head: int
    body: int
    end: int
    next: int
    trusted: bool = False
    promised: int | None = None


class Window:
    """A box as octets at offsets, read in pieces: small ones where it is looked at, large ones where it is searched.

    `size` is how much of it there is, `large` how much is read at once where it is searched.
    """

    def __init__(self, read: Read, size: int, large: int = _WINDOW) -> None:
        self._read = read
        self._large = large
        self.size = size
        self._searched = (0, b"")  # offset and octets of the last large piece, and of the last small one
        self._looked_at = (0, b"")

    def another(self, large: int = _WINDOW) -> "Window":
        """Another window on the same box."""
        return Window(self._read, self.size, large)

    def piece(self, start: int, size: int) -> bytes:
        """The octets from `start`, read now and not kept."""
        return self._read(start, min(size, self.size - start))

    def octets(self, start: int, size: int) -> bytes:
        """The octets from `start`, at most `size`, fewer only at the end of the box."""
        size = min(size, self.size - start)
        if size <= 0:
            return b""
        for offset, held in (self._looked_at, self._searched):
            if 0 <= start - offset <= len(held) - size:
                return held[start - offset : start - offset + size]
        self._looked_at = (start, self._read(start, max(size, _LOOK)))
        return self._looked_at[1][:size]

    def find(self, wanted: bytes, start: int) -> int:
        """Where `wanted` is found first from `start` on, or -1."""
        while start < self.size:
            offset, held = self._searched
            if not 0 <= start - offset <= len(held) - len(wanted):
                offset, held = self._searched = (start, self._read(start, self._large))
            at = held.find(wanted, start - offset)
            if at >= 0:
                return offset + at
            if offset + len(held) >= self.size or len(held) < len(wanted):  # or it was cut short meanwhile
                return -1
            start = offset + len(held) - len(wanted) + 1
        return -1


def is_mmdf(window: Window) -> bool:
    """Whether a box is in MMDF form, which is read and never written."""
    return window.octets(0, len(MMDF_LINE)) == MMDF_LINE


def first_letter(window: Window) -> int | None:
    """Where the first letter begins, behind what is none; None without a letter. Its `From ` line may be odd."""
    opening = window.octets(0, _MOST_BLANK + 5)
    blank = _BLANK.match(opening)
    start = min(blank.end() if blank else 0, _MOST_BLANK)
    if opening[start : start + 5] == b"From ":
        return start
    return _next_from(window, 0)


def spans(window: Window, start: int) -> Iterator[Span]:
    """The letters from `start` on, where a `From ` line is, to the end of the box."""
    while start < window.size:
        span = span_at(window, start)
        yield span
        start = span.next


def mmdf_spans(window: Window) -> Iterator[Span]:
    """The letters of an MMDF box; a `From ` line in front is not part of one."""
    start = 0
    while start < window.size and window.octets(start, len(MMDF_LINE)) == MMDF_LINE:
        opening = start + len(MMDF_LINE)
        end = window.find(MMDF_LINE, opening)
        end = window.size if end < 0 else end
        head = opening
        if window.octets(opening, 5) == b"From ":
            head = min(window.find(b"\n", opening) + 1 or end, end)
        body = min(_end_of_head(window, head - 1 if head > opening else head) or end, end)
        following = min(end + len(MMDF_LINE), window.size)
        yield Span(opening, head, body, end, following)
        start = following


def span_at(window: Window, start: int) -> Span:
    """The letter whose `From ` line is at `start`."""
    line_end = window.find(b"\n", start)
    if line_end < 0:
        return Span(start, window.size, window.size, window.size, window.size)
    head = line_end + 1
    body = _end_of_head(window, line_end)
    if body is None:
        return Span(start, head, window.size, window.size, window.size)
    found = CONTENT_LENGTH.search(window.octets(head, min(body - head, _WINDOW)))
    promised = body + int(found[1]) if found else None
    if promised is not None:
        following = _after(window, promised)
        if following is not None:
            return Span(start, head, body, promised, following, True, promised)
    # The empty line that ends the header is the one before the next letter when a body is missing.
    following = _next_from(window, body - 1)
    if following is None:
        return Span(start, head, body, max(body, _without_blank(window, window.size)), window.size, False, promised)
    return Span(start, head, body, max(body, _without_blank(window, following)), following, False, promised)


def _end_of_head(window: Window, line_end: int) -> int | None:
    """Where the body begins, looking from the line feed that ends the `From ` line."""
    if window.octets(line_end, 3) == b"\n\r\n":
        return line_end + 3
    size = _FIRST_LOOK
    start = line_end
    while True:
        piece = window.octets(start, size)
        found = _EMPTY_LINE.search(piece)
        if found:
            return start + found.end()
        if len(piece) < size:  # the end of the box, wherever that is by now
            return None
        start += max(0, len(piece) - 2)
        size = _WINDOW


def _after(window: Window, end: int) -> int | None:
    """Where the next letter begins if one ends at `end`; None when none can end there."""
    if end > window.size:
        return None
    tail = window.octets(end, MAX_FROM_LINE + _MOST_BLANK)
    blank = _BLANK.match(tail[:_MOST_BLANK])
    skipped = blank.end() if blank else 0
    if end + skipped == window.size:
        return window.size
    if skipped == 0 and window.octets(end - 1, 1) != b"\n":
        return None
    line = tail[skipped:].split(b"\n", 1)[0]
    # After a length that is right and an empty line, a date that no one can read does not matter.
    return end + skipped if is_from_line(line) or (skipped and line.startswith(b"From ")) else None


def _next_from(window: Window, start: int) -> int | None:
    """The next line that opens a letter, whose empty line before it may begin at `start`."""
    while True:
        found = window.find(b"\nFrom ", start)
        if found < 0:
            return None
        before = window.octets(max(0, found - 2), 2 if found > 1 else found)
        empty = not before or before.endswith(b"\n") or before == b"\n\r"
        line = window.octets(found + 1, MAX_FROM_LINE).split(b"\n", 1)[0]
        if empty and is_from_line(line):
            return found + 1
        start = found + 1


def _without_blank(window: Window, end: int) -> int:
    """The end of the body of a letter that ends before `end`: without the one empty line after it."""
    tail = window.octets(max(0, end - 4), 4 if end >= 4 else end)
    if tail.endswith(b"\r\n\r\n"):
        return end - 2
    return end - 1 if tail.endswith(b"\n\n") else end
