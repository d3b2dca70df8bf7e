"""Deliveries on the mail server while we change the same box over NFS, and kill -9 of us: nothing is lost or torn."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from offhook.mailbox.letters import Flag, Maildrop
from offhook.mailbox.maildir import Maildir
from offhook.mailbox.mbox import Mbox
from tests.support.mail_server import MailServer
from tests.support.marked_letters import letter, name_of
from tests.support.torture import SCALE
from tests.vm.over_nfs.conftest import Sides

DELIVERIES = 100 * SCALE
FIRST = 60
"""Letters in the box before the first kill."""
KILLS = 20 * SCALE
PATIENCE = 120.0
"""Seconds a lock is tried for, on a slow machine."""
PAUSE = 0.3
"""Seconds between two changes of ours: the others wait for a whole second when they find a lock."""

pytestmark = [pytest.mark.parametrize("form", ["maildir", "mbox"]), pytest.mark.timeout(600 + 600 * SCALE)]


def store(path: Path, form: str) -> Maildrop:
    return Maildir(path) if form == "maildir" else Mbox(path, patience=PATIENCE)


async def put(maildrop: Maildrop, name: str) -> None:
    append = await maildrop.begin()
    await append.write(letter(name))
    await append.commit()


async def names(maildrop: Maildrop) -> list[str]:
    return [name_of(await maildrop.fetch(entry.key)) for entry in await maildrop.scan()]


async def test_nothing_is_lost_torn_or_doubled_while_the_server_delivers(sides: Sides, form: str) -> None:
    server = MailServer(sides.there / "box", form)
    if form == "mbox":
        server.make_box()
    expunged: list[str] = []
    done = asyncio.Event()
    changes = 0

    async def deliver() -> None:
        for number in range(DELIVERIES):
            by_lda = form == "mbox" and number % 10 == 0
            call = server.by_dovecot_lda if by_lda else server.deliver
            await asyncio.to_thread(call, f"theirs-{number}")
        done.set()

    async def append() -> None:
        maildrop = store(sides.here / "box", form)
        for number in range(DELIVERIES // 4):
            await put(maildrop, f"ours-{number}")
            await asyncio.sleep(PAUSE)

    async def change() -> None:
        nonlocal changes
        maildrop = store(sides.here / "box", form)
        chance = random.Random(1)
        known: set[str] = set()
        while not done.is_set():
            entries = list(await maildrop.scan())
            assert known <= {entry.key for entry in entries}, "a letter that is there was missing from a listing"
            for entry in chance.sample(entries, min(3, len(entries))):
                await maildrop.mark(entry.key, add={Flag.SEEN, Flag.FLAGGED}, add_keywords=["seen-by-us"])
            going = chance.sample(entries, len(entries) // 4)
            expunged.extend([name_of(await maildrop.fetch(entry.key)) for entry in going])
            await maildrop.expunge([entry.key for entry in going])
            known = {entry.key for entry in entries if entry not in going}
            changes += min(3, len(entries)) + len(going)
            await asyncio.sleep(PAUSE)

    await asyncio.gather(deliver(), append(), change())
    here, there = await names(store(sides.here / "box", form)), await names(store(sides.there / "box", form))
    wanted = {f"theirs-{number}" for number in range(DELIVERIES)} | {f"ours-{n}" for n in range(DELIVERIES // 4)}
    print(f"{form}: {DELIVERIES} deliveries, {DELIVERIES // 4} of ours, {changes} changes, {len(expunged)} expunged")
    assert sorted(here) == sorted(there)
    assert Counter(here + expunged) == Counter(wanted)
    litter = [name for name in os.listdir(sides.there) if name not in ("box", "home")]
    assert not litter, litter


async def work(maildrop: Maildrop, turn: int, say: Callable[[str], object]) -> None:
    """Change a box for ever, and say what is being done."""
    chance = random.Random(turn)
    number = 0
    say("ready")
    while True:
        entries = list(await maildrop.scan())
        going = chance.sample(entries, min(len(entries) // 3, 4))
        for entry in going:
            say(f"going {name_of(await maildrop.fetch(entry.key))}")
        say("expunging")
        await maildrop.expunge([entry.key for entry in going])
        for entry in chance.sample(entries, min(len(entries), 2)):
            if entry not in going:
                await maildrop.mark(entry.key, add={Flag.SEEN}, add_keywords=[f"word{chance.randrange(20)}"])
        for _ in range(3):
            name = f"ours-{turn}-{number}"
            number += 1
            append = await maildrop.begin()
            await append.write(letter(name))
            say(f"begun {name}")
            await append.commit()
            say(f"put {name}")


def killed(
    job: Callable[[Callable[[str], object]], Coroutine[None, None, None]], at: str, after: float
) -> list[list[str]]:
    """What a process said that was killed so many seconds after it had said `at`."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            asyncio.run(job(lambda line: os.write(writer, f"{line}\n".encode())))
        finally:
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader) as said:
        lines = [said.readline()]
        while lines[-1] not in ("", f"{at}\n"):
            lines.append(said.readline())
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
        lines += said.readlines()
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, lines
    return [line.split() for line in lines]


def test_kill_9_of_us_loses_tears_and_doubles_nothing_though_the_server_delivers_after_each(
    sides: Sides, form: str
) -> None:
    server = MailServer(sides.there / "box", form)
    must: set[str] = set()
    chance = random.Random(SCALE)
    journals, slowest = 0, 0.0
    for number in range(FIRST):
        server.deliver_past_dotlocks(f"first-{number}")
        must.add(f"first-{number}")
    for turn in range(KILLS):
        moment = ("ready", 2.0) if turn % 4 == 0 else ("expunging", 0.15)
        lines = killed(
            lambda say, turn=turn: work(store(sides.here / "box", form), turn, say),
            moment[0],
            chance.random() * moment[1],
        )
        put_in = {line[1] for line in lines if line[0] == "put"}
        begun = {line[1] for line in lines if line[0] == "begun"}
        going = {line[1] for line in lines if line[0] == "going"}
        journals += any("journal" in name for name in os.listdir(sides.there))
        begin = time.monotonic()
        server.deliver_past_dotlocks(f"theirs-{turn}")
        slowest = max(slowest, time.monotonic() - begin)
        put_in.add(f"theirs-{turn}")
        left = asyncio.run(names(store(sides.here / "box", form)))
        assert len(left) == len(set(left)), f"doubled at turn {turn}"
        assert (must | put_in) - going <= set(left), f"lost at turn {turn}"
        assert set(left) <= must | put_in | begun, f"strange at turn {turn}"
        litter = [name for name in os.listdir(sides.there) if "journal" in name or name.endswith(".lock")]
        assert not litter, litter
        must = set(left)
    assert Counter(asyncio.run(names(store(sides.there / "box", form)))) == Counter(must)
    print(f"{form}: {KILLS} kills, {journals} with a journal left, a delivery afterwards took {slowest:.2f} s at most")
    assert slowest < 10, "what we had locked stayed locked"
