"""A letter cut into its parts (RFC 2045, RFC 2046), in one pass and with bounds instead of trust.

Theory: the text is read once, line starts with `--` are compared with the boundaries of the multiparts that are open;
of two equal ones the inner counts. A part is either a leaf, whose bytes run to
the next boundary line of any open multipart, or a container (`multipart/*`, `message/rfc822`) that is entered.
Nesting is a list, not the call stack. A container that would lie too deep is a leaf; parts beyond
the last counted one are left out, and `cut` says so.
"""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import unquote_to_bytes

from offhook.mailbox.letters.charset import decode_text
from offhook.mailbox.letters.header import Headers, decode_base64, decode_header, read_headers

MAX_PARTS = 500
"""Parts of one letter that are told apart."""
MAX_DEPTH = 32
"""Containers inside each other that are entered."""
MAX_BOUNDARY_LINES = 50_000
"""Lines beginning with `--` that are compared with the open boundaries."""
MAX_PARAMETERS = 50
"""Parameters of one Content-Type or Content-Disposition that are read."""
MAX_TYPE_BYTES = 8192
"""Bytes of one Content-Type or Content-Disposition that are read."""

_TYPE = re.compile(r"\s*+([A-Za-z0-9!#$&^_.+-]{1,80})/([A-Za-z0-9!#$&^_.+-]{1,80})")
_SEGMENT = re.compile(r'(?:[^;"\\]|\\.|"(?:[^"\\]|\\.)*+"|["\\])++', re.DOTALL)
_SECTION = re.compile(r"([^*]{1,80})(?:\*(\d{1,3}))?(\*)?")
_UNQUOTE = re.compile(r"\\(.)", re.DOTALL)
_LONGEST_BOUNDARY = 200
_LONGEST_LINE = _LONGEST_BOUNDARY + 8


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf or entered letter: its own headers, its type, its raw body, and the containers it lies in.

    `containers` names each container from the outside in by a number and its type. `enclosed` is true
    for a `message/rfc822` whose contents follow as parts of their own; its `body` is empty and `headers` are
    those of the enclosed letter. `size` counts the raw bytes of the body.
    """

    headers: Headers
    type: str
    parameters: Mapping[str, str]
    disposition: str
    name: str
    body: bytes
    size: int
    containers: tuple[tuple[int, str], ...]
    enclosed: bool = False

    def content(self, limit: int | None = None) -> bytes:
        """The body (its first `limit` raw bytes) with its transfer encoding undone; damage costs the damaged bytes."""
        body = self.body if limit is None else self.body[:limit]
        encoding = self.headers.text("content-transfer-encoding").lower()
        if encoding == "base64":
            return decode_base64(body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(body)
        return body

    def text(self, limit: int | None = None) -> str:
        """The content of the first `limit` raw bytes as text, line ends as LF."""
        text = decode_text(self.content(limit), self.parameters.get("charset"))
        return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a letter in order, its own headers, and whether a bound was met on the way."""

    headers: Headers
    parts: tuple[Part, ...]
    cut: bool


def cut_parts(letter: bytes) -> Parts:
    """Cut a whole letter into its parts; anything is a letter, and nothing raises."""
    return _Cutter(letter).cut()


@dataclass(frozen=True, slots=True)
class _Container:
    """An open multipart, or an entered letter (no boundary): its number and type, and the part that stands for it."""

    number: int
    type: str
    boundary: bytes
    part: int | None
    start: int


@dataclass(frozen=True, slots=True)
class _Boundary:
    """A boundary line: the container it belongs to (index in the open ones), where it starts and ends, and its kind."""

    level: int
    start: int
    end: int
    closing: bool


