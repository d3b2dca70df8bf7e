"""What an mbox keeps of a letter's state: fields among its header lines, as Dovecot, mutt and Alpine write them.

`Status` has R (seen) and O (listed before, so no longer new); `X-Status` has A, F, T and D (replied, flagged, draft,
trashed); `X-Keywords` has keywords, and `offhook-passed` among them is the flag PASSED, which has no letter. Letters of
other meaning in these fields are kept. The fields are written with blanks after their values, so that a change finds
room in place.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from offhook.mailbox.letters import Flag

STATE_FIELDS = (b"Status", b"X-Status", b"X-Keywords", b"X-UID", b"X-IMAP", b"X-IMAPbase", b"Content-Length")
"""Fields by which mailbox programs keep state; not part of the letter."""

_PASSED = "offhook-passed"
_X_STATUS = {"A": Flag.REPLIED, "F": Flag.FLAGGED, "T": Flag.DRAFT, "D": Flag.TRASHED}
_LETTERS = {flag: letter for letter, flag in _X_STATUS.items()}
_KEYWORD_ROOM = 40
_BASE_ROOM = 120
_BASE = re.compile(rb"^(X-IMAP(?:base)?[ \t]*:[ \t]*\d+[ \t]+\d+)([^\n]*?)([ \t]*)\r?$", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(rb"^(Status|X-Status|X-Keywords)([ \t]*:)([^\n]*?)(\r?\n)", re.IGNORECASE | re.MULTILINE)
_CONTINUED = re.compile(rb"[ \t]")


@dataclass(frozen=True, slots=True)
class State:
    """Flags and keywords of a letter; `new` until a session has marked it. `others` are letters of `Status` and
    `X-Status` that are unknown here.
    """

    flags: frozenset[Flag] = frozenset()
    keywords: frozenset[str] = frozenset()
    new: bool = True
    others: tuple[str, str] = ("", "")

    def changed(
        self,
        add: Collection[Flag],
        remove: Collection[Flag],
        add_keywords: Collection[str],
        remove_keywords: Collection[str],
    ) -> "State":
        """The state after a mark; a letter that is marked is no longer new."""
        flags = self.flags - frozenset(remove) | frozenset(add)
        known = {word.casefold(): word for word in self.keywords}
        for word in remove_keywords:
            known.pop(word.casefold(), None)
        keywords = frozenset({**{word.casefold(): word for word in add_keywords}, **known}.values())
        return replace(self, flags=flags, keywords=keywords, new=False)

    def words(self) -> tuple[str, ...]:
        """What stands in `X-Keywords`."""
        return (*sorted(self.keywords), *[_PASSED] * (Flag.PASSED in self.flags))

    def values(self) -> dict[bytes, bytes]:
        """The values of the three fields."""
        status = "R" * (Flag.SEEN in self.flags) + "O" * (not self.new) + self.others[0]
        x_status = "".join(letter for flag, letter in _LETTERS.items() if flag in self.flags) + self.others[1]
        return {
            b"status": status.encode("latin_1"),
            b"x-status": x_status.encode("latin_1"),
            b"x-keywords": " ".join(self.words()).encode("utf_8"),
        }


_NEW = State()


def read_state(head: bytes) -> State:
    """The state that a header block tells of."""
    fields = list(_FIELD.finditer(head))
    if not fields:
        return _NEW
    values = {b"status": "", b"x-status": "", b"x-keywords": ""}
    for found in fields:
        values[found[1].lower()] += " " + found[3].decode("utf_8", "replace")
    status, x_status = ("".join(values[name].split()) for name in (b"status", b"x-status"))
    words = frozenset(values[b"x-keywords"].split())
    flags = {_X_STATUS[letter] for letter in x_status if letter in _X_STATUS}
    flags |= {Flag.SEEN} if "R" in status else set()
    flags |= {Flag.PASSED} if _PASSED in words else set()
    others = tuple(
        "".join(dict.fromkeys(letter for letter in text if letter not in known and letter.isascii()))
        for text, known in ((status, "RO"), (x_status, "AFTD"))
    )
    return State(frozenset(flags), words - {_PASSED}, not set(status) & set("RO"), (others[0], others[1]))


def state_lines(state: State, *, room: int = 0, end: bytes = b"\n") -> bytes:
    """The three fields with room to change, `room` blanks more than usual after the keywords."""
    values = state.values()
    keywords = values[b"x-keywords"]
    return b"".join(
        (
            b"Status: " + values[b"status"].ljust(4) + end,
            b"X-Status: " + values[b"x-status"].ljust(4) + end,
            b"X-Keywords: " + keywords.ljust(max(_KEYWORD_ROOM, len(keywords)) + room) + end,
        )
    )


def in_place(head: bytes, state: State) -> bytes | None:
    """The header block, just as long, with `state` in its fields; None when they are missing or have no room."""
    wanted = state.values()
    changed = bytearray(head)
    for found in _FIELD.finditer(head):
        if _CONTINUED.match(head, found.end()):
            return None
        room = found.end(3) - found.start(3)
        value = wanted.pop(found[1].lower(), b"")
        if len(value) + 1 > room and value:
            return None
        changed[found.start(3) : found.end(3)] = (b" " + value if value else b"").ljust(room)
    return None if any(wanted.values()) else bytes(changed)


def base_line(validity: int, words: Collection[str], *, end: bytes = b"\n") -> bytes:
    """The field `X-IMAPbase` of a box that Dovecot has not opened yet, with room for more keywords.

    It stands in the first letter and lists the keywords of all. Dovecot takes those that it does not list out of
    `X-Keywords`.
    """
    return b"X-IMAPbase: %d 0000000000" % validity + _listed(words) + b" " * _BASE_ROOM + end


def with_words(head: bytes, words: Collection[str]) -> bytes | None:
    """The header block of the first letter with these keywords listed, longer if need be; None when it has no list."""
    found = _BASE.search(head, 0, 65536)
    if found is None:
        return None
    known = {word.casefold() for word in found[2].decode("utf_8", "replace").split()}
    missing = _listed([word for word in words if word.casefold() not in known])
    room = found[3] if len(missing) < len(found[3]) else found[3] + b" " * (len(missing) + _BASE_ROOM)
    return head[: found.end(2)] + missing + room[len(missing) :] + head[found.end(3) :] if missing else head


def without_base(head: bytes) -> tuple[bytes, bytes]:
    """The field `X-IMAPbase`, empty if there is none, and the header block without it.

    Dovecot believes keywords of the first letter only if they stand after it.
    """
    found = _BASE_FIELD.search(head, 0, 65536)
    return (found[0], head[: found.start()] + head[found.end() :]) if found else (b"", head)


def _listed(words: Collection[str]) -> bytes:
    return "".join(f" {word}" for word in words).encode("utf_8")


def without_flags(head: bytes) -> bytes:
    """The header block without `Status`, `X-Status` and `X-Keywords`."""
    return _without(head, (b"Status", b"X-Status", b"X-Keywords"))


def field_pattern(names: Collection[bytes]) -> re.Pattern[bytes]:
    """A pattern for header fields of these names, with their continuation lines."""
    return re.compile(
        rb"^(?:" + rb"|".join(names) + rb")[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)", re.IGNORECASE | re.MULTILINE
    )


def _without(head: bytes, names: Collection[bytes]) -> bytes:
    return field_pattern(names).sub(b"", head)


_BASE_FIELD = field_pattern((b"X-IMAPbase",))
