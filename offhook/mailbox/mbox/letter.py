"""How a letter is written into an mbox so that it comes out again octet for octet, and what names it there.

    From sender Sat Nov 28 15:00:00 2026
    Status: RO
    X-Status: F
    X-Keywords: Work
    Content-Length: 1234                     (of the body as it stands here)
    X-Offhook: 1 3b1f... 1400 1795878000.25 9a0c...
    ...the letter, quoted...

    From ...

No mbox form by itself gives every letter back, so the line `X-Offhook` (the seal) says what the letter was: its
length, its time of arrival, and a digest by which a reader knows that it took the quoting off rightly.

- Lines that begin with `From `, after any number of `>`, get one more `>` (mboxrd): programs that split at `From ` and
  those that count by `Content-Length` see the same letters.
- Header fields of the letter that a mailbox program would take for its own state (a forged `Status`) have `X-Offhook-`
  put before their names, once more for each time it is there already.
- What a letter lacks at its end (a line feed, the empty line after its header) is added; its length cuts it off again.

Our fields come first, because a letter need not begin with a header field, and the seal is the last of them, because
a letter may begin with what would continue a field. A seal counts only where nothing but state stands before it, where
no sender can put one; and when the digest does not fit, the letter is given as it stands.

The key of a letter is a digest of what never changes of it: the `From ` line, its header without the fields by which
programs keep state, the length of its body, and the first and the last of it. Offsets move, and Dovecot, mutt and
Alpine rewrite the state of any letter at any time; this survives all of that, and is the same in every session. A
sealed letter has a number drawn by lot in its seal, so that two letters with the same octets have two keys. Equal
letters that other programs put in during the same second are told apart by their order alone.
"""

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from offhook.mailbox.letters import MAX_HEADER_BYTES, Octets
from offhook.mailbox.mbox.from_line import make_from_line
from offhook.mailbox.mbox.state import STATE_FIELDS, State, field_pattern, state_lines

SAMPLE = 512
"""Octets of a body's beginning and of its end that its key depends on."""