class _Cutter:
    """The pass over one letter: the containers that are open, and the parts found so far."""

    def __init__(self, letter: bytes) -> None:
        self._letter = letter
        self._parts: list[Part] = []
        self._open: list[_Container] = []
        self._levels: dict[bytes, int] = {}
        self._containers = 0
        self._dashes = 0
        self._cut = False

    def cut(self) -> Parts:
        """Each turn of the loop is one part, or one container entered."""
        own, at = read_headers(self._letter)
        headers, default = own, "text/plain"
        while len(self._parts) < MAX_PARTS:
            kind, parameters = parse_type(headers.first("content-type"), default)
            if kind == "message/rfc822" and self._has_room() and not _is_encoded(headers):
                start = at
                headers, at = read_headers(self._letter, at)
                self._enter(kind, b"", start)
                self._add(headers, kind, parameters, b"", enclosed=True)
                default = "text/plain"
                continue
            boundary = _boundary_of(kind, parameters)
            if boundary and self._has_room():
                self._enter(kind, boundary, at)
                line = self._next_boundary(at)
            else:
                self._cut = self._cut or bool(boundary)
                line = self._next_boundary(at)
                self._add(headers, kind, parameters, self._letter[at : self._end_before(line)])
            while line and line.closing:
                self._leave(line.level, line.start)
                line = self._next_boundary(line.end)
            if not line:
                break
            self._leave(line.level + 1, line.start)
            default = "message/rfc822" if self._open[-1].type == "multipart/digest" else "text/plain"
            headers, at = read_headers(self._letter, line.end)
        else:
            self._cut = True
        self._leave(0, len(self._letter))
        return Parts(own, tuple(self._parts), self._cut)

    def _has_room(self) -> bool:
        self._cut = self._cut or len(self._open) >= MAX_DEPTH
        return len(self._open) < MAX_DEPTH

    def _enter(self, kind: str, boundary: bytes, start: int) -> None:
        part = None if boundary else len(self._parts)
        self._containers += 1
        self._open.append(_Container(self._containers, kind, boundary, part, start))
        if boundary:
            self._levels[boundary] = len(self._open) - 1

    def _leave(self, level: int, at: int) -> None:
        """Close the containers from `level` on; an enclosed letter now knows its size."""
        if level >= len(self._open):
            return
        for container in self._open[level:]:
            if container.part is not None:
                size = max(0, at - container.start)
                self._parts[container.part] = replace(self._parts[container.part], size=size)
        del self._open[level:]
        self._levels = {each.boundary: place for place, each in enumerate(self._open) if each.boundary}

    def _next_boundary(self, at: int) -> _Boundary | None:
        at = max(at - 1, 0)
        while self._levels and self._dashes < MAX_BOUNDARY_LINES:
            start = self._letter.find(b"\n--", at)
            if start < 0:
                return None
            self._dashes += 1
            at = self._letter.find(b"\n", start + 1)
            at = len(self._letter) if at < 0 else at
            line = self._letter[start + 3 : min(at, start + 3 + _LONGEST_LINE)].rstrip(b" \t\r")
            closing = line not in self._levels
            level = self._levels.get(line[:-2] if closing and line.endswith(b"--") else line)
            if level is not None:
                return _Boundary(level, start, at + 1, closing)
        self._cut = self._cut or self._dashes >= MAX_BOUNDARY_LINES
        return None

    def _end_before(self, line: _Boundary | None) -> int:
        """Where a body ends: the line end before a boundary line belongs to that line (RFC 2046 5.1.1)."""
        if line is None:
            return len(self._letter)
        return line.start - (self._letter[max(0, line.start - 1) : line.start] == b"\r")

    def _add(
        self, headers: Headers, kind: str, parameters: Mapping[str, str], body: bytes, *, enclosed: bool = False
    ) -> None:
        disposition, named = parse_disposition(headers.first("content-disposition"))
        containers = tuple((each.number, each.type) for each in self._open)
        name = named.get("filename") or parameters.get("name", "")
        if enclosed:
            disposition, name = "", headers.text("subject")
        self._parts.append(Part(headers, kind, parameters, disposition, name, body, len(body), containers, enclosed))


def _boundary_of(kind: str, parameters: Mapping[str, str]) -> bytes:
    boundary = parameters.get("boundary", "").rstrip().encode("utf_8", "replace")
    return boundary if kind.startswith("multipart/") and len(boundary) <= _LONGEST_BOUNDARY else b""


def _is_encoded(headers: Headers) -> bool:
    return headers.text("content-transfer-encoding").lower() in ("base64", "quoted-printable")


def parse_type(value: bytes, default: str = "text/plain") -> tuple[str, Mapping[str, str]]:
    """A Content-Type as `type/subtype` in lower case and its parameters; `default` when it says nothing readable."""
    text = _bounded_text(value)
    found = _TYPE.match(text)
    if not found:
        bare = text.strip().lower()
        return ("text/plain" if bare == "text" else default if not bare else "application/octet-stream"), {}
    return f"{found[1]}/{found[2]}".lower(), _parameters(text)


def parse_disposition(value: bytes) -> tuple[str, Mapping[str, str]]:
    """A Content-Disposition (RFC 2183) as its word in lower case and its parameters."""
    text = _bounded_text(value)
    return text.partition(";")[0].strip().lower(), _parameters(text)


def _bounded_text(value: bytes) -> str:
    return decode_text(value[:MAX_TYPE_BYTES])


def _parameters(text: str) -> dict[str, str]:
    """Parameters by lower-case name, sections joined and percent signs undone (RFC 2231), encoded words decoded."""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for segment in islice(_SEGMENT.finditer(text), 1, MAX_PARAMETERS + 1):
        name, equals, value = segment[0].partition("=")
        parsed = _SECTION.fullmatch(name.strip().lower())
        if not equals or not parsed:
            continue
        value = _unquote(value.strip())
        if parsed[2] is None and parsed[3] is None:
            plain.setdefault(parsed[1], decode_header(value))
        else:
            sections.setdefault(parsed[1], {}).setdefault(int(parsed[2] or 0), (value, parsed[3] is not None))
    return plain | {name: _join_sections(pieces) for name, pieces in sections.items()}


def _join_sections(pieces: Mapping[int, tuple[str, bool]]) -> str:
    charset, data = "", []
    for number, (value, encoded) in sorted(pieces.items()):
        if encoded and number == min(pieces) and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data.append(unquote_to_bytes(value) if encoded else value.encode("utf_8", "replace"))
    return decode_header(decode_text(b"".join(data), charset))


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return _UNQUOTE.sub(r"\1", value[1:-1])
    return value.strip('"')
