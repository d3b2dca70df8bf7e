"""Letters put on a real Dovecot whose IMAP processes are killed meanwhile: none acknowledged is lost or doubled."""

import asyncio
import itertools
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from offhook.mailbox.imap import ImapMaildrop, ImapServer, ImapSession
from offhook.mailbox.letters import MaildropFailure
from tests.support.dovecot import MASTER, MASTER_PASSWORD, Dovecot, dovecot
from tests.support.torture import SCALE

LETTERS = 20 * SCALE
pytestmark = [pytest.mark.torture, pytest.mark.needs("dovecot")]


def imap_processes(server: Dovecot) -> list[int]:
    """The processes of this server that talk to clients."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            name = (folder / "cmdline").read_bytes().partition(b"\0")[0]
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if name == b"dovecot/imap" and parent == server.process.pid:
                found.append(int(folder.name))
    return found


async def kill_now_and_then(server: Dovecot, chance: random.Random) -> None:
    while True:
        await asyncio.sleep(chance.uniform(0.01, 0.06))
        for process in await asyncio.to_thread(imap_processes, server):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


async def test_no_letter_that_was_acknowledged_is_lost_or_doubled() -> None:
    with dovecot("alice") as server:
        mail_server = ImapServer("127.0.0.1", server.imap, "none", "{user}", MASTER, MASTER_PASSWORD)
        maildrop = ImapMaildrop(ImapSession(mail_server, "alice", None))
        chance = random.Random(20261128)
        killing = asyncio.create_task(kill_now_and_then(server, chance))
        acknowledged: list[bytes] = []
        deadline = time.monotonic() + 100
        for number in itertools.count():
            if number >= LETTERS and (maildrop.session.connections > 1 or time.monotonic() > deadline):
                break
            letter = f"Subject: {number}\n\n".encode() + b"some text\n" * chance.choice([1, 100, 20_000])
            append = await maildrop.begin()
            await append.write(letter)
            with suppress(MaildropFailure):
                await append.commit()
                acknowledged.append(letter)
        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)
        assert maildrop.session.connections > 1, "it was disturbed"
        there = Counter([await maildrop.fetch(entry.key) for entry in await maildrop.scan()])
        await maildrop.close()
    assert not [letter[:20] for letter in acknowledged if letter not in there]
    assert set(there.values()) == {1}
