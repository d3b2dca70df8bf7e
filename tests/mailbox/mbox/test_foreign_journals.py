"""A journal that nobody here has written, whatever it says, harms no box, ends, and raises nothing."""

import errno
import json
import os
import struct
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.files import DiskBoxFiles
from offhook.mailbox.letters import MaildropFailure
from offhook.mailbox.mbox import Mbox
from offhook.mailbox.mbox.box import MboxBox

BOX = b"".join(
    b"From a@example.org Sat Nov 28 12:00:00 2026\nSubject: %d\n\n%s\n\n" % (number, b"body " * 300)
    for number in range(4)
)
HUGE = 2**62


def journal(about: Any, rest: bytes = b"", turn: bytes = b"") -> bytes:
    """A whole journal: its head with the right digests, its rest, and what is behind."""
    if isinstance(about, dict):
        about = {"size_of_rest": len(rest), **about, "rest": sha256(rest).hexdigest()}
    text = json.dumps(about).encode()
    head = b"offhook mbox journal 1\n" + struct.pack(">I", len(text)) + text + sha256(text).digest()
    return head.ljust(4096, b"\0") + rest + turn


def shift(inode: int, pieces: Any, **more: Any) -> bytes:
    """A journal that says how a box is moved up, with one turn taken."""
    size, start = len(BOX), BOX.index(b"From a", 1)
    about = {"kind": "shift", "inode": inode, "size": size, "start": start, "piece": 4096, "before": "", "end": ""}
    move = {"to": start, "length": 10, **{name: more.pop(name) for name in ("to", "length", "turn") if name in more}}
    octets = b"x" * min(int(move["length"]), 4096)
    about |= more
    for name, end in (("before", about["start"]), ("end", about["size"])):
        about[name] = sha256(BOX[max(0, end - 4096) : end]).digest()[:16].hex() if isinstance(end, int) else ""
    packed = struct.pack(">QBQQQQ16s", 1, move.get("turn", 1), move["to"], move["length"], 0, size, bytes(16))
    rest = json.dumps(pieces).encode()
    entry = (packed + sha256(packed + octets).digest()).ljust(512, b"\0") + octets
    listed = -(-len(rest) // 4096) * 4096
    place = 512 + int(about["piece"]) if isinstance(about["piece"], int) and about["piece"] < 10**6 else 0
    return journal(about, rest, bytes(listed - len(rest) + place) + entry)


def foreign(inode: int) -> dict[str, bytes]:
    size = len(BOX)
    over = {"kind": "overwrite", "inode": inode, "size": size, "start": 0, "length": 4, "block": 512, "old": 8}
    return {
        "a list for a head": journal([1, 2]),
        "a number for a head": journal(7),
        "nothing in the head": journal({}),
        "no kind": journal({"inode": inode}),
        "words for numbers": journal({**over, "start": "x"}, b"12345678abcd"),
        "a rest without end": journal({**over, "size_of_rest": HUGE}),
        "less than nothing": journal({**over, "start": -5}, b"12345678abcd"),
        "a length that is not there": journal({**over, "length": HUGE}, b"12345678abcd"),
        "digests that are not there": journal({**over, "old": HUGE}, b"12345678abcd"),
        "a block of nothing": journal({**over, "block": 0}, b"12345678abcd"),
        "digests of something else": journal(over, b"12345678abcd"),
        "pieces behind the end": shift(inode, [[size, HUGE]]),
        "pieces before the start": shift(inode, [[-4, 100]]),
        "pieces of nothing": shift(inode, [[size - 1, 0]] * 3),
        "pieces that are none": shift(inode, [None, {"a": 1}, 3.5]),
        "pieces that are larger than the box": shift(inode, [[2000, 10**15]]),
        "octets that make the box longer": shift(inode, ["x" * 100_000]),
        "a piece without end": shift(inode, [[3100, 1000]], piece=HUGE),
        "pieces of no length": shift(inode, [[3100, 1000]], piece=0),
        "a start behind the end": shift(inode, [[3100, 1000]], start=HUGE),
        "a turn that leads far away": shift(inode, [[3100, 1000]], to=HUGE),
        "a cut far away": shift(inode, [[3100, 1000]], to=HUGE, turn=2),
        "a cut in the middle": shift(inode, [[3100, 1000]], to=100, turn=2),
        "an unknown turn": shift(inode, [[3100, 1000]], turn=9),
        "a deep head": b"offhook mbox journal 1\n" + struct.pack(">I", 4000) + b"[" * 4000,
    }


@pytest.mark.parametrize("name", sorted(foreign(0)))
async def test_a_foreign_journal_is_set_aside_or_dropped_and_the_box_is_as_it_was(tmp_path: Path, name: str):
    box = tmp_path / "box"
    box.write_bytes(BOX)
    (tmp_path / ".box.offhook-journal").write_bytes(foreign(box.stat().st_ino)[name])
    entries = await Mbox(box).scan()
    assert len(entries) in (1, 2, 3, 4)
    assert not (tmp_path / ".box.offhook-journal").exists()
    if name != "a cut in the middle":  # of which each octet is as we would have written it
        assert box.read_bytes() == BOX
    append = await Mbox(box).begin()
    await append.write(b"Subject: x\n\nbody\n")
    await append.commit()


numbers = st.sampled_from([0, 1, -1, 4096, len(BOX), len(BOX) - 40, HUGE, 2**70, 1.5, None, "x", [], True])


@given(
    pieces=st.lists(st.one_of(st.lists(numbers, max_size=3), numbers, st.text(max_size=5)), max_size=3),
    about=st.dictionaries(st.sampled_from(["start", "size", "piece", "block", "kind"]), numbers, max_size=3),
    to=st.sampled_from([0, 1, 1550, len(BOX), HUGE]),
    turn=st.sampled_from([1, 2]),
)
def test_no_journal_raises_or_goes_on_for_ever(tmp_path_factory, pieces, about, to, turn):  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("box")
    box = folder / "box"
    box.write_bytes(BOX)
    (folder / ".box.offhook-journal").write_bytes(shift(box.stat().st_ino, pieces, to=to, turn=turn, **about))
    with suppress(MaildropFailure):  # it may say what is no box any more: whose box it is, may write it
        MboxBox(str(box), DiskBoxFiles(), lambda: 1.8e9).scan()
    assert box.stat().st_size <= 2 * len(BOX)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of others")
async def test_a_file_of_somebody_else_in_the_place_of_a_journal_makes_nobody_wait_for_locks(tmp_path: Path):
    box = tmp_path / "box"
    box.write_bytes(BOX)
    os.chown(box, 20101, 20101)
    (tmp_path / ".box.offhook-journal").write_bytes(b"")
    os.chown(tmp_path / ".box.offhook-journal", 20102, 20102)
    taken: list[str] = []

    class Watched(DiskBoxFiles):
        def lock_range(self, file: int, *, write: bool) -> None:
            taken.append("write" if write else "read")
            if write:
                raise OSError(errno.EAGAIN, "held")

    assert len(MboxBox(str(box), Watched(), lambda: 1.8e9).scan()) == 4
    assert taken == ["read"]
