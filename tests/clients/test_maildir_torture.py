"""A Maildir under fire: deliveries by other programs while ours expunge, flag, copy and append, and kill -9 anywhere.

OFFHOOK_TORTURE multiplies the counts.
"""

import asyncio
import imaplib
import os
import random
import signal
import smtplib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from offhook.mailbox.files import DiskFiles
from offhook.mailbox.letters import Flag, Maildrop
from offhook.mailbox.maildir import Maildir, MaildirFolders
from tests.support.at_home import run_at_home
from tests.support.dovecot import PASSWORD, Dovecot, dovecot
from tests.support.marked_letters import letter, name_of
from tests.support.torture import SCALE

DELIVERIES = 200 * SCALE
KILLS = 12 * SCALE

pytestmark = [pytest.mark.torture, pytest.mark.timeout(300 + 60 * SCALE)]


async def put(maildrop: Maildrop, name: str) -> None:
    append = await maildrop.begin(keywords=("ours",))
    await append.write(letter(name))
    await append.commit()


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot("alice") as running:
        running.maildir("alice").mkdir(mode=0o700)
        running.give(running.maildir("alice"))
        yield running


class Deliveries:
    """The programs that deliver to alice's Maildir."""

    def __init__(self, server: Dovecot, home: Path) -> None:
        self.server = server
        self.home = home
        box = server.maildir("alice")
        (home / "procmailrc").write_text(f"SHELL=/bin/sh\nDEFAULT={box}/\n")
        (home / "filter").write_text(f'to "{box}"\n')
        (home / "filter").chmod(0o600)
        self.ways = (self.by_lmtp, self.by_dovecot_lda, self.by_procmail, self.by_maildrop)

    def by_lmtp(self, text: bytes) -> None:
        with smtplib.LMTP(str(self.server.lmtp)) as lmtp:
            lmtp.sendmail("x@example.org", ["alice"], text.replace(b"\n", b"\r\n"))

    def by_dovecot_lda(self, text: bytes) -> None:
        done = self.server.run("dovecot-lda", "-d", "alice", data=text)
        assert done.returncode == 0, done.stderr

    def by_procmail(self, text: bytes) -> None:
        self._run("procmail", "-f", "x@example.org", "-m", str(self.home / "procmailrc"), data=text)

    def by_maildrop(self, text: bytes) -> None:
        self._run("maildrop", "-f", "x@example.org", str(self.home / "filter"), data=text)

    def _run(self, program: str, *arguments: str, data: bytes) -> None:
        user, group = self.server.owner or (None, None)
        done = run_at_home(self.home, program, *arguments, data=data, name="alice", user=user, group=group)
        assert done.returncode == 0, (program, done.stderr)


