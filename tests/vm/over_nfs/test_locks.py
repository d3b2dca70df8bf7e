"""Locks exclude each other between the mail server and us, and what NFS does to files that go is harmless."""

import asyncio
import fcntl
import os
import shutil
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from offhook.mailbox.files import BoxLocks, DiskBoxFiles, Dotlock
from offhook.mailbox.letters import LetterGone, MaildropFailure
from offhook.mailbox.maildir import Maildir, MaildirFolders
from offhook.mailbox.mbox import Mbox, MboxFolders
from offhook.mailbox.store import BoxBusy
from tests.support.mail_server import MailServer
from tests.support.nfs import MOUNTS, SERVED
from tests.vm.over_nfs.conftest import Sides


class NoFlock(DiskBoxFiles):
    """Calls among which flock(2) is not."""

    def lock_whole(self, file: int, *, write: bool) -> None:
        pytest.fail("flock was taken")


@contextmanager
def locked_by_us(box: Path) -> Iterator[None]:
    files = NoFlock()
    folder = files.open_folder(str(box.parent))
    locks = BoxLocks(
        files, box.name, lambda opened: Dotlock(files, opened, str(box.parent), box.name, lambda: 1_764_000_000.0)
    )
    try:
        with locks.writing(folder):
            yield
    finally:
        files.close(folder)


def is_free(box: Path, kind: int = fcntl.F_WRLCK) -> bool:
    """Whether another program would get the lock."""
    with box.open("r+b") as file:
        try:
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hh4xqqi4x", kind, os.SEEK_SET, 0, 0, 0))
        except (BlockingIOError, PermissionError):
            return False
        return True


def other(sides: Sides) -> Path:
    """The same folder by the other version of NFS."""
    name = sides.here.name
    return next(mount / name for mount in MOUNTS.values() if mount / name != sides.here)


def test_what_we_have_locked_is_locked_on_the_server_and_for_other_clients(sides: Sides) -> None:
    MailServer(sides.there / "box", "mbox").deliver("first")
    with locked_by_us(sides.here / "box"):
        assert not is_free(sides.there / "box")
        assert not is_free(sides.there / "box", fcntl.F_RDLCK)
        assert not is_free(other(sides) / "box")
        assert (sides.there / "box.lock").exists()
        assert (sides.there / "box.lock").read_text().strip() == f"{os.getpid()}:ourhost"
    assert is_free(sides.there / "box")
    assert is_free(other(sides) / "box")
    assert sorted(os.listdir(sides.there)) == ["box", "home"]


async def test_what_the_server_has_locked_is_busy_for_us(sides: Sides) -> None:
    MailServer(sides.there / "box", "mbox").deliver("first")
    maildrop = Mbox(sides.here / "box", files=NoFlock(), patience=0.5)
    (entry,) = await maildrop.scan()
    with (sides.there / "box").open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        with pytest.raises(BoxBusy):
            await maildrop.fetch(entry.key)
        with pytest.raises(BoxBusy):
            await maildrop.expunge([entry.key])
    (sides.there / "box.lock").write_text(f"{os.getpid()}:mailserver\n")
    assert len(await maildrop.scan()) == 1
    with pytest.raises(BoxBusy):
        await maildrop.expunge([entry.key])
    (sides.there / "box.lock").unlink()
    await maildrop.expunge([entry.key])
    assert await maildrop.scan() == ()


async def test_two_of_our_sessions_exclude_each_other_and_flock_is_for_local_disks(sides: Sides) -> None:
    MailServer(sides.there / "box", "mbox").deliver("first")
    files = DiskBoxFiles()
    for path, remote in ((sides.here / "box", True), (sides.there / "box", False)):
        with path.open("rb") as file:
            assert files.is_remote(file.fileno()) is remote
    with locked_by_us(sides.here / "box"), pytest.raises(BoxBusy):
        await Mbox(sides.here / "box", files=NoFlock(), patience=0.5).scan()
    with pytest.raises(pytest.fail.Exception, match="flock was taken"):
        await Mbox(sides.there / "box", files=NoFlock(), patience=0.5).scan()


