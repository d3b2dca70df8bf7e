"""Five other programs deliver to a mailbox and three read it, while we expunge, flag and append: all are there, once.

OFFHOOK_TORTURE multiplies the letters: 50 is 20,000 in mbox files and as many in Maildirs.
"""

import asyncio
import os
import pwd
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from offhook.mailbox.files import DiskFiles
from offhook.mailbox.letters import Flag, Maildrop
from offhook.mailbox.maildir import Maildir
from offhook.mailbox.mbox import Mbox
from offhook.mailbox.store import BoxBusy
from tests.support.dovecot import Dovecot, dovecot
from tests.support.everyone import LETTERS_A_CONNECTION, VIRTUAL, VIRTUAL_SERVICE, Everyone
from tests.support.marked_letters import letter, name_of
from tests.support.postfix import postfix, reachable_folder
from tests.support.torture import MOST_SECONDS, SCALE, report, scaled

LETTERS = scaled(60, 400)
MAILBOXES = min(10, max(1, LETTERS // 1000))
"""Several at once: most programs wait for a whole second when they find a lock."""
SHARES = {"postfix": 40, "lmtp": 30, "dovecot-lda": 10, "procmail": 5, "maildrop": 5, "ours": 10}
"""Of a hundred letters."""
PAUSE = 0.3
"""Seconds between two changes of ours, and two looks of a reader."""
PATIENCE = 300.0
T = TypeVar("T")
BESIDE_OTHERS = "mbox_write_locks = dotlock fcntl\nmbox_dirty_syncs = no\n"

pytestmark = [
    pytest.mark.torture,
    pytest.mark.timeout(300 + 60 * SCALE),
    pytest.mark.needs("dovecot", "dovecot-lda", "doveadm", "lmtp", "postfix", "procmail", "maildrop", "mutt", "s-nail"),
    pytest.mark.skipif(os.geteuid() != 0, reason="a Postfix of the tests' own has to be started by root"),
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who delivers to a mailbox, and who is at it beside them."""

    deliveries: list[Awaitable[None]]
    beside: list[Coroutine[Any, Any, None]]


@contextmanager
def everyone(kind: str, home: Path) -> Iterator[tuple[Dovecot, list[Everyone]]]:
    users = [f"user{number}" for number in range(MAILBOXES)]
    maildir = kind == "maildir"
    location = "maildir:{folder}/mail/%u" if maildir else "mbox:{folder}/home/%u/mail:INBOX={folder}/mail/%u"
    mail = pwd.getpwnam("mail")
    maps = " ".join(f"{{ {user}@boxes.example = {user}{'/' * maildir} }}," for user in users)
    home.chmod(0o755)
    with (
        dovecot(*users, location=location, more="" if maildir else BESIDE_OTHERS) as server,
        reachable_folder() as folder,
    ):
        fragment = VIRTUAL.format(folder=server.folder, maps=f"inline:{{ {maps} }}", uid=mail.pw_uid, gid=mail.pw_gid)
        with postfix(folder / "pf", fragment, services=VIRTUAL_SERVICE) as mta:
            yield server, [Everyone(server, mta, home, user, maildir=maildir) for user in users]


class Mailbox:
    """One mailbox, everyone at it, and what has to be in it in the end."""

    def __init__(
        self, others: Everyone, open_one: Callable[[], Maildrop], count: int, pool: ThreadPoolExecutor
    ) -> None:
        self.others = others
        self.open_one = open_one
        self.pool = pool
        self.expunged: list[str] = []
        self.counts = {way: max(2, count * share // 100) for way, share in SHARES.items()}
        self.wanted: dict[str, list[str]] = {}
        self.longest: dict[str, float] = {}
        self.changes = self.looks = self.refused = 0
        self.until = time.monotonic() + MOST_SECONDS
        self.done = asyncio.Event()

    async def in_thread(self, what: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self.pool, what)

    def to_deliver(self, way: str, at_once: int) -> Iterator[list[str]]:
        """Names of letters, some at once; they are wanted from now on. It ends early when there is no time left."""
        names = [f"{self.others.user}-{way}-{number}" for number in range(self.counts[way])]
        wanted = self.wanted[way] = []
        for start in range(0, len(names), at_once):
            if time.monotonic() > self.until:
                return
            wanted += names[start : start + at_once]
            yield names[start : start + at_once]

    async def deliver(self, way: str, deliver: Callable[[Sequence[str]], None], at_once: int = 1) -> None:
        for names in self.to_deliver(way, at_once):
            begun = time.monotonic()
            await self.in_thread(lambda names=names: deliver(names))  # type: ignore[misc]
            self.took(way, begun)

    def took(self, way: str, begun: float) -> None:
        self.longest[way] = round(max(self.longest.get(way, 0.0), time.monotonic() - begun), 2)

    async def put(self, keywords: Collection[str] = ("ours",)) -> None:
        maildrop = self.open_one()
        for (name,) in self.to_deliver("ours", 1):
            begun = time.monotonic()

            async def put(name: str = name) -> None:
                append = await maildrop.begin(keywords=keywords)
                await append.write(letter(name))
                await append.commit()

            await self.when_free(put)
            self.took("ours", begun)

    async def number(self) -> None:
        """Put a letter with a keyword in before Dovecot has seen the box: it keeps the numbering that this begins."""
        append = await self.open_one().begin(keywords=["ours"])
        name = f"{self.others.user}-first"
        await append.write(letter(name))
        await append.commit()
        self.wanted["first"] = [name]

    async def when_free(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something; when others keep the box for too long nothing was done, and it is tried again."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return await work()
            except BoxBusy:
                self.refused += 1
                if time.monotonic() > until:
                    raise

    async def change(self) -> None:
        maildrop = self.open_one()
        chance = random.Random(1)
        while not self.done.is_set():
            entries = list(await self.when_free(maildrop.scan))
            for entry in chance.sample(entries, min(3, len(entries))):
                await self.when_free(partial(maildrop.mark, entry.key, add={Flag.SEEN}, add_keywords=["seen-by-us"]))
            going = [entry.key for entry in chance.sample(entries, len(entries) // 4)]
            names = [name_of(await self.when_free(partial(maildrop.fetch, key))) for key in going]
            await self.when_free(partial(maildrop.expunge, going))
            self.expunged += names
            self.changes += 1
            await asyncio.sleep(PAUSE)

    async def read(self, look: Callable[[], None]) -> None:
        while not self.done.is_set():
            await self.in_thread(look)
            self.looks += 1
            await asyncio.sleep(PAUSE * MAILBOXES)

    def deliveries(self) -> list[Awaitable[None]]:
        others = self.others
        return [
            self.deliver("postfix", others.by_postfix, LETTERS_A_CONNECTION),
            self.deliver("lmtp", others.by_lmtp, LETTERS_A_CONNECTION),
            self.deliver("dovecot-lda", others.by_dovecot_lda),
            self.deliver("procmail", others.by_procmail),
            self.deliver("maildrop", others.by_maildrop),
            self.put(),
        ]

    async def check(self) -> int:
        """That every letter is there once, whole, or was expunged; how many are there."""
        maildrop = self.open_one()
        left = [name_of(await maildrop.fetch(entry.key)) for entry in await maildrop.scan()]
        found = Counter(left + self.expunged)
        wanted = {name for names in self.wanted.values() for name in names}
        assert not (lost := wanted - found.keys()), f"lost: {sorted(lost)[:10]}"
        assert not (doubled := {name: count for name, count in found.items() if count > 1}), f"doubled: {doubled}"
        assert found.keys() == wanted
        return len(left)


def opener(kind: str, others: Everyone) -> Callable[[], Maildrop]:
    if kind == "mbox":
        return lambda: Mbox(others.box)
    files = DiskFiles(str(others.box), others.server.owner)
    return lambda: Maildir(others.box, files=files)


async def all_at_once(
    kind: str, home: Path, chosen: Callable[[Mailbox], Chosen], what: str, *, numbered: bool = False
) -> None:
    """Have the chosen programs deliver, and the chosen others read and change meanwhile; then look at every letter."""
    begun = time.monotonic()
    with everyone(kind, home) as (server, all_others), ThreadPoolExecutor(8 * MAILBOXES + 4) as pool:
        boxes = [Mailbox(others, opener(kind, others), LETTERS // MAILBOXES, pool) for others in all_others]
        for box in boxes if numbered else []:
            await box.number()
        choices = [chosen(box) for box in boxes]
        beside = [asyncio.ensure_future(work) for choice in choices for work in choice.beside]
        mta = all_others[0].mta
        try:
            await asyncio.gather(*(work for choice in choices for work in choice.deliveries))
            await asyncio.to_thread(mta.until_come, mta.is_empty, PATIENCE + 20 * SCALE)
        finally:
            for box in boxes:
                box.done.set()
            failures = [each for each in await asyncio.gather(*beside, return_exceptions=True) if each]
        assert failures == [], server.complaints()[-20:]
        for box in boxes:
            left = await box.check()
            assert server.doveadm("search", "-u", box.others.user, "ALL").count("\n") == left
        assert "status=bounced" not in mta.log()
        assert [path for path in (server.folder / "mail").rglob("*") if path.name.endswith(".lock")] == []
        assert not list((server.folder / "mail").glob("*/tmp/*"))
    by = {way: sum(len(box.wanted[way]) for box in boxes) for way in boxes[0].wanted}
    report(
        f"{what}, {MAILBOXES} {kind}",
        letters=sum(by.values()),
        by=by,
        lost=0,
        torn=0,
        doubled=0,
        expunged_by_us=sum(len(box.expunged) for box in boxes),
        rounds_of_changes=sum(box.changes for box in boxes),
        looks_by_others=sum(box.looks for box in boxes),
        put_off=sum(box.others.put_off for box in boxes),
        refused_to_us=sum(box.refused for box in boxes),
        longest_seconds={way: max(box.longest.get(way, 0.0) for box in boxes) for way in by},
        seconds=round(time.monotonic() - begun),
    )


@pytest.mark.parametrize("kind", ["mbox", "maildir"])
async def test_while_everyone_delivers_reads_and_changes_nothing_is_lost_torn_or_doubled(kind: str, home: Path):
    maildir = kind == "maildir"

    def chosen(box: Mailbox) -> Chosen:
        # In an mbox mutt adds a field to letters when it writes, which Dovecot's cache of their sizes does not bear,
        # and s-nail writes what it read: they have tests of their own.
        return Chosen(
            box.deliveries(),
            [
                box.change(),
                box.read(box.others.with_imap),
                box.read(lambda: box.others.with_mutt(writing=maildir)),
                box.read(lambda: box.others.with_s_nail(writing=maildir)),
            ],
        )

    await all_at_once(kind, home, chosen, "everyone at once", numbered=not maildir)


@pytest.mark.parametrize("program", ["mutt", "s-nail"])
async def test_a_program_writes_an_mbox_while_others_and_we_add_to_it_and_nothing_is_lost(program: str, home: Path):
    def chosen(box: Mailbox) -> Chosen:
        others = box.others
        adding = [
            box.deliver("postfix", others.by_postfix, LETTERS_A_CONNECTION),
            box.deliver("procmail", others.by_procmail),
            box.deliver("maildrop", others.by_maildrop),
            box.put(keywords=()),
        ]
        write = {"mutt": others.with_mutt, "s-nail": others.with_s_nail}[program]
        return Chosen(adding, [box.read(lambda: write(writing=True))])

    await all_at_once("mbox", home, chosen, f"{program} writing")
