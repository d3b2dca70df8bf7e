"""Addresses: lists of them read from headers (RFC 5322 3.4), written into headers, and checked for envelopes.

The reader is one pass over the text with a depth counter for comments, so that neither 40,000 commas nor 5,000
brackets cost more than their length. Encoded words in names are decoded after the list is cut, so that a comma or
bracket hidden in one never makes an address.
"""

import re
from dataclasses import dataclass

from offhook.mailbox.letters.header import decode_header

MAX_ADDRESSES = 500
"""Addresses read from one header value; the rest is left out."""
MAX_LIST_CHARACTERS = 64 * 1024
"""Characters of an address list that are looked at."""

_PIECE = re.compile(r'[^\s\0\\"()<>,;:\[]+|"((?:[^"\\]|\\.)*+)"|\[[^\[\]\\]*\]|\\.', re.DOTALL)
_UNQUOTE = re.compile(r"\\(.)", re.DOTALL)
_NOTHING = re.compile(r"[>) \t\r\n\0]++")
_SEPARATORS = re.compile(r"[,;>) \t\r\n\0]++")
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_ANGLE_END = re.compile(r">|(?=<)|\Z")
_CONTROL = re.compile("[\\0-\\x1f\\x7f-\\x9f\\u2028\\u2029]+")
_MAX_ADDRESS = 1000
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf'{_ATOM}(?:\.{_ATOM})*|"(?:[ !#-\[\]-~]|\\[ -~])*"')
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_LITERAL = re.compile(r"\[[0-9A-Za-z:.-]{1,60}\]")
_PLAIN_NAME = re.compile(r"[\w!#$%&'*+/=?^`{|}~ -]*")


@dataclass(frozen=True, slots=True)
class Address:
    """Someone in a header: display name (decoded, may be empty) and the bare address (`local@domain`)."""

    name: str
    address: str

    def __str__(self) -> str:
        """As people write it: `Bob Roe <bob@example.org>`, the name quoted where it must be."""
        if not self.name:
            return self.address
        return f"{quote_name(self.name)} <{self.address}>"


def quote_name(name: str) -> str:
    """A display name as it stands in an address list, quoted when it holds anything special (RFC 5322 3.2.4)."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def parse_addresses(value: bytes | str) -> tuple[Address, ...]:
    """Every address in a header value or typed list; what is not understood is passed over, and nothing raises."""
    text = _as_written(value)[:MAX_LIST_CHARACTERS]
    return _ListReader(text).read()


def _as_written(value: bytes | str) -> str:
    """The value as text with its encoded words still encoded."""
    if isinstance(value, str):
        return value
    try:
        return value.decode("utf_8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


class _ListReader:
    """The address being read: its words as written and as meant, its comments, and what stood in angle brackets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.found: list[Address] = []
        self._clear()

    def _clear(self) -> None:
        self._written: list[str] = []
        self._meant: list[str] = []
        self._comments: list[str] = []
        self._angle: str | None = None

    def read(self) -> tuple[Address, ...]:
        """Read to the end of the text, or to the limit."""
        while self._at < len(self._text) and len(self.found) < MAX_ADDRESSES:
            match self._text[self._at]:
                case "(":
                    self._comments.append(self._take_comment())
                case "<":
                    self._angle = self._take_angle()
                case "," | ";":
                    self._skip()
                    self._finish()
                case ":":
                    self._at += 1
                    self._clear()  # what stood before was the name of a group
                case ">" | ")" | " " | "\t" | "\r" | "\n" | "\0":
                    self._skip()
                case _:
                    self._take_word()
        self._finish()
        return tuple(self.found[:MAX_ADDRESSES])

    def _skip(self) -> None:
        """Go past what separates, or means nothing; many in a row end one address as one does."""
        nothing = (_SEPARATORS if self._text[self._at] in ",;" else _NOTHING).match(self._text, self._at)
        assert nothing is not None
        self._at = nothing.end()

    def _take_word(self) -> None:
        written, meant = [], []
        while piece := _PIECE.match(self._text, self._at):
            self._at = piece.end()
            written.append(piece[0])
            meant.append(_UNQUOTE.sub(r"\1", piece[1]) if piece[1] is not None else piece[0])
        if not written:  # a quote or bracket that is never closed, a backslash at the end
            written = meant = [self._text[self._at]]
            self._at += 1
        self._written.append("".join(written))
        self._meant.append("".join(meant))

    def _take_comment(self) -> str:
        depth, start = 0, self._at + 1
        for mark in _COMMENT_MARK.finditer(self._text, self._at):
            depth += (mark[0] == "(") - (mark[0] == ")")
            if not depth:
                self._at = mark.end()
                return self._text[start : mark.start()]
        self._at = len(self._text)
        return self._text[start:]

    def _take_angle(self) -> str:
        start = self._at + 1
        stop = _ANGLE_END.search(self._text, start)
        assert stop is not None
        self._at = stop.end()
        inner = "".join(self._text[start : stop.start()].split())
        return inner.rpartition(":")[2] if inner.startswith("@") else inner  # a route is dropped (RFC 5322 4.4)

    def _finish(self) -> None:
        words, address = self._meant, self._angle
        if address is None:
            bare = next((at for at, word in enumerate(self._written) if "@" in word), None)
            if bare is not None:
                address = self._written[bare]
                words = words[:bare] + words[bare + 1 :]
                if address.startswith("@") or address.endswith("@"):  # blanks around the @ are allowed
                    address, words = "".join(self._written), []
            elif len(words) == 1:
                address, words = self._written[0], []
        name = decode_header(" ".join(words) or " ".join(self._comments))
        address = _CONTROL.sub("", address or "")
        if address and len(address) <= _MAX_ADDRESS:
            self.found.append(Address(name, address))
        self._clear()


def is_valid_address(address: str, *, need_domain: bool = True) -> bool:
    """Whether `address` may stand in an envelope or a header we write: `local@domain` in ASCII (RFC 5321 4.1.2).

    Line breaks, NUL, blanks outside quotes, a leading hyphen (which a program could take for an option) and
    lengths over 64 (local part) and 254 (all) octets are refused. Without `need_domain` a bare local part is valid too.
    """
    if len(address) > 254 or address.startswith("-"):
        return False
    local, at, domain = address.rpartition("@")
    if not at:
        local = domain
        return not need_domain and len(local) <= 64 and _LOCAL.fullmatch(local) is not None
    if len(local) > 64 or not _LOCAL.fullmatch(local):
        return False
    return bool(_DOMAIN.fullmatch(domain) or _LITERAL.fullmatch(domain))


def same_address(one: str, other: str) -> bool:
    """Whether two addresses reach the same person as far as anyone outside can tell: letter case is ignored."""
    return one.casefold() == other.casefold()
