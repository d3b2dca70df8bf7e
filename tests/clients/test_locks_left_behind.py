"""A session is killed with its locks on an mbox: the next program, whichever it is, gets the box at once, and whole.

OFFHOOK_TORTURE multiplies the kills.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from offhook.mailbox.mbox import Mbox
from tests.clients.test_mbox_torture import BESIDE_OTHERS, WORK, killed
from tests.support.dovecot import dovecot
from tests.support.marked_letters import letter, name_of
from tests.support.mbox_programs import Deliver, Programs
from tests.support.postfix import reachable_folder
from tests.support.torture import SCALE, report, scaled

KILLS = scaled(10, 15)
KILLED_AFTER = {"at once": 0.0, "later": 1.0}
"""Seconds of work before a kill: while the guard is still starting, and when it is ready."""
MOST_SECONDS = 100.0
"""On a machine that is busy with other things; procmail by itself would wait for 1024, Postfix for 500."""

pytestmark = [
    pytest.mark.torture,
    pytest.mark.timeout(300 + 60 * SCALE),
    pytest.mark.needs("dovecot", "dovecot-lda", "postfix", "procmail", "maildrop"),
    pytest.mark.skipif(os.geteuid() != 0, reason="a Postfix of the tests' own has to be started by root"),
]


@pytest.fixture
def programs(home: Path) -> Iterator[Programs]:
    with dovecot("alice", location="mbox:{folder}/home/%u/mail:INBOX={folder}/mail/%u", more=BESIDE_OTHERS) as server:
        ready = Programs(server, home)
        ready.put_there()
        yield ready


@pytest.fixture
def ways(programs: Programs) -> Iterator[dict[str, Deliver]]:
    with reachable_folder() as folder, programs.by_postfix(folder / "pf") as by_postfix:
        yield {
            "dovecot-lda": programs.by_dovecot_lda,
            "procmail": programs.by_procmail,
            "maildrop": programs.by_maildrop,
            **by_postfix,
        }


def said_by(lock: Path) -> bytes:
    """What a lock says; nothing when it is not there."""
    try:
        return lock.read_bytes()
    except FileNotFoundError:
        return b""


async def seconds_until_free(lock: Path, left: bytes) -> float:
    """How long it takes until the lock is not the one that was left there."""
    begun = time.monotonic()
    while left and said_by(lock) == left:  # noqa: ASYNC110 - it is a file
        await asyncio.sleep(0.002)
    return time.monotonic() - begun


def half_and_longest(seconds: list[float]) -> list[float]:
    return [round(sorted(seconds)[len(seconds) // 2], 3), round(max(seconds), 3)]


async def test_the_next_program_after_a_kill_waits_for_no_lock_and_finds_every_letter(
    programs: Programs, ways: dict[str, Deliver]
):
    box, lock = programs.box, programs.box.with_name("alice.lock")
    chance = random.Random(SCALE)
    must = set[str]()
    free: dict[str, list[float]] = {when: [] for when in KILLED_AFTER}
    took: dict[str, dict[str, float]] = {when: {} for when in KILLED_AFTER}
    locked = 0
    for turn in range(KILLS):
        when = list(KILLED_AFTER)[turn % 2]
        work = [sys.executable, "-c", WORK, str(box), str(turn)]
        said = [each.split() for each in await asyncio.to_thread(killed, work, chance, KILLED_AFTER[when])]
        put, begun, going = ({line[1] for line in said if line[:1] == [word]} for word in ("put", "begun", "going"))
        left_there = said_by(lock)
        locked += bool(left_there)
        program = list(ways)[turn % len(ways)]
        start = time.monotonic()
        waiting = asyncio.create_task(seconds_until_free(lock, left_there))
        await asyncio.to_thread(ways[program], letter(f"next-{turn}"))
        took[when][program] = max(took[when].get(program, 0.0), time.monotonic() - start)
        free[when].append(await waiting)
        start = time.monotonic()
        maildrop = Mbox(box)
        left = [name_of(await maildrop.fetch(entry.key)) for entry in await maildrop.scan()]
        took[when]["ours"] = max(took[when].get("ours", 0.0), time.monotonic() - start)
        assert len(left) == len(set(left)), f"doubled at turn {turn}"
        assert (must | put | {f"next-{turn}"}) - going <= set(left), f"lost at turn {turn}"
        assert set(left) <= must | put | begun | {f"next-{turn}"}, f"strange at turn {turn}"
        must = set(left)
    assert max(max(each.values()) for each in took.values()) < MOST_SECONDS, took
    assert [name for name in os.listdir(box.parent) if name != "alice"] == []
    report(
        "kill -9 of a session at an mbox, then another program",
        kills=KILLS,
        lost=0,
        torn=0,
        doubled=0,
        lock_was_still_there=locked,
        lock_was_there_for_seconds={when: half_and_longest(seconds) for when, seconds in free.items()},
        longest_seconds_of_the_next={
            when: {name: round(seconds, 2) for name, seconds in each.items()} for when, each in took.items()
        },
        load=round(os.getloadavg()[0]),
    )
