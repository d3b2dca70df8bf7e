"""What function keys, and terminals that answer back, send: escape sequences, taken out of the keys.

The mail session has no use for them, and their letters must not end up in a line. A lone ESC is
dropped too. A sequence that goes on for longer than any real one is let go of, so that a stray
ESC [ cannot swallow a line.
"""

from enum import Enum, auto

ESC = "\x1b"
LONGEST = 32
"""Characters of a sequence after which it is taken to be none."""


class _In(Enum):
    NOTHING = auto()
    ESCAPE = auto()
    CONTROL_SEQUENCE = auto()
    SINGLE_SHIFT = auto()


class FunctionKeys:
    """Passes keys on and keeps sequences back, however they are cut (ECMA-48 5.4; SS3 as on the VT100)."""

    def __init__(self) -> None:
        self._in = _In.NOTHING
        self._length = 0

    def strip(self, keys: str) -> str:
        """`keys` without escape sequences; one that is not complete goes on in the next call."""
        if self._in is _In.NOTHING and ESC not in keys:
            return keys
        return "".join(key for key in keys if self._passes(key))

    def _passes(self, key: str) -> bool:
        if key == ESC:
            self._in, self._length = _In.ESCAPE, 0
            return False
        match self._in:
            case _In.ESCAPE:
                self._in = {"[": _In.CONTROL_SEQUENCE, "O": _In.SINGLE_SHIFT}.get(key, _In.NOTHING)
                return self._in is _In.NOTHING
            case _In.SINGLE_SHIFT:
                self._in = _In.NOTHING
                return not " " <= key <= "~"
            case _In.CONTROL_SEQUENCE:
                self._length += 1
                if " " <= key <= "?" and self._length <= LONGEST:
                    return False
                self._in = _In.NOTHING
                return not "@" <= key <= "~"
        return True