async def test_letters_that_the_server_takes_away_are_gone_and_nothing_worse(sides: Sides) -> None:
    server = MailServer(sides.there / "box", "maildir")
    for name in ("one", "two", "three"):
        await asyncio.to_thread(server.deliver, name)
    maildrop = Maildir(sides.here / "box")
    first, second, third = await maildrop.scan()
    for entry in (first, second):
        await maildrop.fetch(entry.key)
    for file in (sides.there / "box").glob(f"*/{first.key}*"):
        file.unlink()
    with pytest.raises(LetterGone):
        await maildrop.fetch(first.key)
    for file in (sides.there / "box").glob(f"*/{second.key}*"):
        file.rename(sides.there / "box" / "cur" / f"{second.key}:2,S")
    assert await maildrop.fetch(second.key)
    assert {entry.key for entry in await maildrop.scan()} == {second.key, third.key}


async def test_a_box_that_is_replaced_on_the_server_is_opened_anew(sides: Sides) -> None:
    maildir, mbox = MailServer(sides.there / "box", "maildir"), MailServer(sides.there / "file", "mbox")
    for server in (maildir, mbox):
        await asyncio.to_thread(server.deliver, "old")
    stores = Maildir(sides.here / "box"), Mbox(sides.here / "file")
    for store in stores:
        (entry,) = await store.scan()
        await store.fetch(entry.key)
    shutil.rmtree(sides.there / "box")
    (sides.there / "new").write_bytes((sides.there / "file").read_bytes().replace(b"old", b"new"))
    os.replace(sides.there / "new", sides.there / "file")
    await asyncio.to_thread(maildir.deliver, "new")
    for store in stores:
        (entry,) = await store.scan()
        assert b"Subject: new\n" in await store.fetch(entry.key)


async def test_names_that_nfs_gives_to_open_files_that_were_removed_are_no_letters(sides: Sides) -> None:
    maildir, mbox = MailServer(sides.there / "box", "maildir"), MailServer(sides.there / "inbox", "mbox")
    for server in (maildir, mbox):
        await asyncio.to_thread(server.deliver, "one")
    maildrop, file = Maildir(sides.here / "box"), Mbox(sides.here / "inbox")
    (entry,) = await maildrop.scan()
    (path,) = (sides.here / "box" / "new").iterdir()
    with path.open("rb"), (sides.here / "inbox").open("rb"):
        await maildrop.expunge([entry.key])
        (sides.here / "inbox").unlink()
        assert list((sides.there / "box" / "new").glob(".nfs*"))
        assert list(sides.there.glob(".nfs*"))
        for side in (sides.here, sides.there):
            assert await Maildir(side / "box").scan() == ()
            assert await Mbox(side / "inbox").scan() == ()
            assert list(await MaildirFolders(side / "box").names()) == ["INBOX"]
            folders = MboxFolders(side, side / "inbox")
            assert not [name for name in await folders.names() if "nfs" in name]
    since = time.monotonic()
    while list((sides.there / "box" / "new").iterdir()):  # closing is told to the server a little later
        assert time.monotonic() - since < 30
        await asyncio.sleep(0.05)
    assert await file.scan() == ()


async def test_a_box_on_the_very_mount_is_seen_when_it_comes(sides: Sides) -> None:
    """As where `/var/mail` is mounted, and a user has no box yet."""
    name = f"box-{sides.here.name}"
    maildrop = Mbox(sides.here.parent / name)
    assert await maildrop.scan() == ()
    with pytest.raises((LetterGone, MaildropFailure)):
        await maildrop.fetch("none")  # type: ignore[arg-type]
    await asyncio.to_thread(MailServer(SERVED / name, "mbox").deliver, "one")
    assert len(await maildrop.scan()) == 1
