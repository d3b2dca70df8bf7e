"""The bytes of a Telnet line: data, commands and options told apart and put together (RFC 854, RFC 856).

Theory: data passes in whole stretches, with the doubled IACs in them; only a command stops it. What is cut off
at the end of a chunk waits for the next, so that it never matters where a stream is cut.

Rules: IAC IAC is a data byte FF. Outside BINARY a host takes CR NUL for a Return and CR LF for the end of a line:
both reach it as a bare CR, and a CR of its leaves as CR NUL, unless an LF follows it. A terminal takes CR NUL for
a CR and leaves CR LF as it is; each CR of its leaves as CR NUL, so that what it sends arrives byte for byte.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

IAC = 255
LONGEST_SUBNEGOTIATION = 1024
"""Bytes of a subnegotiation; the rest of a longer one is swallowed."""


class Command(IntEnum):
    """Commands after IAC (RFC 854, and EOR of RFC 885)."""

    EOR = 239
    SE = 240
    NOP = 241
    DM = 242
    BRK = 243
    IP = 244
    AO = 245
    AYT = 246
    EC = 247
    EL = 248
    GA = 249
    SB = 250
    WILL = 251
    WONT = 252
    DO = 253
    DONT = 254


_LONE_CR = re.compile(rb"\r(?!\n)")
_RETURN = re.compile(rb"\r[\0\n]")
_CR_NUL = re.compile(rb"\r\0")
_STRETCH = re.compile(rb"(?:[^\xff]++|\xff\xff)*+")


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes for the user."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Plain:
    """A command that stands alone: IP, BRK, AYT and the like, known or not."""

    command: int


@dataclass(frozen=True, slots=True)
class Negotiation:
    """WILL, WONT, DO or DONT with its option."""

    command: Command
    option: int


@dataclass(frozen=True, slots=True)
class Subnegotiation:
    """The content of SB ... SE, without the option's number, IAC undoubled."""

    option: int
    content: bytes


Piece = Data | Plain | Negotiation | Subnegotiation

_NEGOTIATIONS = frozenset({Command.WILL, Command.WONT, Command.DO, Command.DONT})


class Decoder:
    """What comes from the net, made into pieces. `binary`, whether the peer sends BINARY, may change between two."""

    def __init__(self, *, for_terminal: bool = False) -> None:
        """`for_terminal`: the line feeds are kept that a host has no use for."""
        self.binary = False
        self._swallowed = (b"\0",) if for_terminal else (b"\0", b"\n")
        self._return = _CR_NUL if for_terminal else _RETURN
        self._held = b""
        self._in_subnegotiation = False
        self._content = bytearray()
        self._after_cr = False

    def decode(self, data: bytes) -> list[Piece]:
        """The pieces that are complete with these bytes."""
        return list(self.pieces(data))

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """The same one by one, for who sets `binary` between two; to be taken to the last before the next bytes."""
        data = self._held + data
        self._held = b""
        pieces: list[Piece] = []
        at = 0
        bulk = _undoubled(data)
        if bulk:
            self._plain(bulk, pieces)
            yield from pieces
            return
        while at < len(data):
            end = self._end_of_stretch(data, at)
            if end > at:
                self._plain(data[at:end].replace(b"\xff\xff", b"\xff"), pieces)
            used = self._command(data, end, pieces) if end < len(data) else 0
            if not used:
                self._held = data[end:]
            yield from pieces
            if not used:
                return
            pieces.clear()
            at = end + used

    def _end_of_stretch(self, data: bytes, at: int) -> int:
        """Where the first IAC from `at` on stands that is not doubled."""
        if data.find(b"\xff", at) < 0:
            return len(data)
        stretch = _STRETCH.match(data, at)
        return stretch.end() if stretch else at

    def _plain(self, stretch: bytes, pieces: list[Piece]) -> None:
        if self._in_subnegotiation:
            self._content += stretch[: LONGEST_SUBNEGOTIATION - len(self._content)]
            return
        stretch = self._returns(stretch)
        if stretch:
            pieces.append(Data(stretch))

    def _returns(self, stretch: bytes) -> bytes:
        """CR NUL and CR LF made a bare CR, unless the peer sends BINARY."""
        if self.binary:
            self._after_cr = False
            return stretch
        if self._after_cr and stretch[:1] in self._swallowed:
            stretch = stretch[1:]
            self._after_cr = False
            if not stretch:
                return b""
        self._after_cr = stretch.endswith(b"\r")
        return self._return.sub(b"\r", stretch) if b"\r" in stretch else stretch

    def _command(self, data: bytes, at: int, pieces: list[Piece]) -> int:
        """Take the command whose IAC is at `at`; how many bytes it took, or 0 if it is not all there."""
        if at + 1 >= len(data):
            return 0
        code = data[at + 1]
        if self._in_subnegotiation:
            self._in_subnegotiation = False
            if self._content:
                pieces.append(Subnegotiation(self._content[0], bytes(self._content[1:])))
            self._content.clear()
            return 2 if code == Command.SE else self._command(data, at, pieces)
        if code == Command.SB:
            self._in_subnegotiation = True
            return 2
        if code in _NEGOTIATIONS:
            if at + 2 >= len(data):
                return 0
            pieces.append(Negotiation(Command(code), data[at + 2]))
            return 3
        if code != Command.SE:
            pieces.append(Plain(code))
        return 2


def _undoubled(data: bytes) -> bytes | None:
    """Bytes in which every IAC is doubled, with each pair made one; None if a command or half a pair is among them.

    Split at single bytes, a doubled one leaves nothing in between: a fifth of what matching and replacing costs.
    """
    parts = data.split(b"\xff")
    return b"\xff".join(parts[::2]) if len(parts) & 1 and not any(parts[1::2]) else None


class Encoder:
    """What the user sends, made ready for the net. `binary` says whether we send BINARY."""

    def __init__(self, *, for_terminal: bool = False) -> None:
        self.binary = False
        self._for_terminal = for_terminal

    def encode(self, data: bytes) -> bytes:
        """The bytes to send; outside BINARY a CR, or for a host one that no LF follows in `data`, leaves as CR NUL."""
        if b"\xff" in data:
            data = data.replace(b"\xff", b"\xff\xff")
        if self.binary or b"\r" not in data:
            return data
        return data.replace(b"\r", b"\r\0") if self._for_terminal else _LONE_CR.sub(b"\r\0", data)


def plain(command: Command) -> bytes:
    """The bytes of a command that stands alone."""
    return bytes((IAC, command))


def negotiation(command: Command, option: int) -> bytes:
    """The bytes of WILL, WONT, DO or DONT."""
    return bytes((IAC, command, option))


def subnegotiation(option: int, content: bytes) -> bytes:
    """The bytes of SB ... SE."""
    return bytes((IAC, Command.SB, option)) + content.replace(b"\xff", b"\xff\xff") + bytes((IAC, Command.SE))
