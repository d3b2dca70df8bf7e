"""What one look at a box found, as octets that another process can take up: where each letter lies, and what it is.

    magic, digest of all that follows, length of the facts, facts (JSON), columns

A column has a number, or a digest, of every letter; together they are eighty octets for a letter. Where a letter begins
is not written down: it is where the one before it ends. What few letters have (a copy with the same digest before it,
a Content-Length that was not believed, the numbers of the box) is among the facts.

Octets that are damaged, cut, of another version or another kind of machine are no listing. That those that are one
were true of the box once is no reason to believe them: `second_look.py` says what is compared before they are.
"""

import json
import sys
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate
from operator import add
from typing import Any, Final, TypeVar

from offhook.mailbox.letters import Entry, Flag, LetterKey
from offhook.mailbox.mbox.letter import SAMPLE
from offhook.mailbox.mbox.listing import OPENING_DIGEST, BoxStamp, Letter, Letters, Listing, Opening
from offhook.mailbox.mbox.parse import Span
from offhook.mailbox.mbox.state import State

T = TypeVar("T")

MAGIC: Final = b"offhook places 1\n"
MOST_OCTETS: Final = 512 * 1024 * 1024
"""Octets that are taken for a listing."""

_DIGEST: Final = 16
_NAME: Final = 15
_HEAD: Final = len(MAGIC) + _DIGEST + 8
_MACHINE: Final = f"{SAMPLE} {sys.byteorder} {array('I').itemsize} {array('Q').itemsize} {array('d').itemsize}"
_NUMBERS: Final = (
    ("lines", "I"), ("heads", "I"), ("bodies", "Q"), ("gaps", "I"), ("sizes", "Q"), ("arrived", "d"), ("states", "I"),
    ("trusted", "B"),
)  # fmt: skip
_RARE: Final = ("twins", "promised", "bases")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a box found, the stamp it was true at, and whether any later change would alter that."""

    listing: Listing
    stamp: BoxStamp
    settled: bool


def to_octets(path: str, seen: Seen) -> bytes | None:
    """What was seen of the box at `path`; None if that cannot be kept."""
    listing, stamp = seen.listing, seen.stamp
    if listing.mmdf:
        return None
    try:
        columns = Columns.of(listing.letters)
    except (ValueError, OverflowError):
        return None
    first = listing.first
    facts = {
        "machine": _MACHINE,
        "path": path,
        "stamp": [stamp.device, stamp.inode, stamp.size, stamp.modified_ns, stamp.tail.hex(), stamp.changed_ns],
        "settled": seen.settled,
        "junk": listing.junk,
        "reach": listing.reach,
        "first": first and [first.start, first.head, first.body, first.end, first.next, first.trusted, first.promised],
        "count": len(listing.letters),
        "start": columns.start,
        "states": [_state_facts(state) for state in columns.table],
        "rare": [sorted(getattr(columns, name).items()) for name in _RARE],
    }
    said = json.dumps(facts).encode()
    numbers = [getattr(columns, name).tobytes() for name, _ in _NUMBERS]
    rest = b"".join((len(said).to_bytes(8, "big"), said, bytes(columns.names), bytes(columns.openings), *numbers))
    return MAGIC + _digest(rest) + rest


def from_octets(path: str, octets: bytes) -> Seen | None:
    """What was seen of the box at `path`; None if these octets do not say."""
    rest = memoryview(octets)[len(MAGIC) + _DIGEST :]
    if not octets.startswith(MAGIC) or _digest(rest) != octets[len(MAGIC) : len(MAGIC) + _DIGEST]:
        return None
    length = int.from_bytes(rest[:8], "big")
    try:
        facts = json.loads(bytes(rest[8 : 8 + length]))
        if facts["machine"] != _MACHINE or facts["path"] != path:
            return None
        return _taken_up(facts, rest[8 + length :])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
        return None  # a digest can be made by anybody


def _taken_up(facts: dict[str, Any], rest: memoryview) -> Seen:
    *numbers, tail, changed = facts["stamp"]
    device, inode, size, modified = map(_count, numbers)
    stamp = BoxStamp(device, inode, size, modified, bytes.fromhex(tail), _count(changed))
    columns = Columns.read(facts, rest)
    if columns.starts[-1] > stamp.size:
        raise ValueError("letters behind the end of the box")
    listing = Listing(
        letters=Letters(columns, columns.count),
        junk=_count(facts["junk"]),
        first=_span(facts["first"]),
        reach=_count(facts["reach"]),
        places=dict(zip(columns.keys, range(columns.count), strict=True)),
        _twins=columns.names_counted(),
    )
    if len(listing.places) != columns.count:
        raise ValueError("two letters have one key")
    return Seen(listing, stamp, _truth(facts["settled"]))


@dataclass(slots=True)
class Columns:
    """The letters of a listing (`KeptLetters`): of each kind of number one array, in the order of the box."""

    names: bytearray = field(default_factory=bytearray)
    openings: bytearray = field(default_factory=bytearray)
    lines: "array[int]" = field(default_factory=lambda: array("I"))
    heads: "array[int]" = field(default_factory=lambda: array("I"))
    bodies: "array[int]" = field(default_factory=lambda: array("Q"))
    gaps: "array[int]" = field(default_factory=lambda: array("I"))
    sizes: "array[int]" = field(default_factory=lambda: array("Q"))
    arrived: "array[float]" = field(default_factory=lambda: array("d"))
    states: "array[int]" = field(default_factory=lambda: array("I"))
    trusted: "array[int]" = field(default_factory=lambda: array("B"))
    start: int = 0
    table: list[State] = field(default_factory=list)
    twins: dict[int, int] = field(default_factory=dict)
    promised: dict[int, int] = field(default_factory=dict)
    bases: dict[int, str] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    keys: list[LetterKey] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many letters there are."""
        return len(self.states)

    def names_counted(self) -> dict[str, int]:
        """How many letters have the same digest."""
        counts: dict[str, int] = dict.fromkeys(self.keys, 1)
        for place in self.twins:
            del counts[self.keys[place]]
            name = self.keys[place].partition(".")[0]
            counts[name] = counts.get(name, 0) + 1
        return counts

    def letter(self, place: int) -> Letter:
        """`KeptLetters.letter`."""
        head = self.starts[place] + self.lines[place]
        body = head + self.heads[place]
        end = body + self.bodies[place]
        trusted = bool(self.trusted[place])
        promised = end if trusted else self.promised.get(place)
        span = Span(self.starts[place], head, body, end, self.starts[place + 1], trusted, promised)
        state = self.table[self.states[place]]
        entry = Entry(self.keys[place], state.flags, state.new, self.sizes[place], self.arrived[place], state.keywords)
        return Letter(entry, span, state, self._opening(place), self.bases.get(place, "").encode("latin_1"))

    def opening(self, place: int) -> Opening:
        """`KeptLetters.opening`."""
        return self.starts[place], self.lines[place] + self.heads[place], self._opening(place)

    def _opening(self, place: int) -> bytes:
        return bytes(self.openings[place * OPENING_DIGEST : (place + 1) * OPENING_DIGEST])

    @classmethod
    def of(cls, letters: Letters) -> "Columns":
        """Those of letters. Raises `ValueError` or `OverflowError` for what does not fit."""
        columns = letters.kept._before(len(letters)) if isinstance(letters.kept, Columns) else cls()
        starts = columns.starts
        codes = {id(state): code for code, state in enumerate(columns.table)}
        known = {state: code for code, state in enumerate(columns.table)}
        before, end = -1, 0
        for place, letter in letters.made:
            code = codes.get(id(letter.state))
            if code is None:
                code = codes[id(letter.state)] = known.setdefault(letter.state, len(known))
                if code == len(columns.table):
                    columns.table.append(letter.state)
            if place:
                if before != place - 1:
                    end = starts[place - 1] + columns._length(place - 1)
                columns.gaps[place - 1] = letter.span.start - end
            else:
                columns.start = letter.span.start
            columns._put(place, letter, code)
            before, end = place, letter.span.end
        return columns

    def _length(self, place: int) -> int:
        return self.lines[place] + self.heads[place] + self.bodies[place]

    def _put(self, place: int, letter: Letter, code: int) -> None:
        """Write down a letter, in the place of another or behind all."""
        span, entry = letter.span, letter.entry
        name, _, twin = entry.key.partition(".")
        digest = bytes.fromhex(name)
        if len(digest) != _NAME:
            raise ValueError("a letter's key is none of ours")
        self.names[place * _NAME : (place + 1) * _NAME] = digest
        self.openings[place * OPENING_DIGEST : (place + 1) * OPENING_DIGEST] = letter.opening
        line, head, body = span.head - span.start, span.body - span.head, span.end - span.body
        if place == len(self.states):
            self.lines.append(line)
            self.heads.append(head)
            self.bodies.append(body)
            self.gaps.append(span.next - span.end)
            self.sizes.append(entry.size)
            self.arrived.append(entry.arrived)
            self.states.append(code)
            self.trusted.append(span.trusted)
        else:
            self.lines[place], self.heads[place], self.bodies[place] = line, head, body
            self.gaps[place] = span.next - span.end
            self.sizes[place], self.arrived[place] = entry.size, entry.arrived
            self.states[place], self.trusted[place] = code, span.trusted
        _note(self.twins, place, int(twin or 0))
        _note(self.promised, place, None if span.trusted else span.promised)
        _note(self.bases, place, letter.base.decode("latin_1"))

    def _before(self, count: int) -> "Columns":
        """A copy of what is said of the first `count` letters."""
        count = min(count, self.count)
        some = Columns(
            self.names[: count * _NAME], self.openings[: count * OPENING_DIGEST], start=self.start, table=[*self.table]
        )
        for name, _ in _NUMBERS:
            setattr(some, name, getattr(self, name)[:count])
        for name in _RARE:
            setattr(some, name, {place: value for place, value in getattr(self, name).items() if place < count})
        some.starts = self.starts
        return some

    @classmethod
    def read(cls, facts: Mapping[str, Any], octets: memoryview) -> "Columns":
        """Those that were written down. Raises `ValueError`, `TypeError`, `KeyError` for what cannot be."""
        count = _count(facts["count"])
        columns = cls(start=_count(facts["start"]), table=[_state(each) for each in facts["states"]])
        at = count * (_NAME + OPENING_DIGEST)
        columns.names += octets[: count * _NAME]
        columns.openings += octets[count * _NAME : at]
        for name, code in _NUMBERS:
            column = array(code)
            column.frombytes(octets[at : at + count * column.itemsize])
            at += count * column.itemsize
            setattr(columns, name, column)
        if at != len(octets) or max(columns.states, default=-1) >= len(columns.table):
            raise ValueError("the columns are not as long as they should be")
        for name, pairs in zip(_RARE, facts["rare"], strict=True):
            kind = _text if name == "bases" else _count
            setattr(columns, name, {_place(place, count): kind(value) for place, value in pairs})
        for base in columns.bases.values():
            base.encode("latin_1")
        heads, texts = map(add, columns.lines, columns.heads), map(add, columns.bodies, columns.gaps)
        columns.starts = list(accumulate(map(add, heads, texts), initial=columns.start))
        named, digits = columns.names.hex(), 2 * _NAME
        columns.keys = [LetterKey(named[at : at + digits]) for at in range(0, len(named), digits)]
        for place, twin in columns.twins.items():
            columns.keys[place] = LetterKey(f"{columns.keys[place]}.{twin}")
        return columns


