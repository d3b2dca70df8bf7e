"""A letter read off the wire, from the reply to DATA to the lone dot (RFC 5321 4.1.1.4), in pieces as they come.

The end is CR LF dot CR LF and nothing else. The first CR LF may be that of DATA itself: so the letter's first bytes are
looked at one by one, until they can be no part of an end, and the rest is searched for the end as a whole. A letter
that is refused is read to its end all the same, and nothing of it is kept.
"""

import asyncio
from collections.abc import Callable

END = b"\r\n.\r\n"
MOST_OPENING = 4_096
"""Bytes of empty lines that a letter may begin with."""
PIECE = 1 << 20
"""Bytes that are looked at a time."""
LINE_TOO_LONG = "500 5.6.0 A line is too long (RFC 5321 4.5.3.1.6)"


class NoLetter(Exception):
    """What comes is none, and where it ends is not looked for; the text is the reply."""


class LetterReader:
    """Reads one letter of at most `most` bytes, with lines of at most `longest_line` bytes, CR LF included.

    `hold` is asked for room for a letter that has so many bytes by now.
    """

    def __init__(
        self, reader: asyncio.StreamReader, hold: Callable[[int], bool], *, most: int, longest_line: int
    ) -> None:
        self._reader = reader
        self._hold = hold
        self._most = most
        self._longest_line = longest_line
        self._letter = bytearray()
        self._refusal = ""

    async def read(self) -> bytearray | str:
        """The letter, its dots unstuffed (RFC 5321 4.5.2), or the reply that refuses it. Raises `NoLetter`."""
        over = await self._opening()
        while not over:
            try:
                self._take((await self._reader.readuntil(END))[:-3])
                over = True
            except asyncio.LimitOverrunError as error:
                self._take(await self._reader.readexactly(error.consumed))
            await asyncio.sleep(0)  # a client that sends without end leaves the others their turn
        if not self._refusal and has_line_over(self._letter, self._longest_line):
            self._refusal = LINE_TOO_LONG
        if self._refusal:
            return self._refusal
        unstuff(self._letter)
        return self._letter

    async def _opening(self) -> bool:
        """Read until the end can no longer have begun before the letter; whether it has been read."""
        matched = 2
        for _ in range(MOST_OPENING):
            byte = await self._reader.readexactly(1)
            self._take(byte)
            matched = _matched_after(matched, byte)
            if matched == len(END):
                del self._letter[-3:]
                return True
            if not matched:
                return False
        raise NoLetter("554 5.6.0 That is no letter: it begins with too many empty lines")

    def _take(self, piece: bytes) -> None:
        size = len(self._letter) + len(piece)
        if self._refusal:
            return
        if size > self._most:
            self._refusal = f"552 5.3.4 A letter has at most {self._most} bytes"
        elif not self._hold(size):
            self._refusal = "452 4.3.1 Too many letters are coming in at a time; try again later"
        if self._refusal:
            self._letter.clear()
        else:
            self._letter += piece


def _matched_after(matched: int, byte: bytes) -> int:
    """How many bytes of END are matched after one more, when `matched` were before."""
    if byte == END[matched : matched + 1]:
        return matched + 1
    return 1 if byte == b"\r" else 0


def has_line_over(letter: bytes | bytearray, longest: int) -> bool:
    """Whether a line of the letter has more than `longest` bytes, its end included."""
    start = 0
    while len(letter) - start > longest:
        end = letter.rfind(b"\n", start, start + longest)
        if end < 0:
            return True
        start = end + 1
    return False


def unstuff(letter: bytearray) -> None:
    """Take away the dot that was put before each line that begins with one, in place."""
    end, start, begins_line = 0, 0, True
    while start < len(letter):
        stop = min(start + PIECE, len(letter))
        if stop < len(letter):  # no line end is cut in two
            stop = letter.rfind(b"\n", start, stop) + 1 or stop - letter.endswith(b"\r", start, stop)
        stuffed = begins_line and letter.startswith(b".", start)
        begins_line = letter.endswith(b"\r\n", start, stop)
        piece = letter[start + stuffed : stop].replace(b"\r\n.", b"\r\n")
        letter[end : end + len(piece)] = piece
        end, start = end + len(piece), stop
    del letter[end:]
