"""What is written on a letter as it arrives, and what a sender may not have written there before (RFC 5321 4.4).

On delivery a letter gets `Return-Path`, `Delivered-To` and `Received` on top, loses the fields by which mailbox
programs keep state (a sender could forge them), and gets LF line ends; every other byte stays as it came.
"""

import re
from datetime import datetime

from offhook.mailbox.letters.address import is_valid_address, same_address
from offhook.mailbox.letters.dates import format_date
from offhook.mailbox.letters.failures import PermanentFailure

MAX_HOPS = 50
"""`Received` lines after which a letter is taken to be going round in a circle."""
STATE_FIELDS = (
    "content-length", "status", "x-status", "x-keywords", "x-uid", "x-imap", "x-imapbase", "x-offhook", "return-path",
)  # fmt: skip
"""Fields that only the delivering side or a mailbox program may write; `x-offhook` is the seal of our mbox files."""

_NOT_TRACE = re.compile(r"[^A-Za-z0-9.:_\[\]@+=-]+")
_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_DELIVERED_TO = b"delivered-to"
_RECEIVED = b"received"


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


def prepare_for_delivery(letter: bytes, envelope_sender: str, recipient: str, received: str) -> bytes:
    """The letter as it is kept: LF line ends, postmarked, forged state removed.

    `received` is the value made by `received_line`. Raises `PermanentFailure` when the letter has been delivered to
    `recipient` before or has too many `Received` fields: it is going round in a circle.
    """
    _check_envelope(envelope_sender, recipient)
    return _marked(letter, f"Return-Path: <{envelope_sender}>\n", recipient, received)


def prepare_for_forwarding(letter: bytes, by: str, received: str) -> bytes:
    """The letter as the address `by` sends it on: LF line ends, postmarked, without a return path and forged state.

    Raises `PermanentFailure` as `prepare_for_delivery` does.
    """
    _check_envelope(by)
    return _marked(letter, "", by, received)


def _check_envelope(*addresses: str) -> None:
    for value in addresses:
        if re.search(r"[\s\0<>]", value):
            raise PermanentFailure("The envelope holds an address that is none.", "5.1.3")


def _marked(letter: bytes, first: str, recipient: str, received: str) -> bytes:
    letter = letter.replace(b"\r\n", b"\n")
    if letter.startswith((b"From ", b">From ")):
        letter = letter[letter.find(b"\n") + 1 or len(letter) :]
    end = 0 if letter.startswith(b"\n") else letter.find(b"\n\n") + 1 or len(letter)
    marks = f"{first}Delivered-To: {recipient}\nReceived: {received}\n"
    return marks.encode("utf_8", "replace") + _checked(letter[:end], recipient) + letter[end:]


def _checked(head: bytes, recipient: str) -> bytes:
    """The header section without state fields, each taken out with its continuation lines."""
    kept: list[bytes] = []
    hops, dropping = 0, False
    for line in _LINE.findall(head):
        if line[:1] in (b" ", b"\t"):
            if not dropping:
                kept.append(line)
            continue
        name, colon, value = line.partition(b":")
        name = name.strip().lower() if colon else b""
        dropping = name.decode("latin_1") in STATE_FIELDS
        hops += name == _RECEIVED
        if name == _DELIVERED_TO and same_address(value.strip().decode("latin_1"), recipient):
            raise PermanentFailure(
                f"The letter has been delivered to {recipient} before: it is going round in a circle.", "5.4.6"
            )
        if not dropping:
            kept.append(line)
    if hops > MAX_HOPS:
        raise PermanentFailure(
            f"The letter has passed more than {MAX_HOPS} hosts: it is going round in a circle.", "5.4.6"
        )
    return b"".join(kept)


def _harmless(text: str) -> str:
    return _NOT_TRACE.sub("?", text)[:255]
