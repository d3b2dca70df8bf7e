"""What is written on a letter as it arrives, and what a sender may not have written there before (RFC 5321 4.4).

On delivery a letter gets `Return-Path`, `Delivered-To` and `Received` on top, loses the fields by which mailbox
programs keep state (a sender could forge them), and gets LF line ends; every other byte stays as it came. All that is
done piece by piece, so that a letter is in memory once, however many copies are made of it.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeAlias

from offhook.mailbox.letters.address import is_valid_address, same_address
from offhook.mailbox.letters.dates import format_date
from offhook.mailbox.letters.failures import PermanentFailure

Octets: TypeAlias = bytes | bytearray
"""A letter as it is handed on; nobody changes it on the way."""

PIECE = 1 << 20
"""Bytes of the pieces a letter is kept in."""
MAX_HOPS = 50
"""`Received` lines after which a letter is taken to be going round in a circle."""
STATE_FIELDS = (
    "content-length", "status", "x-status", "x-keywords", "x-uid", "x-imap", "x-imapbase", "x-offhook", "return-path",
)  # fmt: skip
"""Fields that only the delivering side or a mailbox program may write; `x-offhook` is the seal of our mbox files."""

_NOT_TRACE = re.compile(r"[^A-Za-z0-9.:_\[\]@+=-]+")
_BLANKS = rb"[ \t\r\x0b\x0c]*"
_END_OF_HEADER = re.compile(rb"\n\r?\n")
_ROUND = re.compile(rb"^(?![ \t])" + _BLANKS + rb"(?:(received)|delivered-to)" + _BLANKS + rb":([^\n]*)", re.I | re.M)
"""A field that tells of an earlier round."""
_STATE = re.compile(
    rb"^(?![ \t])" + _BLANKS + b"(?:" + "|".join(STATE_FIELDS).encode() + b")" + _BLANKS
    + rb":[^\n]*(?:\n|\Z)(?:[ \t][^\n]*(?:\n|\Z))*",
    re.I | re.M,
)  # fmt: skip
"""A state field with its continuation lines."""


def received_line(*, helo: str, peer: str, by: str, protocol: str, ident: str, recipient: str, date: datetime) -> str:
    """The value of our `Received` field: what the client called itself, where it came from, and when.

    Everything that a client could choose is reduced to harmless characters and 255 of them.
    """
    origin = f"from {_harmless(helo) or 'unknown'} ({_harmless(peer) or 'local'})"
    towards = f"\n\tfor <{recipient}>" if is_valid_address(recipient) else ""
    return (
        f"{origin}\n\tby {_harmless(by)} (offhook) with {_harmless(protocol)}\n\tid {_harmless(ident)}"
        f"{towards};\n\t{format_date(date)}"
    )


def prepare_for_delivery(letter: Octets, envelope_sender: str, recipient: str, received: str) -> Iterator[bytes]:
    """The letter as it is kept, in pieces: LF line ends, postmarked, forged state removed.

    `received` is the value made by `received_line`. Raises `PermanentFailure` at once when the letter has been
    delivered to `recipient` before or has too many `Received` fields: it is going round in a circle.
    """
    _check_envelope(envelope_sender, recipient)
    return _marked(letter, f"Return-Path: <{envelope_sender}>\n", recipient, received)


def prepare_for_forwarding(letter: Octets, by: str, received: str) -> Iterator[bytes]:
    """The letter as the address `by` sends it on, in pieces: as it would be kept, but without a return path.

    Raises `PermanentFailure` as `prepare_for_delivery` does.
    """
    _check_envelope(by)
    return _marked(letter, "", by, received)


def _check_envelope(*addresses: str) -> None:
    for value in addresses:
        if re.search(r"[\s\0<>]", value):
            raise PermanentFailure("The envelope holds an address that is none.", "5.1.3")


def _marked(letter: Octets, first: str, recipient: str, received: str) -> Iterator[bytes]:
    start = (letter.find(b"\n") + 1 or len(letter)) if letter.startswith((b"From ", b">From ")) else 0
    end = start
    if not letter.startswith((b"\n", b"\r\n"), start):
        found = _END_OF_HEADER.search(letter, start)
        end = found.start() + 1 if found else len(letter)
    _check_for_circles(letter, start, end, recipient)
    marks = f"{first}Delivered-To: {recipient}\nReceived: {received}\n".encode("utf_8", "replace")
    return _gathered(_without_state(letter, start, end, marks))


def _check_for_circles(letter: Octets, start: int, end: int, recipient: str) -> None:
    hops = 0
    for found in _ROUND.finditer(letter, start, end):
        if found[1]:
            hops += 1
        elif same_address(found[2].strip().decode("latin_1"), recipient):
            raise PermanentFailure(
                f"The letter has been delivered to {recipient} before: it is going round in a circle.", "5.4.6"
            )
    if hops > MAX_HOPS:
        raise PermanentFailure(
            f"The letter has passed more than {MAX_HOPS} hosts: it is going round in a circle.", "5.4.6"
        )


def _without_state(letter: Octets, start: int, end: int, marks: bytes) -> Iterator[Octets]:
    """The marks, and the letter from `start` on without the state fields before `end`."""
    yield marks
    for found in _STATE.finditer(letter, start, end):
        yield from _with_lf(letter, start, found.start())
        start = found.end()
    yield from _with_lf(letter, start, len(letter))


def _with_lf(letter: Octets, start: int, end: int) -> Iterator[Octets]:
    """A stretch of the letter with LF line ends."""
    while start < end:
        stop = min(start + PIECE, end)
        if stop < end and letter[stop - 1 : stop] == b"\r":  # the LF behind it belongs to the same piece
            stop -= 1
        yield letter[start:stop].replace(b"\r\n", b"\n")
        start = stop


def _gathered(pieces: Iterable[Octets]) -> Iterator[bytes]:
    """The same in pieces of a good size."""
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _harmless(text: str) -> str:
    return _NOT_TRACE.sub("?", text)[:255]
