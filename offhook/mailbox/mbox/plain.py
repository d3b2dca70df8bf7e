"""Letters as nearly all are, found in large pieces of a box: what `parse` and `reading` find, at a fifth of the cost.

Those say what a letter is. A letter is plain here when it lies in a piece, with a header of at most 64 KiB without CR;
when its Content-Length leads to a `From ` line behind one empty line, or it has none and such a line comes next; so the
last letter of a box never is. Of any other letter nothing is said: these end where it begins, and it is read with care.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from offhook.mailbox.letters import Entry, LetterKey
from offhook.mailbox.mbox.from_line import MAX_FROM_LINE, arrival, is_from_line
from offhook.mailbox.mbox.letter import SAMPLE, Seal, name_of, read_seal
from offhook.mailbox.mbox.listing import Letter, digest_of
from offhook.mailbox.mbox.parse import CONTENT_LENGTH, Span, Window
from offhook.mailbox.mbox.state import STATE_FIELDS, State, read_state

PIECE: Final = 1024 * 1024
"""Octets that are read at once."""

_LONGEST_HEAD = 64 * 1024
_MOST_STATES = 1000
_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_ORDINARY = re.compile(
    rb"From [!-~]{0,300} (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (" + b"|".join(_MONTHS) + rb") "
    rb"([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})\n"
)
_NEXT = re.compile(rb"\n\nFrom ")
_NEXT_BESIDE_CR = re.compile(rb"\n\r?\nFrom ")
_FIELD = re.compile(
    rb"\n(?=[CLSX])(" + b"|".join((*STATE_FIELDS, b"Lines", b"X-Offhook")) + rb")[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*",
    re.IGNORECASE,
)
_IN_STATE = frozenset({b"status", b"x-status", b"x-keywords"})
_LF, _CR = b"\n\r"
_NEW = State()


@dataclass(slots=True)
class _Told:
    """What a header tells: its octets without state and `Lines`, how much of it is state, and what that says."""

    kept: bytes
    state_octets: int = 0
    state: State = _NEW
    promised: int | None = None
    seal: Seal | None = None


class PlainLetters:
    """The plain letters of a box. `modified` is as for `read_listing`, `key_of` makes a key of what names a letter."""

    def __init__(
        self, window: Window, modified: float, key_of: Callable[[str], LetterKey], *, piece: int = PIECE
    ) -> None:
        self._window = window
        self._modified = modified
        self._key_of = key_of
        self._most = piece
        self._offset = 0
        self._octets = b""
        self._states: dict[bytes, State] = {}
        self.reached = 0

    def letters(self, start: int) -> Iterator[Letter]:
        """Those from `start` on, up to one that is not plain: it begins at `reached` afterwards."""
        self.reached = start
        before = -1
        while before < self.reached < self._window.size:
            before = self.reached
            if not self._covers(before):
                self._offset, self._octets = before, self._window.piece(before, self._most)
            yield from self._in_piece(before - self._offset)

    def _covers(self, start: int) -> bool:
        """Whether a letter that begins there is to be looked for in the piece that is held.

        In its last half only if no piece goes further. So no octet is read often, whatever letters there are.
        """
        behind, held = start - self._offset, len(self._octets)
        return 0 <= behind < (held if self._offset + held >= self._window.size else held // 2)

    def _in_piece(self, at: int) -> Iterator[Letter]:
        """The plain letters from this place of the piece on."""
        octets, find, fields = self._octets, self._octets.find, _FIELD.search
        beside_cr = b"\r" in octets
        next_from = (_NEXT_BESIDE_CR if beside_cr else _NEXT).search
        whole = self._offset + len(octets) >= self._window.size
        last = len(octets) - (0 if whole else MAX_FROM_LINE)  # a `From ` line that begins before that can be told
        came = self._arrived(at) if at < last else None
        while at < last:
            head = find(b"\n", at) + 1
            if not head or octets[head - 2] == _CR:
                return
            body = find(b"\n\n", head - 1, head + _LONGEST_HEAD) + 2
            if body == 1 or (beside_cr and find(b"\r", at, body) >= 0):
                return
            told = self._told(head, body) if fields(octets, head - 1, body) else _Told(octets[head:body])
            if told.promised is None:
                found = next_from(octets, body - 2)
                while found is not None and found.end() - 5 < last:
                    came_next = self._arrived(found.end() - 5)
                    if came_next is not None:
                        break
                    found = next_from(octets, found.end() - 6)
                else:
                    return
                following = found.end() - 5
                if octets[following - 2] == _CR:
                    return
                end = max(body, following - 1)
            else:
                end = body + told.promised
                following = end + 1
                if following >= last or octets[end] != _LF or not octets.startswith(b"From ", following):
                    return
                came_next = self._arrived(following)
            self.reached = self._offset + following
            yield self._letter(told, (at, head, body, end, following), came)
            at, came = following, came_next

    def _letter(self, told: _Told, places: tuple[int, int, int, int, int], came: float | None) -> Letter:
        """The letter at these places of the piece."""
        at, head, body, end, following = places
        octets, offset, size = self._octets, self._offset, end - body
        first = octets[body : min(end, body + SAMPLE)]
        last = first if size <= SAMPLE else octets[end - SAMPLE : end]
        name = name_of(octets[at : min(head, at + MAX_FROM_LINE)], told.kept, size, first, last)
        state, seal, promised = told.state, told.seal, told.promised
        entry = Entry(
            self._key_of(name),
            state.flags,
            state.new,
            seal.length if seal else body - head - told.state_octets + size,
            seal.arrived if seal else self._modified if came is None else came,
            state.keywords,
        )
        trusted = promised is not None
        span = Span(
            offset + at, offset + head, offset + body, offset + end, offset + following,
            trusted, offset + end if trusted else None,
        )  # fmt: skip
        return Letter(entry, span, state, digest_of(octets[at:body]))

    def _arrived(self, at: int) -> float | None:
        """When the letter arrived whose `From ` line is there; None if that is no such line."""
        found = _ORDINARY.match(self._octets, at)
        if found is None:
            line = self._octets[at : at + MAX_FROM_LINE].split(b"\n", 1)[0]
            came = arrival(line)
            return came if came is not None else self._modified if is_from_line(line) else None
        month, day, hour, minute, second, year = found.groups()
        try:
            return datetime(
                int(year), _MONTHS[month], int(day), int(hour), int(minute), min(int(second), 59)
            ).timestamp()
        except (ValueError, OverflowError, OSError):
            return self._modified

    def _told(self, head: int, body: int) -> _Told:
        """What the header between these places tells."""
        octets = self._octets
        told = _Told(b"")
        kept, state, kept_from = [], [], head
        for found in _FIELD.finditer(octets, head - 1, body):
            name, start, end = found[1].lower(), found.start() + 1, found.end() + 1
            if name == b"x-offhook":
                told.seal = read_seal(octets[head:body])
                continue
            kept.append(octets[kept_from:start])
            kept_from = end
            if name == b"lines":
                continue
            told.state_octets += end - start
            if name in _IN_STATE:
                state.append(octets[start:end])
            elif told.promised is None and (length := CONTENT_LENGTH.match(octets, start, end)):
                told.promised = int(length[1])
        kept.append(octets[kept_from:body])
        told.kept = b"".join(kept)
        told.state = self._state_in(b"".join(state))
        return told

    def _state_in(self, fields: bytes) -> State:
        """What these fields tell of a letter's state; few are different in one box."""
        state = self._states.get(fields)
        if state is None:
            if len(self._states) >= _MOST_STATES:
                self._states.clear()
            state = self._states[fields] = read_state(fields)
        return state