def _digest(octets: bytes | memoryview) -> bytes:
    return blake2b(octets, digest_size=_DIGEST).digest()


def _state_facts(state: State) -> list[object]:
    letters = "".join(sorted(flag.value for flag in state.flags))
    return [letters, sorted(state.keywords), state.new, list(state.others)]


def _state(facts: Any) -> State:
    letters, keywords, new, (status, x_status) = facts
    flags = frozenset(Flag(letter) for letter in _text(letters))
    return State(flags, frozenset(map(_text, keywords)), _truth(new), (_text(status), _text(x_status)))


def _span(facts: Any) -> Span | None:
    if facts is None:
        return None
    *numbers, trusted, promised = facts
    start, head, body, end, following = map(_count, numbers)
    return Span(start, head, body, end, following, _truth(trusted), None if promised is None else _count(promised))


def _note(rare: dict[int, T], place: int, value: T | None) -> None:
    """Write down what few letters have, or that one has not."""
    rare.pop(place, None)
    if value:
        rare[place] = value


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ValueError("no count")
    return value


def _place(value: object, count: int) -> int:
    place = _count(value)
    if place >= count:
        raise ValueError("no letter is there")
    return place


def _truth(value: object) -> bool:
    if type(value) is not bool:
        raise ValueError("neither true nor false")
    return value


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError("no text")
    return value
