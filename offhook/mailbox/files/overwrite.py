"""Writes a stretch of an mbox so that it is there as before or as after: appends, and header changes that find no room.

The journal holds the new octets, and of the old ones a digest of each block. `N` is the old size, `M` the new one.

| step | on the disk | after a crash here |
|---|---|---|
| 1 | journal written, synced, its folder synced | box as before: unfinished journal dropped |
| 2 | box made `M` long (zeros) in one step, room reserved | journal forward: the stretch is old, new or zeros |
| 3 | new octets written, box synced | journal forward: writing them again changes nothing |
| 4 | journal removed | box as after |

Whoever opens the box next looks at the stretch block by block. If each is as it was, or zeros beyond `N`, or new, the
crash was in steps 2 to 4, and all of it is written again: what another program has put in meanwhile stands behind `M`,
because the length was changed first. Otherwise the box was never touched (another program has put in letters where our
zeros would be), or someone has changed it after we were done: nothing is written.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import blake2b, sha256

from offhook.mailbox.files import BoxFacts, BoxFiles, read_all_at, write_all_at
from offhook.mailbox.files.journal import CHUNK, HEAD_BYTES, Journal, Place, created

Produce = Callable[[], Iterator[bytes]]
"""Gives the new octets, a MiB or so at a time; called once."""

_SECTOR = 512
_PAGE = 4096
_MANY = 8 * 1024 * 1024
_DIGEST = 8


def overwrite(
    files: BoxFiles, box: int, places: tuple[Place, ...], facts: BoxFacts, start: int, length: int, produce: Produce
) -> None:
    """Write `length` new octets from `start` on; the box grows if they end behind its end.

    On an `OSError` nothing has changed, or whoever opens the box next will finish the change; only what was appended
    is always taken back when that can be done.
    """
    size = facts.size
    block = _SECTOR if length < _MANY else _PAGE
    old = b"".join(_old_digests(files, box, start, size, start + length, block))
    with created(files, places, facts, HEAD_BYTES + len(old) + length) as journal:
        write_all_at(files, journal.file, old, HEAD_BYTES)
        digest, at = sha256(old), HEAD_BYTES + len(old)
        for piece in produce():
            digest.update(piece)
            write_all_at(files, journal.file, piece, at)
            at += len(piece)
        assert at == HEAD_BYTES + len(old) + length
        about = {"kind": "overwrite", "inode": facts.inode, "size": size, "start": start, "length": length}
        about |= {"block": block, "old": len(old), "size_of_rest": len(old) + length}
        journal.finish_head(about, digest.digest())
        written = False
        try:
            _grow(files, box, size, start + length)
            written = True
            _write(files, box, journal)
        except BaseException:  # raised again, with the box as it was where that can be had
            # Nothing of the old octets is gone before `_write`, nor ever when the new ones stand behind them.
            if (not written or start >= size) and _taken_back(files, box, size):
                journal.remove()
            raise
        journal.remove()


def replay_overwrite(files: BoxFiles, box: int, journal: Journal, facts: BoxFacts) -> None:
    """Finish, under all locks, what a crash has interrupted; or find that it never began, or was done."""
    start, length, old = (int(journal.facts[name]) for name in ("start", "length", "old"))
    rest, block = int(journal.facts["size_of_rest"]), int(journal.facts["block"])
    if min(start, length, old) < 0 or length + old != rest or block < _SECTOR:
        raise ValueError("it says what cannot be")
    if facts.size >= start + length and _fits(files, box, journal):
        _write(files, box, journal)
    journal.remove()


def _taken_back(files: BoxFiles, box: int, size: int) -> bool:
    with suppress(OSError):
        files.cut(box, size)
        files.sync(box)
        return True
    return False


def _grow(files: BoxFiles, box: int, size: int, new_size: int) -> None:
    if new_size > size:
        files.cut(box, new_size)
        files.reserve(box, size, new_size - size)


def _write(files: BoxFiles, box: int, journal: Journal) -> None:
    at = int(journal.facts["start"])
    for piece in journal.pieces(HEAD_BYTES + int(journal.facts["old"]), int(journal.facts["length"])):
        write_all_at(files, box, piece, at)
        at += len(piece)
    files.sync(box)


def _blocks(start: int, end: int, block: int) -> Iterator[tuple[int, int]]:
    """Offset and size of each block of a stretch; blocks begin at multiples of their size."""
    while start < end:
        stop = min(end, (start // block + 1) * block)
        yield start, stop - start
        start = stop


def _old_digests(files: BoxFiles, box: int, start: int, size: int, end: int, block: int) -> Iterator[bytes]:
    """A digest of each block that has old octets; those beyond the old size count as zeros."""
    window, held = start, b""
    for at, length in _blocks(start, end, block):
        if at >= size:
            return
        if at + length > window + len(held):
            window, held = at, read_all_at(files, box, at, min(CHUNK, size - at))
        yield _digest_of(held[at - window : at - window + length].ljust(length, b"\0"))


def _digest_of(octets: bytes) -> bytes:
    return blake2b(octets, digest_size=_DIGEST).digest()


def _fits(files: BoxFiles, box: int, journal: Journal) -> bool:
    """Whether each block of the stretch is as it was, or zeros where the box was made longer, or new."""
    start, length, block, old_bytes = (int(journal.facts[name]) for name in ("start", "length", "block", "old"))
    old = read_all_at(files, journal.file, HEAD_BYTES, old_bytes)
    content = HEAD_BYTES + old_bytes
    window, held, wanted = start, b"", b""
    for index, (at, size) in enumerate(_blocks(start, start + length, block)):
        if at + size > window + len(held):
            window = at
            held = read_all_at(files, box, at, min(CHUNK, start + length - at))
            wanted = read_all_at(files, journal.file, content + at - start, len(held))
        found = held[at - window : at - window + size]
        if found == wanted[at - window : at - window + size]:
            continue
        was = old[index * _DIGEST : (index + 1) * _DIGEST]
        if _digest_of(found) != was if was else found.strip(b"\0"):
            return False
    return True
