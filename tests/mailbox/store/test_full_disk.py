"""On a disk that is really full nothing is lost, letters are read, marked and deleted, and then there is room again."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from offhook.mailbox.letters import Envelope, Flag, Maildrop, MaildropFailure, TemporaryFailure
from offhook.mailbox.maildir import Maildir
from offhook.mailbox.mbox import Mbox
from offhook.mailbox.spool import Spool

pytestmark = pytest.mark.torture

BODY = b"0123456789abcdef\n" * 4000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can have a disk of its own here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> None:
    """Write until there is no room for another octet."""
    with (disk / "filler").open("wb", buffering=0) as file:
        for piece in (65536, 4096, 1):
            try:
                while file.write(b"x" * piece):
                    pass
            except OSError:
                pass


def letter(number: int) -> bytes:
    return b"Subject: %d\n\n" % number + BODY + b"end of %d\n" % number


async def put(maildrop: Maildrop, number: int) -> None:
    append = await maildrop.begin()
    try:
        await append.write(letter(number))
        await append.commit()
    finally:
        await append.abort()


@pytest.mark.parametrize("kind", [Maildir, Mbox])
async def test_on_a_full_disk_letters_are_read_marked_and_deleted_and_then_others_come_in(
    disk: Path, kind: Callable[[Path], Maildrop]
):
    maildrop = kind(disk / "mail")
    count, failure = 0, ""
    while count < 100 and not failure:
        try:
            await put(maildrop, count)
            count += 1
        except MaildropFailure as why:
            failure = str(why)
    assert failure == "The disk is full; deleting letters makes room."
    assert count > 5
    fill(disk)
    entries = list(await maildrop.scan())
    assert [await maildrop.fetch(entry.key) for entry in entries] == [letter(number) for number in range(count)]
    await maildrop.mark(entries[1].key, add={Flag.SEEN})
    await maildrop.expunge([entries[number].key for number in (0, 3, 4)])  # room for a letter and its journal
    left = list(await kind(disk / "mail").scan())
    assert [entry.key for entry in left] == [entry.key for entry in (*entries[1:3], *entries[5:])]
    assert left[0].flags == {Flag.SEEN}
    await put(maildrop, 0)
    whole = [await maildrop.fetch(entry.key) for entry in await maildrop.scan()]
    assert sorted(whole) == sorted([letter(number) for number in range(count) if number not in (3, 4)])


async def test_a_full_spool_takes_nothing_that_it_cannot_keep_and_gives_its_letters_out(disk: Path):
    spool = Spool(disk / "spool")
    count, full = 0, False
    while count < 100 and not full:
        try:
            await spool.put(Envelope("a@here", ("b@there",)), letter(count))
            count += 1
        except TemporaryFailure:
            full = True
    assert full
    fill(disk)
    kept = await spool.list()
    assert sorted([await spool.read(each.ident) for each in kept]) == sorted(letter(number) for number in range(count))
    for each in kept[:2]:
        await spool.drop(each.ident)
    await spool.put(Envelope("a@here", ("b@there",)), letter(count))
    assert len(await spool.list()) == count - 1
