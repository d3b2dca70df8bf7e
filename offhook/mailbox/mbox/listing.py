"""The letters of an mbox as one look found them, and a stamp by which a later look knows whether anything changed."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from offhook.mailbox.files import BoxFacts
from offhook.mailbox.letters import Entry, LetterKey
from offhook.mailbox.mbox.parse import Span
from offhook.mailbox.mbox.state import State

TAIL = 4096
"""Octets at the end of a box whose digest is part of its stamp."""

LARGEST_OPENING = 64 * 1024 * 1024
"""Octets of a letter's `From ` line and header that are looked at."""

OPENING_DIGEST = 16
"""Octets of what `digest_of` makes."""


@dataclass(frozen=True, slots=True)
class BoxStamp:
    """By what a box is known to be unchanged: number, size, time of change, and a digest of its last 4 KiB."""

    device: int
    inode: int
    size: int
    modified_ns: int
    tail: bytes = b""

    @classmethod
    def of(cls, facts: BoxFacts, tail: bytes) -> "BoxStamp":
        """The stamp of a box with these facts, whose last octets are `tail`."""
        return cls(
            facts.device, facts.inode, facts.size, facts.modified_ns, blake2b(tail[-TAIL:], digest_size=16).digest()
        )

    def is_of(self, facts: BoxFacts) -> bool:
        """Whether it is the stamp of the same file, whatever has become of that."""
        return (self.device, self.inode) == (facts.device, facts.inode)

    def matches(self, facts: BoxFacts) -> bool:
        """Whether a box with these facts is the one of the stamp, as far as can be told without reading it."""
        return (self.device, self.inode, self.size, self.modified_ns) == (
            facts.device,
            facts.inode,
            facts.size,
            facts.modified_ns,
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as a listing shows it, where it lies, and its state.

    `opening` is the digest of its `From ` line and header as they stand in the box (`digest_of`). `base` is the
    `X-IMAPbase` field that Dovecot keeps in the first.
    """

    entry: Entry
    span: Span
    state: State
    opening: bytes
    base: bytes = b""

    @property
    def key(self) -> LetterKey:
        """What names it."""
        return self.entry.key

    def marked(self, state: State, opening: bytes) -> "Letter":
        """The letter in another state, and how it begins in the box since."""
        entry = replace(self.entry, flags=state.flags, new=state.new, keywords=state.keywords)
        return replace(self, entry=entry, state=state, opening=digest_of(opening))

    def moved(self, by: int) -> "Letter":
        """The letter at another place."""
        span = self.span
        places = Span(
            span.start + by,
            span.head + by,
            span.body + by,
            span.end + by,
            span.next + by,
            span.trusted,
            None if span.promised is None else span.promised + by,
        )
        return replace(self, span=places)


@dataclass(slots=True)
class Listing:
    """All letters of a box, in its order; `mmdf` says that it is of that form, `junk` how much lies before them.

    `first` is the first letter even if it is none but Dovecot's own: where the keywords of the box are listed. `reach`
    is the furthest place that a Content-Length tells of in vain: more octets in the box might prove it right.
    """

    letters: list[Letter] = field(default_factory=list)
    mmdf: bool = False
    junk: int = 0
    first: Span | None = None
    reach: int = 0
    places: dict[LetterKey, int] = field(default_factory=dict)
    _twins: dict[str, int] = field(default_factory=dict)

    def find(self, key: LetterKey) -> Letter | None:
        """The letter of a key."""
        at = self.places.get(key)
        return None if at is None else self.letters[at]

    def entries(self) -> tuple[Entry, ...]:
        """What the listing shows."""
        return tuple(letter.entry for letter in self.letters)

    def key_of(self, name: str) -> LetterKey:
        """The key of one more letter whose digest is `name`."""
        twin = self._twins.get(name, 0)
        self._twins[name] = twin + 1
        return LetterKey(f"{name}.{twin}" if twin else name)

    def add(self, letter: Letter) -> None:
        """Take in one more letter, which has its key from here."""
        self.places[letter.entry.key] = len(self.letters)
        self.letters.append(letter)

    def change(self, letter: Letter, state: State, opening: bytes) -> None:
        """Another state of a letter that lies where it lay, and how it begins now."""
        self.letters[self.places[letter.key]] = letter.marked(state, opening)

    def copy(self) -> "Listing":
        """One that can be changed while this stays as it is."""
        return replace(self, letters=[*self.letters], places={**self.places}, _twins={**self._twins})

    def drop_last(self) -> Letter:
        """Forget the last letter, which is to be looked at anew."""
        letter = self.letters.pop()
        del self.places[letter.key]
        self._twins[letter.key.partition(".")[0]] -= 1
        return letter

    def grown(self, letter: Letter, state: State, by: int, opening: bytes) -> "Listing":
        """The listing once a letter's header has another state and is longer: what lies behind has moved down."""
        start, span = letter.span.start, letter.span

        def moved(one: Letter) -> Letter:
            if one.span.start > start:
                return one.moved(by)
            if one.span.start < start:
                return one
            behind = replace(one.moved(by).span, start=start, head=span.head)
            return replace(one.marked(state, opening), span=behind)

        longer = replace(self, letters=[moved(one) for one in self.letters], reach=self.reach + by)
        if self.first is not None and self.first.start == start:
            longer.first = longer.letters[0].span
        return longer

    def without(self, keys: Collection[LetterKey]) -> "Listing | None":
        """The listing once these letters are out and the rest has moved up; None when it has to be read anew."""
        first = self.letters[0] if self.letters else None
        if first is not None and first.span == self.first and first.key in keys:
            return None
        if any("." in key for key in keys) or any(self._twins[str(key)] > 1 for key in keys):
            return None
        left = Listing(mmdf=self.mmdf, junk=self.junk, first=self.first, reach=self.reach)
        left._twins = {name: count for name, count in self._twins.items() if name not in keys}
        gone = 0
        for letter in self.letters:
            if letter.key in keys:
                gone += letter.span.next - letter.span.start
                continue
            left.places[letter.key] = len(left.letters)
            left.letters.append(letter.moved(-gone) if gone else letter)
        return left


def digest_of(opening: bytes) -> bytes:
    """By what a `From ` line and header are known again at their place, in this process or another.

    Nobody who sends letters can write two that have the same: it would have one taken for the other.
    """
    return blake2b(opening, digest_size=OPENING_DIGEST).digest()
