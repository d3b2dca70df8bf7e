"""Letters made here: a draft, replies and forwards, and the bytes that leave (RFC 5322, RFC 2045, RFC 2047).

Nothing here knows the time or chance: the date and the message identifier are arguments. No value with a line break or
NUL ever becomes a header line, and the blind copies are in the envelope only.
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from offhook.mailbox.letters.address import Address, is_valid_address, parse_addresses, quote_name, same_address
from offhook.mailbox.letters.dates import format_date
from offhook.mailbox.letters.envelope import Envelope
from offhook.mailbox.letters.failures import PermanentFailure
from offhook.mailbox.letters.header import read_headers
from offhook.mailbox.letters.render import Rendered, render
from offhook.mailbox.letters.summary import Summary, summary_of

MAX_RECIPIENTS = 100
"""Recipients one letter may have."""
LINE_LIMIT = 998
"""Octets in a line without its end (RFC 5322 2.1.1)."""

_FOLD_AT = 76
_WORD_BYTES = 45
_FROM_LINE = re.compile(rb"^From ", re.MULTILINE)
_FORBIDDEN = re.compile("[\r\n\0]")
_RE = re.compile(r"\s*(?:re|aw|sv|antw)\s*(?:\[\d+\]|\^\d+)?\s*:\s*", re.IGNORECASE)
_FWD = re.compile(r"\s*(?:fwd?|wg)\s*:\s*", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,500}>")
_HOST_CHARACTERS = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter being written. `body` has lines ended by LF; `references` are message identifiers, oldest first."""

    sender: Address
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    subject: str = ""
    body: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


def envelope_of(draft: Draft) -> Envelope:
    """Who a draft is from and for: To, Cc and Bcc without repetitions.

    Raises `PermanentFailure` when there is no recipient, too many, or one whose address could not stand in an envelope.
    """
    recipients: dict[str, str] = {}
    for each in (*draft.to, *draft.cc, *draft.bcc):
        if not is_valid_address(each.address):
            raise PermanentFailure(f"{_shown(each.address)} is not an address.")
        recipients.setdefault(each.address.casefold(), each.address)
    if not recipients:
        raise PermanentFailure("The letter has no recipient.")
    if len(recipients) > MAX_RECIPIENTS:
        raise PermanentFailure(f"The letter has more than {MAX_RECIPIENTS} recipients.")
    return Envelope(draft.sender.address, tuple(recipients.values()))


def compose(draft: Draft, *, date: datetime, message_id: str) -> bytes:
    """The letter as it leaves, lines ended by CRLF; Bcc is not in it.

    Raises `PermanentFailure` when a header value holds a line break or NUL, or an address is none.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise PermanentFailure("The message identifier is not in the form <left@right>.")
    lines = [_addresses("From", (draft.sender,)), *(_addresses(*each) for each in (("To", draft.to), ("Cc", draft.cc)))]
    lines.append(_field("Subject", _words("Subject", draft.subject)))
    lines.append(f"Date: {format_date(date)}\r\nMessage-ID: {message_id}\r\n")
    lines.append(_identifiers("In-Reply-To", (draft.in_reply_to,)) + _identifiers("References", draft.references))
    encoding, body = encode_body(draft.body)
    lines.append("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n")
    lines.append(f"Content-Transfer-Encoding: {encoding}\r\n\r\n")
    return "".join(lines).encode("ascii") + body


def make_message_id(unique: str, host: str) -> str:
    """A message identifier `<unique@host>` of characters that need no quoting; the caller makes `unique` so."""
    left = _HOST_CHARACTERS.sub("-", unique).strip(".-") or "letter"
    right = _HOST_CHARACTERS.sub("-", host).strip(".-") or "localhost"
    return f"<{left[:200]}@{right[:200]}>"


def encode_body(text: str) -> tuple[str, bytes]:
    """A body's transfer encoding and its bytes, lines ended by CRLF, every line within 998 octets.

    Plain ASCII in lines that survive transport goes as it is (7bit), everything else as quoted-printable, which also
    protects blanks at line ends and `From ` at the start of a line.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n") + "\n"
    lines = text.encode("utf_8", "replace").split(b"\n")[:-1]
    plain = text.isascii() and "\0" not in text and not any(_is_delicate(line) for line in lines)
    if plain:
        return "7bit", b"".join(line + b"\r\n" for line in lines)
    return "quoted-printable", b"".join(_quoted_printable(line) + b"\r\n" for line in lines)


def _is_delicate(line: bytes) -> bool:
    return len(line) > LINE_LIMIT or line.endswith((b" ", b"\t")) or line.startswith(b"From ")


def _quoted_printable(line: bytes) -> bytes:
    encoded = binascii.b2a_qp(line, quotetabs=False, istext=False).replace(b"=\n", b"=\r\n")
    return _FROM_LINE.sub(b"=46rom ", encoded)  # also where a soft line break has made one


def _refuse_breaks(name: str, value: str) -> str:
    if _FORBIDDEN.search(value):
        raise PermanentFailure(f"{name} holds a line break or NUL.")
    return value


def _words(name: str, text: str) -> list[str]:
    """Words of a header text; as encoded words where it is not plain ASCII or could be taken for one (RFC 2047 5)."""
    _refuse_breaks(name, text)
    plain = text.isascii() and text.isprintable() and "=?" not in text
    if plain and all(len(word) < LINE_LIMIT - 100 for word in text.split(" ")):
        return text.split(" ")
    return list(_encoded_words(text))


