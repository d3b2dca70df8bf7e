"""The letters of an mbox as one look found them, and a stamp by which a later look knows whether anything changed."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Protocol

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
    """By what a box is known to be unchanged: number, size, time of change, and a digest of its last 4 KiB.

    `changed_ns` is the time that nobody can set; programs that only read a box may alter it. It counts all the same:
    mutt gives a box that it has written the time of change from before.
    """

    device: int
    inode: int
    size: int
    modified_ns: int
    tail: bytes = b""
    changed_ns: int = field(default=0, compare=False)

    @classmethod
    def of(cls, facts: BoxFacts, tail: bytes) -> "BoxStamp":
        """The stamp of a box with these facts, whose last octets are `tail`."""
        digest = blake2b(tail[-TAIL:], digest_size=16).digest()
        return cls(facts.device, facts.inode, facts.size, facts.modified_ns, digest, facts.changed_ns)

    def is_of(self, facts: BoxFacts) -> bool:
        """Whether it is the stamp of the same file, whatever has become of that."""
        return (self.device, self.inode) == (facts.device, facts.inode)

    def matches(self, facts: BoxFacts) -> bool:
        """Whether a box with these facts is the one of the stamp, as far as can be told without reading it."""
        return (self.device, self.inode, self.size, self.modified_ns, self.changed_ns) == (
            facts.device,
            facts.inode,
            facts.size,
            facts.modified_ns,
            facts.changed_ns,
        )


@dataclass(slots=True)  # nobody changes one; frozen, they would cost twice as much to make
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
        return replace(self, span=_moved(self.span, by))


Opening = tuple[int, int, bytes]
"""Where a letter begins, the octets of its `From ` line and header, and their digest."""


class KeptLetters(Protocol):
    """Letters of another process: each is made when it is asked for, and its opening is known without."""

    def letter(self, place: int) -> Letter:
        """The letter at a place."""

    def opening(self, place: int) -> Opening:
        """How it begins."""


class Letters:
    """The letters of a box in its order, read and changed like a list."""

    def __init__(self, kept: KeptLetters | None = None, count: int = 0) -> None:
        """The first `count` are those that were `kept`."""
        self.kept = kept
        self._made: list[Letter | None] = [None] * count

    @property
    def made(self) -> Iterable[tuple[int, Letter]]:
        """The letters that are not as they were kept, or have been looked at, with their places."""
        return ((place, letter) for place, letter in enumerate(self._made) if letter is not None)

    def __len__(self) -> int:
        return len(self._made)

    def __getitem__(self, place: int) -> Letter:
        letter = self._made[place]
        if letter is None:
            assert self.kept is not None
            letter = self._made[place] = self.kept.letter(place % len(self._made))
        return letter

    def __setitem__(self, place: int, letter: Letter) -> None:
        self._made[place] = letter

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Letters) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[Letter]:
        return map(self.__getitem__, range(len(self._made)))

    def append(self, letter: Letter) -> None:
        """Take in one more."""
        self._made.append(letter)

    def pop(self) -> Letter:
        """Take out the last."""
        letter = self[-1]
        del self._made[-1]
        return letter

    def before(self, place: int) -> "Letters":
        """Those before a place, to be changed while these stay as they are."""
        some = Letters(self.kept)
        some._made = self._made[:place]
        return some

    def opening(self, place: int) -> Opening:
        """How a letter begins."""
        letter = self._made[place]
        if letter is None:
            assert self.kept is not None
            return self.kept.opening(place)
        return letter.span.start, letter.span.body - letter.span.start, letter.opening


@dataclass(slots=True)
class Listing:
    """All letters of a box, in its order; `mmdf` says that it is of that form, `junk` how much lies before them.

    `first` is the first letter even if it is none but Dovecot's own: where the keywords of the box are listed. `reach`
    is the furthest place that a Content-Length tells of in vain: more octets in the box might prove it right.
    """

    letters: Letters = field(default_factory=Letters)
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
        letters = self.letters.before(len(self.letters))
        return replace(self, letters=letters, places={**self.places}, _twins={**self._twins})

    def drop_last(self) -> Letter:
        """Forget the last letter, which is to be looked at anew."""
        letter = self.letters.pop()
        del self.places[letter.key]
        self._twins[letter.key.partition(".")[0]] -= 1
        return letter

    def rewritten(
        self, span: Span, by: int, opening: bytes, *, state: State | None = None, base: bytes | None = None
    ) -> "Listing | None":
        """The listing once the header of the letter at `span` is another, longer by so much: what lies behind moves.

        The letter has another `state` or another `base` since. It need not be listed, if it is the first. None when the
        box has to be read anew: what moves may prove a length right that reaches there.
        """
        if by and self.reach > span.start:
            return None
        at = bisect_left(self.letters, span.start, key=lambda letter: letter.span.start)
        end = len(self.letters)
        letters = self.letters.before(at if by else end)
        if at < end and self.letters[at].span.start == span.start:
            letter = self.letters[at]
            letter = letter.marked(state, opening) if state else replace(letter, opening=digest_of(opening))
            letter = replace(letter, span=_longer(letter.span, by), base=letter.base if base is None else base)
            if by:
                letters.append(letter)
            else:
                letters[at] = letter
            at += 1
        for place in range(at, end if by else at):
            letters.append(self.letters[place].moved(by))
        longer = replace(self, letters=letters)
        if self.first is not None and self.first.start == span.start:
            longer.first = _longer(self.first, by)
        return longer

    def without(self, keys: Collection[LetterKey]) -> "Listing | None":
        """The listing once these letters are out and the rest has moved up; None when it has to be read anew."""
        if any("." in key for key in keys) or any(self._twins[str(key)] > 1 for key in keys):
            return None
        if any(letter.span.start < self.reach for letter in map(self.find, keys) if letter):
            return None
        left = replace(self, places={}, _twins={name: count for name, count in self._twins.items() if name not in keys})
        at = min((place for key in keys if (place := self.places.get(key)) is not None), default=len(self.letters))
        left.letters = self.letters.before(at)
        gone = 0
        for place in range(at, len(self.letters)):
            letter = self.letters[place]
            if letter.key in keys:
                gone += letter.span.next - letter.span.start
            else:
                left.letters.append(letter.moved(-gone))
        if self.letters and self.letters[0].span == self.first and self.letters[0].key in keys:
            left.first = left.letters[0].span if left.letters else None
        if self.junk and not left.letters:
            return None
        left.places = {key: place for place, key in enumerate(key for key in self.places if key not in keys)}
        return left


def _moved(span: Span, by: int) -> Span:
    return Span(
        span.start + by,
        span.head + by,
        span.body + by,
        span.end + by,
        span.next + by,
        span.trusted,
        None if span.promised is None else span.promised + by,
    )


def _longer(span: Span, by: int) -> Span:
    """The place of a letter whose header is longer by so much."""
    return replace(_moved(span, by), start=span.start, head=span.head)


def digest_of(opening: bytes) -> bytes:
    """By what a `From ` line and header are known again at their place, in this process or another.

    Nobody who sends letters can write two that have the same: it would have one taken for the other.
    """
    return blake2b(opening, digest_size=OPENING_DIGEST).digest()
