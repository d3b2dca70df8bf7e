"""The header section of a letter, read from bytes (RFC 5322 2.2, RFC 2047): split, unfold, find, decode.

Everything is one pass and bounded, whatever the letter: the header section is at most 256 KiB,
at most 2,000 fields are kept, and a value is cut at 64 KiB before anything looks into it. Text that comes
out is decoded but not cleaned: it may hold any control character, and the terminal's output gate removes them.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from offhook.mailbox.letters.charset import decode_text

MAX_HEADER_BYTES = 256 * 1024
"""Bytes of header section that are looked at."""
MAX_VALUE_BYTES = 64 * 1024
"""Bytes of one field's value that are looked at."""
MAX_FIELDS = 2000
"""Fields of one header section that are kept."""

_FIELD_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_ENCODED_WORD = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_ONLY_BLANK = re.compile(r"[ \t\r\n]*")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_FOLDED = re.compile(rb"(?:[ \t][^\n]*+(?:\n|\Z))++")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_BREAKS = re.compile("[\r\n\0\v\f\x1c-\x1e\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field: name in lower case, value as the raw bytes after the colon, folds taken out."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header section, in order."""

    fields: tuple[Field, ...]

    def first(self, name: str) -> bytes:
        """Raw value of the first field called `name` (lower case), empty when there is none."""
        return next((field.value for field in self.fields if field.name == name), b"")

    def all(self, name: str) -> Iterator[bytes]:
        """Raw values of every field called `name` (lower case)."""
        return (field.value for field in self.fields if field.name == name)

    def text(self, name: str) -> str:
        """Decoded text of the first field called `name`, on one line."""
        return decode_header(self.first(name))


def read_headers(data: bytes, start: int = 0) -> tuple[Headers, int]:
    """The header section of `data` at byte `start`, and where the body begins.

    The section ends after the first empty line, or before the first line that cannot belong to it, so that a text
    without header is all body. A leading mbox `From ` line is passed over.
    """
    fields: list[tuple[str, list[bytes]]] = []
    current: list[bytes] | None = None
    at, end = start, min(len(data), start + MAX_HEADER_BYTES)
    while at < end:
        stop = data.find(b"\n", at, end) + 1 or end
        line = data[at:stop].rstrip(b"\r\n")
        if not line:
            return _unfold(fields), stop
        if line[:1] in b" \t" and current is not None:
            folded = _FOLDED.match(data, at, end)
            assert folded is not None
            current.append(b"".join(each.rstrip(b"\r") for each in folded[0].split(b"\n")))
            at = folded.end()
            continue
        if (named := _FIELD_NAME.match(line)) and not line.startswith(b"--"):
            current = [line[named.end() :]]
            if len(fields) >= MAX_FIELDS:
                return _unfold(fields), _after_empty_line(data, at, end)
            fields.append((named[1].decode("ascii").lower(), current))
        elif at > start or not line.startswith((b"From ", b">From ")):
            break
        at = stop
    return _unfold(fields), at


def _after_empty_line(data: bytes, at: int, end: int) -> int:
    found = _EMPTY_LINE.search(data, at, end)
    return found.end() if found else end


def _unfold(fields: list[tuple[str, list[bytes]]]) -> Headers:
    return Headers(tuple(Field(name, b"".join(lines)[:MAX_VALUE_BYTES].strip(b" \t")) for name, lines in fields))


def decode_header(value: bytes | str) -> str:
    """Text of a header value on one line: raw 8-bit read as UTF-8 or Windows-1252, encoded words decoded.

    A line break of any kind or NUL, raw or hidden in an encoded word, becomes one blank, so that the text can be
    put into another header or prompt; other control characters stay for the output gate.
    """
    text = decode_text(value[:MAX_VALUE_BYTES]) if isinstance(value, bytes) else value[:MAX_VALUE_BYTES]
    if "=?" in text:
        text = decode_words(text)
    return _BREAKS.sub(" ", text).strip()


def decode_words(text: str) -> str:
    """Replace every encoded word (RFC 2047) in `text`, in one pass; what cannot be decoded stays as written.

    Neighbours of one charset are joined before they are decoded, because mailers cut characters in two.
    """
    out: list[str] = []
    joined: list[bytes] = []
    charset, at = "", 0
    for word in _ENCODED_WORD.finditer(text):
        between = text[at : word.start()]
        data = _word_bytes(word[2], word[3])
        if data is None:
            continue
        same = joined and charset == word[1].lower() and _ONLY_BLANK.fullmatch(between)
        if not same:
            blank = bool(joined) and _ONLY_BLANK.fullmatch(between)
            out.append(decode_text(b"".join(joined), charset) if joined else "")
            out.append("" if blank else between)
            joined, charset = [], word[1].lower()
        joined.append(data)
        at = word.end()
    out.append(decode_text(b"".join(joined), charset) if joined else "")
    out.append(text[at:])
    return "".join(out)


def _word_bytes(encoding: str, encoded: str) -> bytes | None:
    if not encoded.isascii():
        return None
    raw = encoded.encode("ascii")
    if encoding in "qQ":
        return binascii.a2b_qp(raw, header=True)
    return decode_base64(raw)


def decode_base64(data: bytes) -> bytes:
    """Base64 of any quality: foreign bytes are passed over, missing padding is added, a lone last digit dropped."""
    digits = data.translate(None, _NOT_BASE64)
    digits = digits[: len(digits) - (len(digits) % 4 == 1)]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
