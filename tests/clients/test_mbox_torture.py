"""An mbox under fire: deliveries by other programs while ours expunge, flag and append, and kill -9 at any moment.

OFFHOOK_TORTURE multiplies the counts (docs/mailboxes.md).
"""

import asyncio
import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from offhook.mailbox.letters import Flag
from offhook.mailbox.mbox import Mbox
from tests.support.dovecot import dovecot
from tests.support.marked_letters import in_mbox, letter, name_of
from tests.support.mbox_programs import Programs
from tests.support.torture import SCALE

DELIVERIES = 60 * SCALE
KILLS = 15 * SCALE
PATIENCE = 100.0
"""Seconds a delivery or a change may take at most, with everything else at work beside it."""
BESIDE_OTHERS = "mbox_write_locks = dotlock fcntl\nmbox_dirty_syncs = no\n"
"""Dovecot's settings without which it and procmail wait for each other, each holding the lock that the other wants, and
it puts off letters while it looks for the last one that it knows in a place where that no longer is.
"""
PAUSE = 0.3
"""Seconds between two changes of ours: the others wait for a whole second, or ten, when they find a lock."""

pytestmark = [pytest.mark.torture, pytest.mark.timeout(300 + 60 * SCALE)]


@pytest.fixture
def programs(home: Path) -> Iterator[Programs]:
    with dovecot("alice", location="mbox:{folder}/home/%u/mail:INBOX={folder}/mail/%u", more=BESIDE_OTHERS) as server:
        ready = Programs(server, home)
        ready.put_there()
        yield ready


async def put(maildrop: Mbox, name: str) -> None:
    append = await maildrop.begin()
    await append.write(letter(name))
    await append.commit()


@pytest.mark.needs("dovecot", "dovecot-lda", "procmail", "maildrop")
async def test_nothing_is_lost_torn_or_doubled_while_everyone_writes_at_once(programs: Programs):
    loop = asyncio.get_running_loop()
    expunged: list[str] = []
    done = asyncio.Event()

    async def deliver(pool: ThreadPoolExecutor) -> None:
        calls = [
            loop.run_in_executor(pool, programs.deliveries[number % 3], letter(f"other-{number}"))
            for number in range(DELIVERIES)
        ]
        await asyncio.gather(*calls)

    async def append() -> None:
        maildrop = Mbox(programs.box, patience=PATIENCE)
        for number in range(DELIVERIES // 4):
            await put(maildrop, f"ours-{number}")
            await asyncio.sleep(PAUSE)

    async def change() -> None:
        maildrop = Mbox(programs.box, patience=PATIENCE)
        chance = random.Random(1)
        while not done.is_set():
            entries = [entry for entry in await maildrop.scan() if Flag.TRASHED not in entry.flags]
            for entry in chance.sample(entries, min(3, len(entries))):
                await maildrop.mark(entry.key, add={Flag.SEEN, Flag.FLAGGED}, add_keywords=["seen-by-us"])
            going = chance.sample(entries, len(entries) // 4)
            expunged.extend([name_of(await maildrop.fetch(entry.key)) for entry in going])
            await maildrop.expunge([entry.key for entry in going])
            await asyncio.sleep(PAUSE)

    changing = asyncio.ensure_future(change())
    with ThreadPoolExecutor(1) as pool:
        await asyncio.gather(deliver(pool), append())
    done.set()
    await changing
    maildrop = Mbox(programs.box)
    left = [name_of(await maildrop.fetch(entry.key)) for entry in await maildrop.scan()]
    wanted = {f"other-{number}" for number in range(DELIVERIES)} | {f"ours-{n}" for n in range(DELIVERIES // 4)}
    assert Counter(left + expunged) == Counter(wanted)
    assert len(programs.texts()) == len(left)
    assert programs.server.complaints() == []
    assert sorted(os.listdir(programs.box.parent)) == ["alice"]


WORK = """
import asyncio, random, sys
from offhook.mailbox.letters import Flag
from offhook.mailbox.mbox import Mbox
from tests.support.marked_letters import letter, name_of

async def work(box, turn):
    maildrop = Mbox(box)
    chance = random.Random(turn)
    number = 0
    while True:
        entries = list(await maildrop.scan())
        going = chance.sample(entries, min(len(entries) // 3, 4))
        for entry in going:
            print("going", name_of(await maildrop.fetch(entry.key)), flush=True)
        await maildrop.expunge([entry.key for entry in going])
        for entry in chance.sample(entries, min(len(entries), 3)):
            if entry not in going:
                await maildrop.mark(entry.key, add={Flag.SEEN}, add_keywords=[f"word{chance.randrange(40)}"])
        for _ in range(3):
            name = f"ours-{turn}-{number}"
            number += 1
            append = await maildrop.begin()
            await append.write(letter(name))
            print("begun", name, flush=True)
            await append.commit()
            print("put", name, flush=True)

asyncio.run(work(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.needs("procmail")
async def test_kill_9_at_any_moment_loses_tears_and_doubles_nothing_though_others_deliver_after_each(
    programs: Programs, tmp_path: Path
):
    box = programs.box
    must, may, gone = set[str](), set[str](), set[str]()
    chance = random.Random(SCALE)
    slowest = 0.0
    for turn in range(KILLS):
        for line in await asyncio.to_thread(killed, [sys.executable, "-c", WORK, str(box), str(turn)], chance):
            match line.split():
                case ["put", name]:
                    must.add(name)
                case ["begun", name]:
                    may.add(name)
                case ["going", name]:
                    gone.add(name)
        if turn % 2:
            with box.open(
                "ab"
            ) as file:  # a program that takes the kernel's lock alone, as the guard does to mend the box
                fcntl.lockf(file, fcntl.LOCK_EX)
                file.write(in_mbox(f"other-{turn}"))
                file.flush()
            must.add(f"other-{turn}")
        before = time.monotonic()
        maildrop = Mbox(box)
        left = [name_of(await maildrop.fetch(entry.key)) for entry in await maildrop.scan()]
        slowest = max(slowest, time.monotonic() - before)
        assert len(left) == len(set(left)), f"doubled at turn {turn}"
        assert must - gone <= set(left), f"lost at turn {turn}"
        assert set(left) <= must | may, f"strange at turn {turn}"
        assert not [name for name in os.listdir(box.parent) if "journal" in name or name.endswith(".lock")]
        must, may, gone = set(left), set(), set()
    programs.by_procmail(letter("last"))
    assert name_of(await maildrop.fetch((await maildrop.scan())[-1].key)) == "last"
    assert slowest < PATIENCE


def killed(command: list[str], chance: random.Random, seconds: float = 0.0) -> list[str]:
    """What a program said that was killed soon after its first line, or so many seconds later."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(seconds + chance.random() * 0.3)
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().split("\n")[:-1]  # the last line may be cut short
        assert process.wait() == -signal.SIGKILL, lines
        return lines
