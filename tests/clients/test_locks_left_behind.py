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
from tests.support.mbox_programs import Programs
from tests.support.torture import SCALE, report, scaled

KILLS = scaled(8, 15)
MOST_SECONDS = 30.0
"""On a machine that is busy with other things; procmail by itself would wait for 1024, Postfix for 500."""

pytestmark = [
    pytest.mark.torture,
    pytest.mark.timeout(120 + 60 * SCALE),
    pytest.mark.needs("dovecot", "dovecot-lda", "procmail", "maildrop"),
]


@pytest.fixture
def programs(home: Path) -> Iterator[Programs]:
    with dovecot("alice", location="mbox:{folder}/home/%u/mail:INBOX={folder}/mail/%u", more=BESIDE_OTHERS) as server:
        ready = Programs(server, home)
        ready.put_there()
        yield ready


async def seconds_until_free(lock: Path) -> float:
    begun = time.monotonic()
    while lock.exists():  # noqa: ASYNC110 - it is a file
        await asyncio.sleep(0.002)
    return time.monotonic() - begun


async def test_the_next_program_after_a_kill_waits_for_no_lock_and_finds_every_letter(programs: Programs):
    box, lock = programs.box, programs.box.with_name("alice.lock")
    chance = random.Random(SCALE)
    must = set[str]()
    free, took = list[float](), dict[str, float]()
    ways = {"dovecot-lda": programs.by_dovecot_lda, "procmail": programs.by_procmail, "maildrop": programs.by_maildrop}
    locked = 0
    for turn in range(KILLS):
        said = [
            each.split()
            for each in await asyncio.to_thread(killed, [sys.executable, "-c", WORK, str(box), str(turn)], chance)
        ]
        put, begun, going = ({line[1] for line in said if line[:1] == [word]} for word in ("put", "begun", "going"))
        locked += lock.exists()
        program = list(ways)[turn % len(ways)]
        start = time.monotonic()
        waiting = asyncio.create_task(seconds_until_free(lock))
        await asyncio.to_thread(ways[program], letter(f"next-{turn}"))
        took[program] = max(took.get(program, 0.0), time.monotonic() - start)
        free.append(await waiting)
        start = time.monotonic()
        maildrop = Mbox(box)
        left = [name_of(await maildrop.fetch(entry.key)) for entry in await maildrop.scan()]
        took["ours"] = max(took.get("ours", 0.0), time.monotonic() - start)
        assert len(left) == len(set(left)), f"doubled at turn {turn}"
        assert (must | put | {f"next-{turn}"}) - going <= set(left), f"lost at turn {turn}"
        assert set(left) <= must | put | begun | {f"next-{turn}"}, f"strange at turn {turn}"
        must = set(left)
    assert max(took.values()) < MOST_SECONDS, took
    assert [name for name in os.listdir(box.parent) if name != "alice"] == []
    waits = sorted(free)
    report(
        "kill -9 of a session at an mbox, then another program",
        kills=KILLS,
        lost=0,
        torn=0,
        doubled=0,
        locks_left=locked,
        lock_was_there_for_seconds={"half": round(waits[KILLS // 2], 3), "longest": round(waits[-1], 3)},
        longest_seconds_of_the_next={name: round(seconds, 2) for name, seconds in took.items()},
    )
