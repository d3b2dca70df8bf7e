"""Which letters an IMAP mailbox has, and their flags: in runs of letters, and later only what has changed.

A mailbox of a hundred thousand letters is told in about as many octets as a page of it where the server has ESEARCH
(RFC 4731): it names the letters that are there, and those that have a flag, by the first and last of each run. With
CONDSTORE (RFC 7162) a later look hears only of what has changed. Letters are in the order of their UIDs, in which they
came into the mailbox.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from offhook.mailbox.imap.connection import LISTING, LISTING_PATIENCE, Connection, Told
from offhook.mailbox.imap.server import Refused
from offhook.mailbox.letters import NEW_BIT, STATE_BITS, Flag, LetterKey, Listing, MaildropFailure, ref_of, state_of

MOST_LETTERS = 2_000_000
"""Letters of one mailbox that are listed."""

_LONG = {"octets": LISTING, "seconds": LISTING_PATIENCE}
_SEEN = STATE_BITS[Flag.SEEN]
_CRITERIA: Mapping[Flag, Sequence[str]] = MappingProxyType(
    {
        Flag.SEEN: ("SEEN",),
        Flag.TRASHED: ("DELETED",),
        Flag.FLAGGED: ("FLAGGED",),
        Flag.REPLIED: ("ANSWERED",),
        Flag.DRAFT: ("DRAFT",),
        Flag.PASSED: ("KEYWORD", "$Forwarded"),
    }
)


class Roll:
    """What a session knows of one mailbox's letters. `look` wants it open on the connection."""

    def __init__(self) -> None:
        self.validity = 0
        self.uids = array("I")
        self._states = bytearray()
        self._refs = array("q")
        self._places: dict[int, int] | None = None
        self._listing = Listing()
        self.looks = 0
        """How often something may have been different from before."""
        self._on: Connection | None = None
        self._noted = -1
        self._modseq = 0

    def is_older(self) -> None:
        """This session has changed something there."""
        self._on = None

    def look(self, connection: Connection) -> Listing:
        """All letters as they are now; the same object as before when nothing has changed."""
        connection.noop()
        if connection is self._on and connection.noted == self._noted and connection.validity == self.validity:
            return self._listing
        noted = connection.noted
        self.looks += 1
        if connection.validity != self.validity:
            self._begin(connection.validity)
        if connection.exists == 0:
            self._keep(lambda _uid: False)
        elif not self._catch_up(connection):
            self._list_all(connection)
        if self._refs != self._listing.refs or self._states != self._listing.states:
            self._listing = Listing(self._refs[:], bytes(self._states))
        self._on, self._noted = connection, noted
        return self._listing

    @property
    def refs(self) -> Sequence[int]:
        """The letters that were listed."""
        return self._listing.refs

    def uid(self, ref: int) -> int | None:
        """The UID of a letter that was listed."""
        place = self._place(ref)
        return None if place is None else self.uids[place]

    def state(self, ref: int) -> int:
        """The state of a letter that was listed."""
        place = self._place(ref)
        return 0 if place is None else self._states[place]

    def ref(self, uid: int) -> int | None:
        """The ref of a letter that was listed."""
        place = bisect_left(self.uids, uid)
        return self._refs[place] if self._has(place, uid) else None

    def key(self, uid: int) -> LetterKey:
        """The key of a letter."""
        return LetterKey(f"{self.validity}.{uid}")

    def _place(self, ref: int) -> int | None:
        if self._places is None:
            self._places = {each: place for place, each in enumerate(self._refs)}
        return self._places.get(ref)

    def _has(self, place: int, uid: int) -> bool:
        return place < len(self.uids) and self.uids[place] == uid

    def _begin(self, validity: int) -> None:
        self.validity, self._modseq = validity, 0
        self._take(())

    def _take(self, uids: Iterable[int]) -> None:
        self.uids, self._states, self._refs, self._places = array("I"), bytearray(), array("q"), None
        self._add(uids)

    def _add(self, uids: Iterable[int]) -> None:
        """Letters that come after all others."""
        before = len(self.uids)
        self.uids.extend(uids)
        self._refs.extend([ref_of(self.key(uid)) for uid in self.uids[before:]])
        self._states.extend(bytes([NEW_BIT]) * (len(self.uids) - before))
        self._places = None

    def _catch_up(self, connection: Connection) -> bool:
        """Hear what has changed; whether that is enough to know everything."""
        if not (self._modseq and connection.counts_changes):
            return False
        self._hear(connection.tell("1:*", f"(UID FLAGS) (CHANGEDSINCE {self._modseq})", **_LONG))
        if len(self.uids) > connection.exists:
            there = connection.runs("ALL")
            last = [end for _, end in there]

            def is_there(uid: int) -> bool:
                place = bisect_left(last, uid)
                return place < len(there) and there[place][0] <= uid

            self._keep(is_there)
        return len(self.uids) == connection.exists

    def _list_all(self, connection: Connection) -> None:
        self._modseq = self._modseq or connection.modseq  # of before: what changes now is told again
        if connection.can("ESEARCH"):
            with suppress(Refused):
                self._take(_expanded(connection.runs("ALL")))
                for flag, criteria in _CRITERIA.items():
                    self._set(flag, connection.runs(*criteria))
                return
        self._take(())
        self._hear(connection.tell("1:*", "(UID FLAGS)", **_LONG))

    def _hear(self, told: Sequence[Told]) -> None:
        """Note what is told of letters; those that are new come last."""
        self._modseq = max([self._modseq, *(each.modseq for each in told)])
        last = self.uids[-1] if self.uids else 0
        by_uid = {each.uid: each for each in told if each.flags is not None and each.uid < 2**32}
        if len(by_uid) > MOST_LETTERS:
            raise _too_many()
        self._add(sorted(uid for uid in by_uid if uid > last))
        for uid, each in by_uid.items():
            place = bisect_left(self.uids, uid)
            if self._has(place, uid):
                flags = each.flags or frozenset()
                self._states[place] = state_of(flags, new=Flag.SEEN not in flags)

    def _keep(self, is_there: Callable[[int], bool]) -> None:
        """Leave out letters that are gone."""
        kept = [(uid, state) for uid, state in zip(self.uids, self._states, strict=True) if is_there(uid)]
        if len(kept) < len(self.uids):
            self._take([uid for uid, _ in kept])
            self._states[:] = bytes(state for _, state in kept)

    def _set(self, flag: Flag, runs: Sequence[tuple[int, int]]) -> None:
        bit = STATE_BITS[flag]
        table = bytes((state | bit) & ~(NEW_BIT if bit == _SEEN else 0) for state in range(256))
        for first, last in runs:
            start, end = bisect_left(self.uids, first), bisect_right(self.uids, last)
            self._states[start:end] = self._states[start:end].translate(table)


def _expanded(runs: Sequence[tuple[int, int]]) -> list[int]:
    """All numbers of runs that are in order, each once."""
    if sum(last - first + 1 for first, last in runs) > MOST_LETTERS:
        raise _too_many()
    uids: list[int] = []
    for first, last in runs:
        uids.extend(range(max(first, uids[-1] + 1 if uids else 0), last + 1))
    return uids


def _too_many() -> MaildropFailure:
    return MaildropFailure("There are more letters in this folder than can be listed here.")