_DIGEST_BYTES = 16
_SEAL = re.compile(
    rb"^X-Offhook: 1 (?P<number>[0-9a-f]{16}) (?P<length>\d{1,15}) (?P<arrived>-?\d{1,15}(?:\.\d{1,9})?)"
    rb" (?P<digest>[0-9a-f]{32})\r?\n",
    re.MULTILINE,
)
_STATE = field_pattern(STATE_FIELDS)
_STATE_AND_LINES = field_pattern((*STATE_FIELDS, b"Lines"))
_LINES_FIELD = field_pattern((b"Lines",))
_FROM_IN_TEXT = re.compile(rb"^(>*From )", re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_OWN = rb"(?:" + rb"|".join((*STATE_FIELDS, b"Lines", b"X-Offhook")) + rb")[ \t]*:"
_FIELD_LIKE_OURS = re.compile(rb"^((?:X-Offhook-)*" + _OWN + rb")", re.IGNORECASE | re.MULTILINE)
_QUOTED_FIELD = re.compile(rb"^X-Offhook-((?:X-Offhook-)*" + _OWN + rb")", re.IGNORECASE | re.MULTILINE)
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_RETURN_PATH = re.compile(rb"Return-Path:[ \t]*<([^<>\s]{1,320})>", re.IGNORECASE)
_FIELD_NAME: Final = re.compile(rb"[!-9;-~]+[ \t]*:")


@dataclass(frozen=True, slots=True)
class Seal:
    """What a letter was when it was put in: length, digest, time of arrival; `end` is where the line ends."""

    end: int
    length: int
    arrived: float
    digest: bytes


def end_of_head(letter: Octets, start: int = 0) -> int | None:
    """Where a letter's body begins: after the first empty line; None when there is none."""
    if not start and letter.startswith((b"\n", b"\r\n")):
        return letter.index(b"\n") + 1
    found = _EMPTY_LINE.search(letter, start)
    return found.end() if found else None


def encode(letter: Octets, number: bytes, arrived: float, state: State, base: bytes = b"") -> bytes:
    """A letter with its `From ` line and the empty line after it; `number` is 8 octets that no other letter has.

    `base` is the field `X-IMAPbase`, if it is the first of its box.
    """
    end = end_of_head(letter)
    head, body = _quoted_head(letter[:end]), b""
    if end is None:
        head = _ended(head)
    else:
        body = _FROM_IN_TEXT.sub(rb">\1", letter[end:])
    last = b"\n" if body and not body.endswith(b"\n") else b""
    sender = _RETURN_PATH.match(letter[:1000])
    seal = f"X-Offhook: 1 {number.hex()} {len(letter)} {_decimal(arrived)} {_digest(letter).hex()}\n"
    return b"".join(
        (
            make_from_line(sender[1] if sender else b"", arrived),
            base,
            state_lines(state),
            b"Content-Length: %d\n" % (len(body) + len(last)),
            seal.encode(),
            head,
            body,
            last,
            b"\n",
        )
    )


def read_seal(head: bytes) -> Seal | None:
    """The seal in a header block that follows a `From ` line, if there is one in its place."""
    found = _SEAL.search(head, 0, 4096)
    if found is None or _STATE.sub(b"", head[: found.start()]):
        return None
    return Seal(found.end(), int(found["length"]), float(found["arrived"]), bytes.fromhex(found["digest"].decode()))


def decode(head: bytes, body: bytes) -> bytes:
    """The letter as it was put in, from its header block (with the empty line) and its body in the box."""
    seal = read_seal(head)
    if seal is not None:
        letter = _unquote(_LINES_FIELD.sub(b"", letter_head(head[seal.end :])), body)[: seal.length]
        if _digest(letter) == seal.digest:
            return letter
    return letter_head(head) + body


def is_sealed(letter: bytes, seal: Seal) -> bool:
    """Whether a letter is, octet for octet, the one that was sealed."""
    return len(letter) == seal.length and _digest(letter) == seal.digest


def decode_head(head: bytes) -> bytes:
    """The letter's header block up to its empty line, at most 256 KiB of it."""
    seal = read_seal(head)
    if seal is None:
        text = letter_head(head)
    else:
        text = _unquote(_LINES_FIELD.sub(b"", letter_head(head[seal.end :])), b"")[: seal.length]
    end = end_of_head(text)
    if end is not None:
        text = text[: end - (2 if text[:end].endswith(b"\r\n") else 1)]
    return text[:MAX_HEADER_BYTES]


def size_of(head: bytes, body_size: int) -> int:
    """The letter's size in octets: by its seal, or by its header without state and its body."""
    seal = read_seal(head)
    return seal.length if seal is not None else len(letter_head(head)) + body_size


def letter_head(head: bytes) -> bytes:
    """A header block without the fields by which programs keep state (looked for in its first 256 KiB)."""
    return _in_first(head, _STATE)


def identity(from_line: bytes, head: bytes, body_size: int, first: bytes, last: bytes) -> str:
    """What names a letter: `first` and `last` are up to `SAMPLE` octets of its body, `body_size` its whole size."""
    return name_of(from_line, _in_first(head, _STATE_AND_LINES), body_size, first, last)


def name_of(from_line: bytes, kept: bytes, body_size: int, first: bytes, last: bytes) -> str:
    """What `identity` gives, of a header block from which state and `Lines` have been taken: `kept`."""
    stripped = last.rstrip(b"\r\n")
    parts = (
        from_line.rstrip(b"\r\n"),
        kept,
        b"%d" % (body_size - (len(last) - len(stripped))),
        first.rstrip(b"\r\n") if body_size <= SAMPLE else first,
        stripped,
    )
    return blake2b(b"\n\n".join(parts), digest_size=15).hexdigest()


def _in_first(head: bytes, pattern: re.Pattern[bytes]) -> bytes:
    if len(head) <= MAX_HEADER_BYTES:
        return pattern.sub(b"", head)
    cut = head.rfind(b"\n", 0, MAX_HEADER_BYTES) + 1
    return pattern.sub(b"", head[:cut]) + head[cut:]


def _quoted_head(head: Octets) -> bytes:
    return _FROM_IN_TEXT.sub(rb">\1", _FIELD_LIKE_OURS.sub(rb"X-Offhook-\1", head))


def _ended(head: bytes) -> bytes:
    """A header block that goes to the letter's end, with the empty line after it."""
    if head and not head.endswith(b"\n"):
        head += b"\n"
    return head if end_of_head(head) is not None else head + b"\n"


def _unquote(head: bytes, body: bytes) -> bytes:
    head = _QUOTED_FIELD.sub(rb"\1", _QUOTED_FROM.sub(rb"\1", head))
    return head + _QUOTED_FROM.sub(rb"\1", body)


def _digest(letter: Octets) -> bytes:
    return blake2b(letter, digest_size=_DIGEST_BYTES).digest()


def _decimal(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")
