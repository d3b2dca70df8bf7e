"""ip232: a serial line with a few of its signals in a stream of bytes, as tcpser, VICE, openMSX and BeebEm speak it.

FF and a second byte are one unit. FF FF is the character FF. Any other second byte is the sender's signals: from the
DTE bit 0 is DTR; from the DCE bit 0 is DCD and bit 1 RI. Everything else is a character. (There is no standard;
`rs232.h` of VICE describes it so.)
"""

from offhook.modem.rs232.signals import Signals

_MARK = b"\xff"
_MARKED = b"\xff\xff"


class Ip232Reader:
    """What a DTE sends by ip232, cut anywhere, made into characters and signals."""

    def __init__(self) -> None:
        self._half = False  # FF has come, and what it goes with has not

    def take(self, data: bytes) -> list[bytes | Signals]:
        """What `data` says, in order: characters, never empty, and DTR as it is from then on (RTS goes with it)."""
        if self._half:
            data = _MARK + data
        marks = len(data) - len(data.rstrip(_MARK))
        self._half = marks % 2 == 1
        if self._half:
            data = data[:-1]
        if _MARK not in data:
            return [data] if data else []
        found: list[bytes | Signals] = []
        characters = bytearray()
        # A unit begins at the first FF that belongs to none, so the leftmost FF FF that are found are units too.
        for number, piece in enumerate(data.split(_MARKED)):
            if number:
                characters += _MARK
            plain, *units = piece.split(_MARK)
            characters += plain
            for unit in units:
                if characters:
                    found.append(bytes(characters))
                found.append(Signals.DTR | Signals.RTS if unit[0] & 1 else Signals.NONE)
                characters = bytearray(unit[1:])
        if characters:
            found.append(bytes(characters))
        return found


def ip232_characters(data: bytes) -> bytes:
    """Characters as they are sent."""
    return data.replace(_MARK, _MARKED)


def ip232_signals(on: Signals) -> bytes:
    """The DCE's signals as they are sent."""
    return bytes((0xFF, (1 if Signals.DCD in on else 0) | (2 if Signals.RI in on else 0)))
