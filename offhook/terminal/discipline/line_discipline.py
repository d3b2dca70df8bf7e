r"""Keys made into lines: echo, editing, and what interrupts.

A machine without a clock: `put` takes bytes as they come, `read_line` and `read_key` take lines and
keys out. What is typed ahead stays in it until it is asked for, and is echoed only then, so that a
password typed ahead is not shown. One byte is echoed for a plain key; erasing sends backspace,
blank, backspace for each column.
"""

import codecs
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from wcwidth import wcwidth

from offhook.terminal.discipline.charset import UTF8, Charset
from offhook.terminal.discipline.control_chars import (
    END_OF_INPUT,
    ERASE,
    HOLD,
    IGNORED,
    INTERRUPT,
    KILL,
    REPRINT,
    WORD_ERASE,
)
from offhook.terminal.discipline.function_keys import FunctionKeys
from offhook.terminal.discipline.newlines import Newlines
from offhook.terminal.discipline.output_gate import OutputGate, spell

LONGEST_LINE = 4096
"""Characters of a line; more are not taken and not echoed, as in any tty."""
MOST_AHEAD = 65_536
"""Characters typed ahead; more are dropped. Whoever feeds the discipline makes the caller wait long before."""
MOST_ECHOED = 1024
"""Bytes of echo after which a read comes back, so that a pasted page is echoed at the speed of the line."""


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
        self._function_keys = FunctionKeys()
        self._ahead: deque[str] = deque()
        self._line: list[str] = []
        self._held = False
        self.set_charset(charset)

    def set_charset(self, charset: Charset) -> None:
        """Use another charset from the next byte on; keys beyond ASCII are taken as UTF-8 where it has none."""
        self._charset = charset
        self._gate = OutputGate(charset)
        codec = UTF8.codec if charset.name == "ascii" else charset.codec
        self._decoder = codecs.getincrementaldecoder(codec)("replace")

    @property
    def typed(self) -> str:
        """The line as far as it has been typed."""
        return "".join(self._line)

    @property
    def held(self) -> bool:
        """Whether the caller has asked that nothing more be shown: the last key was ^S."""
        return self._held

    @property
    def waiting(self) -> int:
        """How many characters are typed ahead."""
        return len(self._ahead)

    @property
    def line_waiting(self) -> bool:
        """Whether a whole line is typed ahead."""
        return "\n" in self._ahead

    def put(self, data: bytes) -> bool:
        """Take keys; true if an interrupt is among them: what was typed before it is then forgotten."""
        keys = self._function_keys.strip(self._decoder.decode(self._newlines.fold(data)))
        if keys:
            self._held = keys.endswith(HOLD)
        _, interrupt, after = keys.rpartition(INTERRUPT)
        if interrupt:
            self._ahead.clear()
            self._ahead.append(INTERRUPT)
        room = MOST_AHEAD - len(self._ahead)
        self._ahead.extend((after if interrupt else keys)[:room])
        return bool(interrupt)

    def put_back(self, text: str) -> None:
        """Have `text` read before all that was typed ahead."""
        self._ahead.extendleft(reversed(text))

    def forget_interrupt(self) -> None:
        """The interrupt has had its effect already."""
        if self._ahead and self._ahead[0] == INTERRUPT:
            self._ahead.popleft()

    def begin(self) -> None:
        """A new line is wanted."""
        self._line.clear()

    def read_key(self) -> Result:
        r"""One key of those that have come; it is not echoed. A line end is the key "\n", ^D interrupts as ^C does."""
        while self._ahead:
            key = self._ahead.popleft()
            if key in (INTERRUPT, END_OF_INPUT):
                return Result(b"", Ended.INTERRUPT)
            if key == "\n" or (key.isprintable() and key != "\ufffd"):
                return Result(b"", Ended.LINE, key)
        return Result(b"")

    def read_line(self, *, echo: bool) -> Result:
        """Go on with the line; the result has `ended` set when it is done. Without `echo` only the line end is shown.

        Nothing in the result means that more keys must come; an echo alone, that there may be more to read now.
        """
        out = bytearray()
        while self._ahead and len(out) < MOST_ECHOED:
            key = self._ahead.popleft()
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
            return self._erase(self._last_character())
        if key in KILL:
            return self._erase(len(self._line))
        if key in WORD_ERASE:
            text = self.typed
            return self._erase(len(text) - text.rstrip().rfind(" ") - 1)
        if key in REPRINT:
            return b"\r\n" + self._gate.encode(self.typed)
        if key.isspace():
            key = " "
        if key in IGNORED or not key.isprintable() or len(self._line) >= LONGEST_LINE:
            return b""
        self._line.append(key)
        return self._gate.encode(key)

    def _last_character(self) -> int:
        """How much of the line its last character is: marks that take no column go with what they stand on."""
        count = 1
        while count < len(self._line) and not self._columns(self._line[-count]):
            count += 1
        return count

    def _erase(self, count: int) -> bytes:
        gone = self._line[-count:] if count else []
        del self._line[len(self._line) - len(gone) :]
        return b"\b \b" * sum(map(self._columns, gone))

    def _columns(self, key: str) -> int:
        return sum(max(wcwidth(character), 0) for character in spell(key, self._charset))
