r"""Keys made into lines: echo, editing, and what interrupts.

A machine without a clock: `read` takes bytes as they come and a line at a time comes out. What
is typed ahead stays in it until it is asked for. One byte is echoed for a plain key; erasing
sends backspace, blank, backspace for each column.
"""

import codecs
from dataclasses import dataclass
from enum import Enum, auto

from wcwidth import wcswidth

from offhook.terminal.discipline.charset import UTF8, Charset
from offhook.terminal.discipline.control_chars import (
    END_OF_INPUT,
    ERASE,
    IGNORED,
    INTERRUPT,
    KILL,
    REPRINT,
    WORD_ERASE,
)
from offhook.terminal.discipline.newlines import Newlines
from offhook.terminal.discipline.output_gate import OutputGate

LONGEST_LINE = 1000
"""Characters of a line; more are not taken (a bell is not rung: it would need the gate)."""
MOST_AHEAD = 8192
"""Characters typed ahead; more are dropped."""


class Ended(Enum):
    """How input ended."""

    LINE = auto()
    INTERRUPT = auto()
    END_OF_INPUT = auto()


@dataclass(frozen=True, slots=True)
class Result:
    """What reading led to: bytes to echo, and a finished line or how it ended; `ended` is None while it goes on."""

    echo: bytes
    ended: Ended | None = None
    line: str = ""


class LineDiscipline:
    """Of one terminal. `put` keys in as they come, `read_line` or `read_key` when something is wanted."""

    def __init__(self, charset: Charset) -> None:
        self._newlines = Newlines()
        self._ahead = ""
        self._line: list[str] = []
        self.set_charset(charset)

    def set_charset(self, charset: Charset) -> None:
        """Use another charset from the next byte on; keys beyond ASCII are taken as UTF-8 where it has none."""
        self._gate = OutputGate(charset)
        codec = UTF8.codec if charset.name == "ascii" else charset.codec
        self._decoder = codecs.getincrementaldecoder(codec)("replace")

    @property
    def typed(self) -> str:
        """The line as far as it has been typed."""
        return "".join(self._line)

    def put(self, data: bytes) -> bool:
        """Take keys; true if an interrupt is among them: what was typed before it is then forgotten."""
        keys = self._decoder.decode(self._newlines.fold(data))
        _, interrupt, after = keys.rpartition(INTERRUPT)
        if interrupt:
            self._ahead = INTERRUPT + after
        else:
            self._ahead += keys
        self._ahead = self._ahead[:MOST_AHEAD]
        return bool(interrupt)

    def forget_interrupt(self) -> None:
        """The interrupt has had its effect already."""
        self._ahead = self._ahead.removeprefix(INTERRUPT)

    def begin(self) -> None:
        """A new line is wanted."""
        self._line.clear()

    def read_key(self) -> Result:
        r"""One key of those that have come; it is not echoed. A line end is the key "\n"."""
        while self._ahead:
            key, self._ahead = self._ahead[0], self._ahead[1:]
            if key == INTERRUPT:
                return Result(b"", Ended.INTERRUPT)
            if key not in IGNORED:
                return Result(b"", Ended.LINE, key)
        return Result(b"")

    def read_line(self, *, echo: bool) -> Result:
        """Go on with the line; the result has `ended` set when it is done."""
        out = bytearray()
        while self._ahead:
            key, self._ahead = self._ahead[0], self._ahead[1:]
            if key == "\n":
                line = self.typed
                self._line.clear()
                return Result(bytes(out + b"\r\n"), Ended.LINE, line)
            if key == INTERRUPT:
                self._line.clear()
                return Result(bytes(out + b"\r\n"), Ended.INTERRUPT)
            if key == END_OF_INPUT:
                if not self._line:
                    return Result(bytes(out + b"\r\n"), Ended.END_OF_INPUT)
                continue
            shown = self._edit(key)
            if echo:
                out += shown
        return Result(bytes(out))

    def _edit(self, key: str) -> bytes:
        """Apply a key to the line; what a terminal is to be sent for it."""
        if key in ERASE:
            return self._erase(1)
        if key in KILL:
            return self._erase(len(self._line))
        if key in WORD_ERASE:
            text = self.typed
            return self._erase(len(text) - len(text.rstrip().rpartition(" ")[0]))
        if key in REPRINT:
            return b"\r\n" + self._gate.encode(self.typed)
        if key == "\t":
            key = " "
        if key in IGNORED or not key.isprintable() or len(self._line) >= LONGEST_LINE:
            return b""
        self._line.append(key)
        return self._gate.encode(key)

    def _erase(self, count: int) -> bytes:
        if not count:
            return b""
        gone = self._line[-count:]
        del self._line[-count:]
        columns = sum(max(wcswidth(self._gate.shown(key)), 0) for key in gone)
        return b"\b \b" * columns
