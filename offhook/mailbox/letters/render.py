"""A letter as text for a reader: header lines, body lines, and a list of what is attached.

The text is decoded but neither wrapped nor cleaned: the screen wraps, the terminal's output gate removes control
characters. Plain text is preferred to HTML (RFC 2046 5.1.4 leaves the choice to us); every other part is
listed with its name, type and size, and its name is never a path for anyone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from offhook.mailbox.letters.charset import decode_text
from offhook.mailbox.letters.flowed import unflow
from offhook.mailbox.letters.header import Headers, decode_header, read_headers
from offhook.mailbox.letters.html import html_lines
from offhook.mailbox.letters.mime import Part, cut_parts

MAX_TEXT_BYTES = 1024 * 1024
"""Bytes of text shown of one letter, all parts together."""
MAX_LINES = 50_000
"""Lines shown of one letter."""
SHOWN_HEADERS = ("Date", "From", "To", "Cc", "Subject")
"""Header lines a reader sees, in this order."""

_TEXT_PARTS = ("text/plain", "text/html", "message/delivery-status", "text/rfc822-headers")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is listed and not shown: name (decoded, may be empty), MIME type, size in bytes once decoded."""

    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter as text: `headers` as (name, text) pairs, `notes` as sentences on what could not be shown as meant."""

    headers: tuple[tuple[str, str], ...]
    body: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    notes: tuple[str, ...]


def render(letter: bytes) -> Rendered:
    """Any letter as text; nothing in it raises, and what cannot be understood is shown as it is."""
    cut = cut_parts(letter)
    page = _Page()
    hidden = _hidden_alternatives(cut.parts)
    for number, part in enumerate(cut.parts):
        if number in hidden:
            continue
        if part.enclosed:
            page.attachments.append(Attachment(part.name, part.type, part.size))
            page.show_enclosed(part)
        elif part.type.startswith("multipart/"):
            page.add_uncut(part.body)
        elif _is_shown(part, first=not page.shown):
            page.show(part)
        else:
            page.attachments.append(Attachment(part.name, part.type, _decoded_size(part)))
    if cut.cut:
        page.note("This letter has more parts than are shown.")
    if not page.shown and not page.attachments:
        page.add_uncut(letter)
    return Rendered(_header_lines(cut.headers), tuple(page.lines), tuple(page.attachments), tuple(page.notes))


def render_raw(letter: bytes) -> tuple[str, ...]:
    """The letter's source as lines of text, at most as much as `render` would show."""
    text = decode_text(letter[:MAX_TEXT_BYTES]).replace("\r\n", "\n").replace("\r", "\n")
    return tuple(text.split("\n")[:MAX_LINES])


def heading_lines(letter: bytes) -> tuple[tuple[str, str], ...]:
    """The header lines a reader sees, of a letter whose text is not looked at."""
    return _header_lines(read_headers(letter)[0])


def _header_lines(headers: Headers) -> tuple[tuple[str, str], ...]:
    lines = ((name, ", ".join(map(decode_header, headers.all(name.lower())))) for name in SHOWN_HEADERS)
    return tuple((name, text) for name, text in lines if text)


def _hidden_alternatives(parts: Sequence[Part]) -> frozenset[int]:
    """Parts not worth a word: HTML beside plain text in one multipart/alternative, and blank text beside HTML."""
    groups: dict[int, list[int]] = {}
    for number, part in enumerate(parts):
        alternatives = [container for container, kind in part.containers if kind == "multipart/alternative"]
        if alternatives and part.type in ("text/plain", "text/html") and part.disposition != "attachment":
            groups.setdefault(alternatives[-1], []).append(number)
    hidden: set[int] = set()
    for group in groups.values():
        plain = {number for number in group if parts[number].type == "text/plain"}
        written = {number for number in plain if parts[number].body.strip()}
        html = set(group) - plain
        hidden |= html if written else plain if html else set()
    return frozenset(hidden)


def _is_shown(part: Part, *, first: bool) -> bool:
    """Text is shown unless it is meant as an attachment; a named text is one, except when it is all there is so far."""
    if part.disposition == "attachment":
        return False
    return part.type in _TEXT_PARTS and (first or not part.name or part.type == "message/delivery-status")


def _decoded_size(part: Part) -> int:
    """Bytes of the part once decoded, without decoding it."""
    if part.headers.text("content-transfer-encoding").lower() != "base64":
        return part.size
    digits = len(part.body.translate(None, b" \t\r\n="))
    return digits * 3 // 4


class _Page:
    """The text being put together, within its bounds."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.attachments: list[Attachment] = []
        self.notes: list[str] = []
        self.shown = False
        self._room = MAX_TEXT_BYTES

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def show_enclosed(self, part: Part) -> None:
        """The head of an enclosed letter; its text follows as parts of their own."""
        headers = [f"{name}: {text}" for name, text in _header_lines(part.headers)]
        self._extend(["", "---------- Enclosed letter ----------", *headers, ""])
        self.shown = True

    def show(self, part: Part) -> None:
        """A text part, a blank line before it when another stands above."""
        if self.shown and self.lines and self.lines[-1]:
            self._extend([""])
        self.shown = True
        if not part.body.strip(b" \t\r\n"):
            return
        text = self._text_of(part)
        if part.type == "text/html":
            lines, complete = html_lines(text)
            if not complete:
                self.note("The text is cut: its HTML is too large or too tangled.")
            self._extend(lines)
        elif part.parameters.get("format", "").lower() == "flowed":
            self._extend(unflow(text, delsp=part.parameters.get("delsp", "").lower() == "yes"))
        else:
            self._extend(text.removesuffix("\n").split("\n"))

    def add_uncut(self, data: bytes) -> None:
        """A letter or multipart that could not be cut, as it is."""
        self.note("Shown as it is: its parts could not be told apart.")
        self.shown = True
        self._extend(render_raw(data[: self._room]))
        self._room = max(0, self._room - len(data))

    def _text_of(self, part: Part) -> str:
        if len(part.body) > self._room:
            self.note("The text is cut: it is longer than is shown.")
        text = part.text(limit=self._room)
        self._room = max(0, self._room - len(part.body))
        return text

    def _extend(self, lines: Sequence[str]) -> None:
        room = MAX_LINES - len(self.lines)
        if len(lines) > room:
            self.note("The text is cut: it is longer than is shown.")
        self.lines.extend(lines[:room])
