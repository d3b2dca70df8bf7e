"""What crashes have left beside the boxes of a host's accounts is mended when it starts."""

import asyncio
import os
from pathlib import Path

import pytest

from offhook.config import parse
from offhook.host import Host
from offhook.mail_room import MailRoom
from offhook.mailbox.letters import INBOX
from offhook.mailbox.mbox import MboxFolders

CONFIG = """
[host]
name = "vax.example"
[mail]
domains = ["vax.example"]
store = "mbox"
maildrops = "mail/{user}"
"""
DEAD = 2**22 + 1
"""A process number that Linux does not give."""


def crash_at(box: Path) -> None:
    """What is there after a crash: a dead lock, and a journal that was never finished."""
    box.with_name(box.name + ".lock").write_text(f"{DEAD}:{os.uname().nodename}\n")
    box.with_name(f".{box.name}.offhook-journal").write_bytes(b"never finished")


async def put(folder: Path, name: str) -> None:
    folders = MboxFolders(folder)
    await folders.create(name)
    append = await (await folders.open(name)).begin()
    await append.write(b"Subject: kept\n\ntext\n")
    await append.commit()


def accounts(tmp_path: Path, *names: str) -> None:
    (tmp_path / "accounts").write_text("".join(f"{name}:x::::::\n" for name in names))


async def mended(tmp_path: Path) -> None:
    """Start a host, and end it once it has looked at the boxes."""
    host = Host(parse(CONFIG, tmp_path / "offhook.toml"), tmp_path)
    stop, ready = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(host.run(stop, ready))
    async with asyncio.timeout(60):
        await ready.wait()
        assert host.mail.mending is not None
        await host.mail.mending
        stop.set()
        await running


async def test_a_host_that_starts_mends_inbox_and_folders_of_its_accounts(tmp_path: Path):
    accounts(tmp_path, "alice", "bob")
    for box in ("alice/inbox", "alice/Sent", "bob/inbox"):
        (tmp_path / "mail" / box).parent.mkdir(parents=True, exist_ok=True)
    await put(tmp_path / "mail" / "alice", INBOX)
    await put(tmp_path / "mail" / "alice", "Sent")
    await put(tmp_path / "mail" / "bob", INBOX)
    before = {box: box.read_bytes() for box in (tmp_path / "mail").rglob("*") if box.is_file()}
    assert len(before) == 3
    for box in before:
        crash_at(box)
    await mended(tmp_path)
    assert {box: box.read_bytes() for box in (tmp_path / "mail").rglob("*") if box.is_file()} == before


async def test_a_look_for_what_crashes_left_makes_nothing_and_fails_for_nobody(tmp_path: Path):
    accounts(tmp_path, "alice", "bob", "carol")
    (tmp_path / "mail" / "bob").mkdir(parents=True)
    (tmp_path / "mail" / "bob" / "inbox").mkdir()
    await put(tmp_path / "mail" / "carol", INBOX)
    crash_at(tmp_path / "mail" / "carol" / "inbox")
    await mended(tmp_path)
    assert sorted(os.listdir(tmp_path / "mail")) == ["bob", "carol"]


@pytest.mark.parametrize("text", [None, b"\xff\0:::"])
async def test_without_accounts_that_can_be_read_nothing_is_looked_at(tmp_path: Path, text: bytes | None):
    if text is not None:
        (tmp_path / "accounts").write_bytes(text)
    room = MailRoom(parse(CONFIG, tmp_path / "offhook.toml"), tmp_path)
    spool = room.begin()
    assert room.mending is not None
    await room.mending
    room.runner.end()
    await room.runner.ended(spool, 10.0)
    await room.close()
    assert not (tmp_path / "mail").exists()


async def test_a_lock_that_somebody_holds_is_left_alone(tmp_path: Path):
    accounts(tmp_path, "alice")
    await put(tmp_path / "mail" / "alice", INBOX)
    lock = tmp_path / "mail" / "alice" / "inbox.lock"
    lock.write_text(f"{os.getpid()}:{os.uname().nodename}\n")
    (lock.with_name(".inbox.offhook-journal")).write_bytes(b"never finished")
    folders = MboxFolders(tmp_path / "mail" / "alice")
    assert folders.mend(lambda: True) == []
    assert lock.exists()
    lock.write_text(f"{DEAD}:{os.uname().nodename}\n")
    assert folders.mend(lambda: False) == []
    assert folders.mend(lambda: True) == [str(tmp_path / "mail" / "alice" / "inbox")]
    assert folders.mend(lambda: True) == []
    assert sorted(os.listdir(lock.parent)) == ["inbox"]
