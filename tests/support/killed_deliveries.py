"""Deliveries that are killed, and which of them were acknowledged: give KIND FOLDER COUNT SEED.

Each is a process of its own, forked here where nothing but this module runs, and ended by SIGKILL at a random moment.
KIND is `maildir`, a delivery to an alias of two accounts, `spool`, or `runner` or `mbox runner`: what a spool has
acknowledged is delivered into a Maildir or an mbox by whoever runs it next, each of which is killed in the middle of a
try or later.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from offhook.mailbox.accounts import AccountFile
from offhook.mailbox.delivery import LocalDelivery
from offhook.mailbox.letters import Envelope, Maildrop, PermanentFailure, TemporaryFailure
from offhook.mailbox.maildir import Maildir
from offhook.mailbox.mbox import Mbox
from offhook.mailbox.spool import Spool, SpoolRunner, Try

ACCOUNTS = ("alice", "bob")
BODY = b"line\r\n" * 2_000


def letter(number: int) -> bytes:
    return f"Subject: number {number}\r\n\r\n".encode() + BODY + b"the end\r\n"


Work = Callable[[int, Callable[[], None]], Awaitable[None]]
"""Does one delivery, and calls when it is acknowledged."""


def work_for(kind: str, folder: Path) -> Work:
    spool = Spool(folder / "spool")
    delivery = delivery_of(folder, spool, STORES["mbox" if kind.startswith("mbox") else "maildir"])

    async def deliver(number: int, acknowledge: Callable[[], None]) -> None:
        copies = [(copy, "here") for copy in delivery.copies("s@x.org", "both@here.org")]
        await delivery.hand_over(copies, letter(number))
        acknowledge()

    async def put(number: int, acknowledge: Callable[[], None]) -> None:
        await spool.put(Envelope("s@x.org", ("b@there.org",)), letter(number))
        acknowledge()

    async def put_and_run(number: int, acknowledge: Callable[[], None]) -> None:
        await spool.put(Envelope("s@x.org", ("alice@here.org", "bob@here.org")), letter(number))
        acknowledge()
        await run_spool(spool, delivery)

    return {"maildir": deliver, "spool": put, "runner": put_and_run, "mbox runner": put_and_run}[kind]


STORES: dict[str, Callable[[Path], Maildrop]] = {"maildir": Maildir, "mbox": Mbox}


def delivery_of(folder: Path, spool: Spool, store: Callable[[Path], Maildrop]) -> LocalDelivery:
    return LocalDelivery(
        AccountFile(folder / "accounts"),
        lambda name: store(folder / name),
        domains=("here.org",),
        aliases={"both": ACCOUNTS},
        outbox=spool,
    )


async def run_spool(spool: Spool, delivery: LocalDelivery) -> None:
    """Try all that waits, once."""

    async def route(tried: Try) -> dict[str, TemporaryFailure | PermanentFailure | None]:
        for each in tried.recipients:
            copies = [copy.identified(tried.name(each)) for copy in delivery.copies(tried.sender, each)]
            await delivery.hand_over([(copy, f"id {copy.ident}") for copy in copies], tried.letter, again=tried.again)
        return dict.fromkeys(tried.recipients)

    async def bounced(notice: Try) -> None:
        raise AssertionError("nothing fails")

    await spool.recover()
    await SpoolRunner(spool, route, bounced, hostname="here.org").attempt_due()


def run(work: Work, number: int, seconds: float | None) -> tuple[bool, bool]:
    """Whether a delivery was acknowledged before it was killed, after `seconds`, and whether it was killed at all."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        asyncio.run(work(number, lambda: os.write(theirs, b"1")))  # type: ignore[arg-type,func-returns-value,return-value]
        os._exit(0)
    os.close(theirs)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    acknowledged = os.read(ours, 1) == b"1"
    _, status = os.waitpid(child, 0)
    os.close(ours)
    return acknowledged, os.WIFSIGNALED(status)


def main() -> None:
    kind, folder, count, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    work, chance = work_for(kind, folder), random.Random(seed)
    begun = time.monotonic()
    for number in range(3):
        assert run(work, number, None) == (True, False)
    usual = (time.monotonic() - begun) / 3
    acknowledged = [0, 1, 2]
    for number in range(3, count):
        done, killed = run(work, number, chance.uniform(0, 1.3 * usual))
        acknowledged += [number] * done
        usual *= 1.05 if killed else 0.85  # as busy as the machine is now: one in four ends by itself
    print(json.dumps(acknowledged))


if __name__ == "__main__":
    main()