@pytest.mark.needs("dovecot", "doveadm", "dovecot-lda", "lmtp", "procmail", "maildrop")
async def test_nothing_is_lost_torn_or_doubled_while_everyone_writes_at_once(server: Dovecot, home: Path):
    server.give(home)
    box = server.maildir("alice")
    deliveries = Deliveries(server, home)
    server.give(home)
    files = DiskFiles(str(box), server.owner)
    folders = MaildirFolders(box, files=files)
    await folders.create("kept")
    loop = asyncio.get_running_loop()
    gone: list[str] = []
    done = asyncio.Event()

    async def deliver(pool: ThreadPoolExecutor) -> None:
        ways = deliveries.ways
        calls = [
            loop.run_in_executor(pool, ways[number % len(ways)], letter(f"other-{number}"))
            for number in range(DELIVERIES)
        ]
        await asyncio.gather(*calls)

    async def append() -> None:
        maildrop = Maildir(box, files=files)
        for number in range(DELIVERIES // 2):
            await put(maildrop, f"ours-{number}")

    async def change() -> None:
        maildrop, kept = Maildir(box, files=files), await folders.open("kept")
        chance = random.Random(1)
        known: set[str] = set()
        while not done.is_set():
            entries = list(await maildrop.scan())
            assert known <= {entry.key for entry in entries}, "a letter that is there was missing from a listing"
            for entry in chance.sample(entries, min(5, len(entries))):
                await maildrop.mark(entry.key, add={Flag.SEEN, Flag.FLAGGED}, add_keywords=["seen-by-us"])
            going = chance.sample(entries, len(entries) // 5)
            removed, moved = going[: len(going) // 2], going[len(going) // 2 :]
            gone.extend([name_of(await maildrop.fetch(entry.key)) for entry in removed])
            await maildrop.expunge([entry.key for entry in removed])
            await maildrop.move([entry.key for entry in moved], kept)
            known = {entry.key for entry in entries if entry not in going}

    def read_by_imap() -> None:
        with imaplib.IMAP4("127.0.0.1", server.imap, timeout=60) as client:
            client.login("alice", PASSWORD)
            client.select()
            while not done.is_set():
                there = client.search(None, "ALL")[1][0].split()
                if there:
                    client.store(random.choice(there).decode(), "+FLAGS", r"(\Answered theirs)")
                    client.fetch(random.choice(there).decode(), "(FLAGS RFC822.SIZE BODY.PEEK[])")

    with ThreadPoolExecutor(4) as pool:
        reading = loop.run_in_executor(None, read_by_imap)
        changing = asyncio.ensure_future(change())
        try:
            await asyncio.gather(deliver(pool), append())
        finally:
            done.set()
        await changing
        await reading
    left = []
    for name in ("INBOX", "kept"):
        maildrop = await folders.open(name)
        left += [name_of(await maildrop.fetch(entry.key)) for entry in await maildrop.scan()]
    wanted = {f"other-{number}" for number in range(DELIVERIES)} | {f"ours-{n}" for n in range(DELIVERIES // 2)}
    assert Counter(left + gone) == Counter(wanted)
    assert int(server.doveadm("search", "-u", "alice", "ALL").count("\n")) == len(left)
    assert not list(box.glob("tmp/*"))
    assert not list(box.glob("*.lock"))
    # Dovecot says so of each letter that goes while it reads it; nothing else is amiss.
    assert not [line for line in server.complaints() if "was expunged" not in line and "disappeared" not in line]


WORK = """
import asyncio, random, sys
from offhook.mailbox.letters import Flag
from offhook.mailbox.maildir import Maildir, MaildirFolders
from tests.support.marked_letters import letter, name_of

async def work(box, turn):
    maildrop, folders = Maildir(box), MaildirFolders(box)
    await folders.create("kept")
    kept = await folders.open("kept")
    chance = random.Random(turn)
    number = 0
    print("ready", flush=True)
    while True:
        entries = list(await maildrop.scan())
        chance.shuffle(entries)
        going, moving, marked = entries[:2], entries[2:4], entries[4:7]
        for entry in going:
            print("going", name_of(await maildrop.fetch(entry.key)), flush=True)
        await maildrop.expunge([entry.key for entry in going])
        for entry in moving:
            print("moving", name_of(await maildrop.fetch(entry.key)), flush=True)
        await maildrop.move([entry.key for entry in moving], kept)
        print("moved", flush=True)
        for entry in marked:
            await maildrop.mark(entry.key, add={Flag.SEEN}, add_keywords=[f"word{chance.randrange(25)}"])
        for _ in range(3):
            name = f"ours-{turn}-{number}"
            number += 1
            append = await maildrop.begin(keywords=[f"word{chance.randrange(25)}"])
            await append.write(letter(name))
            print("begun", name, flush=True)
            await append.commit()
            print("put", name, flush=True)

asyncio.run(work(sys.argv[1], int(sys.argv[2])))
"""


async def found(box: Path) -> list[str]:
    names = []
    folders = MaildirFolders(box)
    for name in await folders.names():
        maildrop = await folders.open(name)
        names += [name_of(await maildrop.fetch(entry.key)) for entry in await maildrop.scan()]
    return names


def killed(box: Path, turn: int, after: float) -> list[list[str]]:
    """What a session said that was killed so many seconds after it was ready."""
    process = subprocess.Popen([sys.executable, "-c", WORK, str(box), str(turn)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    said = process.stdout.read()
    lines = [line.split() for line in said[: said.rfind("\n") + 1].splitlines()]  # the last may be cut short
    assert process.wait() == -signal.SIGKILL, lines
    process.stdout.close()
    return lines


async def test_kill_9_at_any_moment_loses_and_tears_nothing_and_keeps_nobody_waiting(tmp_path: Path):
    box = tmp_path / "box"
    (box / "cur").mkdir(parents=True)
    (box / "dovecot-uidlist").touch()
    must: set[str] = set()
    chance = random.Random(SCALE)
    slowest = 0.0
    for turn in range(KILLS):
        lines = killed(box, turn, chance.random() * 0.2)
        put_in = {line[1] for line in lines if line[0] == "put"}
        begun = {line[1] for line in lines if line[0] == "begun"}
        going = {line[1] for line in lines if line[0] == "going"}
        ends = [at for at, line in enumerate(lines) if line[0] == "moved"]
        moving = {line[1] for line in lines[ends[-1] if ends else 0 :] if line[0] == "moving"}
        before = time.monotonic()
        maildrop = Maildir(box)
        entries = await maildrop.scan()
        if entries:
            await maildrop.mark(entries[0].key, add_keywords=[f"word{turn % 25}"])
        slowest = max(slowest, time.monotonic() - before)
        left = await found(box)
        assert (must | put_in) - going <= set(left), f"lost at turn {turn}"
        assert set(left) <= must | put_in | begun, f"strange at turn {turn}"
        doubled = {name for name, count in Counter(left).items() if count > 1}
        assert doubled <= moving, f"doubled at turn {turn}"
        for name in doubled:  # a move that was cut short leaves two, never none; the caller moves again
            twice = [each for each in await maildrop.scan() if name_of(await maildrop.fetch(each.key)) == name]
            await maildrop.expunge([each.key for each in twice])
        must = set(await found(box))
    before = time.monotonic()
    await put(Maildir(box), "last")  # with a keyword that is new, and so under the locks, which the last may have left
    slowest = max(slowest, time.monotonic() - before)
    assert slowest < 60, "a lock that was left kept the next program waiting"
    assert not [name for name in os.listdir(box) if name.endswith((".lock", ".new"))]
