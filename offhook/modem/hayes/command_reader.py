"""Bytes from the DTE in command state made into command lines (V.250 5.2).

Theory: the reader hunts for A, then T, whatever noise comes before; then it collects the body
until S3. `A/` needs no S3. What is not a command line has no answer. Bit 7 is looked
at in A and T alone, for the parity that the DTE has.

Rules: S3 is looked for before S5; control characters are dropped from the body; a body
longer than `LONGEST` is swallowed to its S3 and is then an error as a whole.
"""

from dataclasses import dataclass
from enum import Enum, auto

from offhook.modem.rs232 import Parity, parity_of, with_parity

LONGEST = 255
"""Characters of a body, without AT; V.250 5.2.1 asks for 40 at least, host names for more."""


_SMALL = 0x20
"""The bit that small letters have."""


class _Place(Enum):
    HUNTING = auto()
    AFTER_A = auto()
    IN_BODY = auto()


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A complete line: what stood between AT and S3, or None if it was too long; and the parity AT came with."""

    body: str | None
    parity: Parity = Parity.NONE


@dataclass(frozen=True, slots=True)
class Repeat:
    """`A/` was typed: do the last body again."""


class CommandReader:
    """Collects command lines; the caller gives S3 and S5 as they are at the moment.

    `one_case`: `At` and `aT` are none, as V.250 5.2.1 has it.
    """

    def __init__(self, *, one_case: bool = False) -> None:
        self._one_case = one_case
        self._place = _Place.HUNTING
        self._body: list[str] = []
        self._too_long = False
        self._a = 0
        self._parity = Parity.NONE

    @property
    def typing(self) -> bool:
        """Whether a command line has begun: nothing unasked should be said now."""
        return self._place is not _Place.HUNTING

    def forget(self) -> None:
        """Drop a line half typed."""
        self._place = _Place.HUNTING
        self._body.clear()
        self._too_long = False

    def read(self, data: bytes, s3: int, s5: int) -> tuple[bytes, CommandLine | Repeat | None, bytes]:
        """What to echo for the bytes taken, the line they complete or None, and the bytes not taken yet."""
        echo = bytearray()
        for index, byte in enumerate(data):
            line: CommandLine | Repeat | None = None
            code = byte & 0x7F
            erased = False
            match self._place:
                case _Place.HUNTING:
                    self._hunt(code, byte)
                case _Place.AFTER_A:
                    line = self._after_a(code, byte)
                case _Place.IN_BODY:
                    line, erased = self._collect(code, s3, s5)
            if erased:
                echo += with_parity(b"\b \b", self._parity)
            elif self._place is not _Place.IN_BODY or code not in (s5, 0x7F):
                echo.append(byte)
            if line is not None:
                return bytes(echo), line, data[index + 1 :]
        return bytes(echo), None, b""

    def _hunt(self, code: int, byte: int) -> None:
        if code in b"Aa":
            self._a = byte
            self._place = _Place.AFTER_A

    def _after_a(self, code: int, byte: int) -> Repeat | None:
        if code in b"Tt" and not (self._one_case and (self._a ^ byte) & _SMALL):
            self._parity = parity_of(self._a, byte)
            self._place = _Place.IN_BODY
        elif code == ord("/"):
            self.forget()
            return Repeat()
        elif code in b"Aa":
            self._a = byte
        else:
            self._place = _Place.HUNTING
        return None

    def _collect(self, code: int, s3: int, s5: int) -> tuple[CommandLine | None, bool]:
        """The line this byte completes, and whether it erased a character."""
        if code == s3:
            body = None if self._too_long else "".join(self._body)
            self.forget()
            return CommandLine(body, self._parity), False
        if code in (s5, 0x7F):
            if self._body and not self._too_long:
                self._body.pop()
                return None, True
        elif code >= 0x20:
            if len(self._body) < LONGEST:
                self._body.append(chr(code))
            else:
                self._too_long = True
        return None, False
