"""A listing over NFS misses letters while the server renames them; ours tell of none as gone that is there."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offhook.mailbox.files import DiskBoxFiles, DiskFiles
from offhook.mailbox.maildir import Maildir, MaildirSurvey
from tests.support.marked_letters import letter
from tests.vm.over_nfs.conftest import Sides

LETTERS = 1500
SECONDS = 15.0


@contextmanager
def flags_changing(box: Path) -> Iterator[None]:
    """A process on the server that sets and clears flags, one letter after the other."""
    child = os.fork()
    if not child:
        try:
            chance = random.Random(1)
            while True:
                base = chance.choice(os.listdir(box / "cur")).partition(":2,")[0]
                for old, new in (("S", "FS"), ("FS", "S")):
                    os.rename(box / "cur" / f"{base}:2,{old}", box / "cur" / f"{base}:2,{new}")
        finally:
            os._exit(1)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def fill(box: Path) -> None:
    for name in ("tmp", "new", "cur"):
        (box / name).mkdir(parents=True)
    for number in range(LETTERS):
        (box / "cur" / f"17000{number:05}.M1P1.mailserver:2,S").write_bytes(letter(str(number)))


async def test_no_letter_is_taken_for_gone_while_the_server_changes_flags(sides: Sides) -> None:
    fill(sides.there / "box")
    maildrop, survey = Maildir(sides.here / "box"), MaildirSurvey(str(sides.here / "box"))
    assert len(await maildrop.scan()) == LETTERS
    known = set(survey.compare(set(), "").come)
    looks, missed, stamp = 0, 0, ""
    with flags_changing(sides.there / "box"):
        since = time.monotonic()
        while time.monotonic() - since < SECONDS:
            looks += 1
            missed += len({name.partition(":")[0] for name in os.listdir(sides.here / "box" / "cur")}) < LETTERS
            assert len(await maildrop.scan()) == LETTERS
            changes = await asyncio.to_thread(survey.compare, known, stamp)
            known, stamp = (known | set(changes.come)) - set(changes.gone), changes.stamp
            assert len(known) == LETTERS
    print(f"{looks} looks, of which {missed} single listings missed a letter")


def test_what_comes_in_the_same_tick_as_what_was_listed_is_listed(sides: Sides) -> None:
    """Over NFSv3 a tenth of it was missed for good, when the listing that the kernel keeps was believed."""
    files = DiskFiles()
    for number in range(200):
        for name in (f"first-{number}", f"second-{number}"):
            (sides.there / name).touch()
            folder = files.open_folder(str(sides.here))
            assert name in files.list_folder(folder)
            files.close(folder)


def test_a_box_that_comes_in_the_same_tick_in_which_it_was_looked_for_is_found(sides: Sides) -> None:
    """Over NFSv3 a third of them was not, until something else in the folder changed."""
    files = DiskBoxFiles()
    for number in range(200):
        (sides.there / f"other-{number}").touch()
        for is_there in (False, True):
            if is_there:
                (sides.there / f"box-{number}").touch()
            folder = files.open_folder(str(sides.here))
            try:
                files.close(files.open_box(f"box-{number}", folder, writable=False))
            except FileNotFoundError:
                assert not is_there
            files.close(folder)
