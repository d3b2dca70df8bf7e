"""Takes letters out of an mbox in place: what is kept moves up piece by piece, and then the file is cut.

`P` is where the first letter goes out, `N` the old size, `M` the new one. A piece is moved by writing it into the
journal, then into the box; two pieces take turns in the journal, so that one of them is always whole. Only what lies
behind the pieces moved so far is still needed at its old place, and it is still there. The journal is as large as two
pieces and the list of what is kept, however large the box: 8 MiB each at most, down to 4 KiB on a full disk.

| step | on the disk | after a crash here |
|---|---|---|
| 1 | journal with the list, synced, its folder synced | box as before: no piece in the journal, dropped |
| 2 | piece k in the journal, synced; in the box, synced; ... | the last whole piece is written again, then the rest |
| 3 | a random mark in what is left over between `M` and `N`, synced | as in 2: the mark is made again |
| 4 | "cut to `M`" in the journal, synced | mark still there: cut; not there: it was cut |
| 5 | box cut to `M`, synced | mark not there: box as after |
| 6 | journal removed | box as after |

What another program puts in after a crash in steps 2 to 4 stands behind `N`, and is moved as well. The mark is what
tells a box that was not cut from one that was cut and has grown again; within one sector, it is there or it is not.
If the octets at the old end (or, once they are moved, those before `P`) are not what they were, or the box is shorter
than `N`, another program has rewritten it: the journal is set aside, and the box stays as that program left it.
"""

import json
import os
import struct
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from typing import Any, Final

from offhook.mailbox.files import BoxFacts, BoxFiles, read_all_at, write_all_at
from offhook.mailbox.files.journal import HEAD_BYTES, Journal, Place, created

Piece = tuple[int, int] | bytes
"""Octets of the old box (offset, size), or new ones."""
LARGEST_PIECE: Final = 8 * 1024 * 1024
SMALLEST_PIECE: Final = 4096
MARK_BYTES: Final = 16
LEAST_SHRINK: Final = 2 * MARK_BYTES
"""Octets that must go out: room for a mark."""

_SECTOR = 512
_PROOF = 4096
_TURN = struct.Struct(">QBQQQQ16s")  # number, kind, where to, how many, where the mark is, box size then, mark
_TURN_BYTES = 512
_MOVE, _CUT = 1, 2


class NotOurs(Exception):
    """The box is not what the journal speaks of: another program has rewritten it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of the journal: a piece that moves to an offset, or the order to cut."""

    number: int
    kind: int
    to: int
    length: int
    mark_at: int = 0
    size: int = 0
    mark: bytes = bytes(MARK_BYTES)


class Kept:
    """What the box is to hold from `start` on, as one run of octets made of pieces."""

    def __init__(self, files: BoxFiles, box: int, start: int, pieces: Sequence[Piece]) -> None:
        self._files = files
        self._box = box
        self._start = start
        self._pieces = list(pieces)
        sizes = (len(piece) if isinstance(piece, bytes) else piece[1] for piece in self._pieces)
        self._ends = list(accumulate(sizes, initial=start))[1:]
        self.end = self._ends[-1] if self._ends else start

    def octets(self, to: int, size: int) -> bytes:
        """What is to stand at `to`; at most `size` of it."""
        parts: list[bytes] = []
        index = bisect_right(self._ends, to)
        while size > 0 and index < len(self._pieces):
            piece = self._pieces[index]
            length = len(piece) if isinstance(piece, bytes) else piece[1]
            skip = to - (self._ends[index] - length)
            take = min(size, length - skip)
            if isinstance(piece, bytes):
                parts.append(piece[skip : skip + take])
            else:
                parts.append(read_all_at(self._files, self._box, piece[0] + skip, take))
            to, size, index = to + take, size - take, index + 1
        return b"".join(parts)


def shift(
    files: BoxFiles,
    box: int,
    places: tuple[Place, ...],
    facts: BoxFacts,
    start: int,
    pieces: Sequence[Piece],
    alive: Callable[[], None],
) -> None:
    """Have the box hold `pieces` from `start` on, and nothing behind them; `alive` is called now and then.

    No piece may move towards the end, and the box must shrink by `LEAST_SHRINK` at least. On an `OSError` nothing has
    changed, or whoever opens the box next finishes the change.
    """
    kept = Kept(files, box, start, pieces)
    assert facts.size - kept.end >= LEAST_SHRINK
    listed = json.dumps([piece.decode("latin_1") if isinstance(piece, bytes) else piece for piece in pieces]).encode()
    fixed = HEAD_BYTES + _round_up(len(listed)) + 2 * _TURN_BYTES
    largest = _round_up(min(LARGEST_PIECE, max(kept.end - start, 1)))
    sizes = [fixed + 2 * piece for piece in (largest, 1024 * 1024, 65536, SMALLEST_PIECE) if piece <= largest]
    with created(files, places, facts, *sizes) as journal:
        write_all_at(files, journal.file, listed, HEAD_BYTES)
        about = {"kind": "shift", "inode": facts.inode, "size": facts.size, "start": start}
        about |= {
            "size_of_rest": len(listed),
            "piece": (journal.size - fixed) // 2,
            "before": _proof(files, box, start).hex(),
        }
        journal.finish_head({**about, "end": _proof(files, box, facts.size).hex()}, sha256(listed).digest())
        _Shift(files, box, journal, kept, facts.size, alive).go_on(start, 0)