def _encoded_words(text: str) -> Iterable[str]:
    """Base64 words of whole characters, each at most 75 characters long."""
    piece = b""
    for character in text:
        octets = character.encode("utf_8", "replace")
        if len(piece) + len(octets) > _WORD_BYTES:
            yield _encoded_word(piece)
            piece = b""
        piece += octets
    if piece:
        yield _encoded_word(piece)


def _encoded_word(piece: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(piece).decode('ascii')}?="


def _field(name: str, words: Iterable[str]) -> str:
    """One header field, folded between words; never a line of blanks only."""
    lines = [f"{name}:"]
    for word in words:
        if word and len(lines[-1]) + 1 + len(word) > _FOLD_AT and lines[-1].strip() and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines).rstrip(" ") + "\r\n"


def _addresses(name: str, addresses: Collection[Address]) -> str:
    """An address field, re-printed from its parts; nothing when there are no addresses."""
    words: list[str] = []
    for number, each in enumerate(addresses):
        if not is_valid_address(each.address):
            raise PermanentFailure(f"{_shown(each.address)} is not an address.")
        words += _name_words(name, each.name)
        address = f"<{each.address}>" if each.name else each.address
        words.append(address + ("," if number < len(addresses) - 1 else ""))
    return _field(name, words) if words else ""


def _name_words(field: str, name: str) -> list[str]:
    _refuse_breaks(f"A name in {field}", name)
    if name.isascii() and name.isprintable() and "=?" not in name and len(name) < 200:
        return [quote_name(name)] if name else []
    return list(_encoded_words(name))


def _identifiers(name: str, identifiers: Iterable[str]) -> str:
    """A field of message identifiers; what is none is left out."""
    words = [each for each in identifiers if _MESSAGE_ID.fullmatch(each)]
    return _field(name, words) if words else ""


def _shown(address: str) -> str:
    return ascii(address[:80])


def reply(
    letter: bytes,
    *,
    me: Address,
    own: Collection[str] = (),
    to_all: bool = False,
    shown: Rendered | None = None,
) -> Draft:
    """The draft of an answer, the original quoted in it.

    It goes to Reply-To, else From; with `to_all` also to everyone in To and Cc. `me` and the addresses in `own` are
    left out, unless nobody else remains (a letter to oneself).
    """
    headers, _ = read_headers(letter)
    original = summary_of(headers)
    mine = (*own, me.address)
    asked = parse_addresses(headers.first("reply-to")) or parse_addresses(headers.first("from"))
    to = _distinct((*asked, *original.to) if to_all else asked, without=mine)
    if not to:
        to = _distinct(original.to, without=mine) or _distinct(asked, without=())
    cc = _distinct(original.cc, without=(*mine, *(each.address for each in to))) if to_all else ()
    chain = (*original.references, original.message_id) if original.message_id else original.references
    return Draft(
        sender=me,
        to=to[:MAX_RECIPIENTS],
        cc=cc[: MAX_RECIPIENTS - len(to[:MAX_RECIPIENTS])],
        subject=f"Re: {bare_subject(original.subject)}".rstrip(),
        body="".join(f"{line}\n" for line in quote_letter(original, shown or render(letter))),
        in_reply_to=original.message_id,
        references=chain,
    )


def forward(letter: bytes, *, me: Address, shown: Rendered | None = None) -> Draft:
    """The draft of a letter that passes another on as text, to nobody yet."""
    shown = shown or render(letter)
    subject = _FWD.sub("", summary_of(read_headers(letter)[0]).subject, count=1)
    head = [f"{name}: {text}" for name, text in shown.headers]
    listed = [f"[attached: {each.name or 'unnamed'}, {each.type}]" for each in shown.attachments]
    lines = ["", "---------- Forwarded letter ----------", *head, "", *shown.body, *listed]
    return Draft(sender=me, subject=f"Fwd: {subject}".rstrip(), body="".join(f"{line}\n" for line in lines))


def bare_subject(subject: str) -> str:
    """A subject without the marks of earlier replies (`Re:`, `Re[2]:`, `AW:`, `SV:`, any number of them)."""
    while found := _RE.match(subject):
        subject = subject[found.end() :]
    return subject.strip()


def quote_letter(original: Summary, shown: Rendered) -> list[str]:
    """Attribution line and body of a letter, each line marked `> `; its signature is left out (RFC 3676 4.3)."""
    wrote = f"{original.sender or 'Someone'} wrote:"
    date = f"On {original.date}, " if original.date else ""
    lines = list(shown.body)
    if "-- " in lines:
        lines = lines[: lines.index("-- ")]
    while lines and not lines[-1].strip():
        lines.pop()
    return [date + wrote, *(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)]


def _distinct(addresses: Iterable[Address], *, without: Collection[str]) -> tuple[Address, ...]:
    """Valid addresses, each once, none of those in `without`."""
    kept: dict[str, Address] = {}
    for each in addresses:
        if is_valid_address(each.address) and not any(same_address(each.address, other) for other in without):
            kept.setdefault(each.address.casefold(), each)
    return tuple(kept.values())