def replay_shift(files: BoxFiles, box: int, journal: Journal, facts: BoxFacts, alive: Callable[[], None]) -> None:
    """Finish, under all locks, what a crash has interrupted. Raises `NotOurs`."""
    about = journal.facts
    size, start = int(about["size"]), int(about["start"])
    listed = json.loads(read_all_at(files, journal.file, HEAD_BYTES, int(about["size_of_rest"])))
    pieces: list[Piece] = [each.encode("latin_1") if isinstance(each, str) else (each[0], each[1]) for each in listed]
    _check(about, pieces)
    work = _Shift(files, box, journal, Kept(files, box, start, pieces), size, alive)
    last = work.last_turn()
    if last is None:  # not one piece was moved
        journal.remove()
        return
    if last.kind == _CUT:
        if last.size < max(size, last.to):
            raise NotOurs
        if facts.size < last.size or work.octets_at(last.mark_at, MARK_BYTES) != last.mark:
            journal.remove()
            return
        done = last.to
    else:
        done = last.to + last.length
        if facts.size < max(size, done) or not _is_known(files, box, about, done):
            raise NotOurs
        work.move_again(last)
    if facts.size > size:  # put in by others since the crash
        pieces.append((size, facts.size - size))
    work.kept, work.size = Kept(files, box, start, pieces), facts.size
    work.go_on(done, last.number)


def _check(about: Mapping[str, Any], pieces: Sequence[Piece]) -> None:
    """Raise `ValueError` for a list that is none of ours: to do what it says would end nowhere, or never."""
    size, at = int(about["size"]), int(about["start"])
    sound = 0 <= at <= size and SMALLEST_PIECE <= int(about["piece"]) <= LARGEST_PIECE
    for piece in pieces:
        offset, length = (at, len(piece)) if isinstance(piece, bytes) else piece
        sound = sound and at <= offset and 0 < length <= size - offset
        at += length
    if not sound or at + LEAST_SHRINK > size:
        raise ValueError("it says what cannot be")


def _is_known(files: BoxFiles, box: int, about: Mapping[str, Any], done: int) -> bool:
    """Whether the box is the one left in the middle: by its old end while that is there, else by what lies before."""
    start, size = int(about["start"]), int(about["size"])
    if done + LEAST_SHRINK <= size - _PROOF:
        return _proof(files, box, size).hex() == str(about["end"])
    return _proof(files, box, start).hex() == str(about["before"])


class _Shift:
    """The steps from the first piece to the removal of the journal."""

    def __init__(
        self, files: BoxFiles, box: int, journal: Journal, kept: Kept, size: int, alive: Callable[[], None]
    ) -> None:
        self._files = files
        self._box = box
        self._journal = journal
        self.kept = kept
        self.size = size
        self._alive = alive
        self._piece = int(journal.facts["piece"])
        self._turns = HEAD_BYTES + _round_up(int(journal.facts["size_of_rest"]))

    def octets_at(self, offset: int, size: int) -> bytes:
        """Octets of the box."""
        return read_all_at(self._files, self._box, offset, size)

    def go_on(self, done: int, number: int) -> None:
        """Move what is behind `done`, then cut; `number` is that of the last turn taken."""
        while done < self.kept.end:
            octets = self.kept.octets(done, min(self._piece, self.kept.end - done))
            if not octets:
                raise NotOurs
            number += 1
            self._take_turn(Turn(number, _MOVE, done, len(octets)), octets)
            write_all_at(self._files, self._box, octets, done)
            self._files.sync(self._box)
            done += len(octets)
            self._alive()
        room = _SECTOR - done % _SECTOR
        mark_at = done if room >= MARK_BYTES else done + room
        mark = os.urandom(MARK_BYTES)
        write_all_at(self._files, self._box, mark, mark_at)
        self._files.sync(self._box)
        self._take_turn(Turn(number + 1, _CUT, done, 0, mark_at, self.size, mark), b"")
        self._files.cut(self._box, done)
        self._files.sync(self._box)
        self._journal.remove()

    def move_again(self, turn: Turn) -> None:
        """Write the last whole piece of the journal into the box once more."""
        octets = read_all_at(self._files, self._journal.file, self._offset(turn.number) + _TURN_BYTES, turn.length)
        write_all_at(self._files, self._box, octets, turn.to)
        self._files.sync(self._box)

    def _offset(self, number: int) -> int:
        return self._turns + number % 2 * (_TURN_BYTES + self._piece)

    def _take_turn(self, turn: Turn, octets: bytes) -> None:
        packed = _TURN.pack(turn.number, turn.kind, turn.to, turn.length, turn.mark_at, turn.size, turn.mark)
        digest = sha256(packed + octets).digest()
        entry = (packed + digest).ljust(_TURN_BYTES, b"\0") + octets
        write_all_at(self._files, self._journal.file, entry, self._offset(turn.number))
        self._files.sync(self._journal.file)

    def last_turn(self) -> Turn | None:
        """The last turn that is whole in the journal."""
        turns = [turn for number in (0, 1) if (turn := self._turn_at(self._offset(number))) is not None]
        return max(turns, key=lambda turn: turn.number, default=None)

    def _turn_at(self, offset: int) -> Turn | None:
        head = read_all_at(self._files, self._journal.file, offset, _TURN_BYTES)
        if len(head) < _TURN_BYTES:
            return None
        packed, digest = head[: _TURN.size], head[_TURN.size : _TURN.size + 32]
        turn = Turn(*_TURN.unpack(packed))
        if turn.kind not in (_MOVE, _CUT) or turn.length > self._piece:
            return None
        octets = read_all_at(self._files, self._journal.file, offset + _TURN_BYTES, turn.length)
        return turn if sha256(packed + octets).digest() == digest else None


def _proof(files: BoxFiles, box: int, end: int) -> bytes:
    """A digest of the last octets before `end`: by it the box is known again."""
    size = min(_PROOF, end)
    return sha256(read_all_at(files, box, end - size, size)).digest()[:16]


def _round_up(size: int) -> int:
    return -(-size // 4096) * 4096
