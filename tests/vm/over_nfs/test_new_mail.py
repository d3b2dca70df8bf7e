"""New mail that comes on the mail server is seen by us over NFS within five seconds."""

import asyncio
import time
from collections.abc import Callable

import pytest

from offhook.mailbox.letters import Flag, Maildrop, Survey
from offhook.mailbox.maildir import Maildir, MaildirFolders, MaildirSurvey
from offhook.mailbox.mbox import Mbox, MboxSurvey
from tests.support.mail_server import MailServer
from tests.vm.over_nfs.conftest import Sides

SECONDS = 5.0
LETTERS = 3
STORES = {"maildir": Maildir, "mbox": Mbox}

pytestmark = pytest.mark.parametrize("form", list(STORES))


async def seen(maildrop: Maildrop, count: int, since: float) -> float:
    """After how many seconds so many letters are listed, when one looks again and again."""
    while len(await maildrop.scan()) < count:
        assert time.monotonic() - since < 60
        await asyncio.sleep(0.05)
    return time.monotonic() - since


async def test_a_letter_that_comes_is_listed_and_whoever_waits_is_told(sides: Sides, form: str) -> None:
    """The first letter makes the box, which we have looked for before."""
    maildrop, server = STORES[form](sides.here / "box"), MailServer(sides.there / "box", form)
    for number in range(LETTERS):
        assert len(await maildrop.scan()) == number
        waiting = asyncio.ensure_future(maildrop.wait(60))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.deliver, f"letter-{number}")
        since = time.monotonic()
        assert await waiting
        told = time.monotonic() - since
        assert len(await maildrop.scan()) == number + 1
        print(f"{form}: told after {told:.2f} s")
        assert told < SECONDS


async def test_whoever_looks_without_waiting_sees_a_letter_that_has_come(sides: Sides, form: str) -> None:
    maildrop, server = STORES[form](sides.here / "box"), MailServer(sides.there / "box", form)
    for number in range(LETTERS):
        assert len(await maildrop.scan()) == number
        await asyncio.to_thread(server.deliver, f"letter-{number}")
        after = await seen(maildrop, number + 1, time.monotonic())
        print(f"{form}: listed after {after:.2f} s")
        assert after < SECONDS


async def test_an_index_sees_a_letter_that_has_come(sides: Sides, form: str) -> None:
    surveys: dict[str, Callable[[str], Survey]] = {"maildir": MaildirSurvey, "mbox": MboxSurvey}
    survey, server = surveys[form](str(sides.here / "box")), MailServer(sides.there / "box", form)
    known: set[str] = set()
    stamp = ""
    for number in range(LETTERS):
        if survey.stamp() is not None:
            pytest.fail("the time of a folder on a file server is taken for a true one")
        changes = await asyncio.to_thread(survey.compare, known, stamp)
        known, stamp = (known | set(changes.come)) - set(changes.gone), changes.stamp
        assert len(known) == number
        await asyncio.to_thread(server.deliver, f"letter-{number}")
        since = time.monotonic()
        while len(known) == number:
            changes = await asyncio.to_thread(survey.compare, known, stamp)
            known, stamp = (known | set(changes.come)) - set(changes.gone), changes.stamp
            assert time.monotonic() - since < SECONDS
            await asyncio.sleep(0.05)
        print(f"{form}: in the index after {time.monotonic() - since:.2f} s")


async def test_flags_and_letters_removed_on_the_server_are_seen_too(sides: Sides, form: str) -> None:
    server = MailServer(sides.there / "box", form)
    for number in range(3):
        await asyncio.to_thread(server.deliver, f"letter-{number}")
    ours, theirs = STORES[form](sides.here / "box"), STORES[form](sides.there / "box")
    assert len(await ours.scan()) == 3
    entries = await theirs.scan()
    await theirs.mark(entries[0].key, add={Flag.FLAGGED})
    await theirs.expunge([entries[2].key])
    since = time.monotonic()
    while [sorted(entry.flags) for entry in await ours.scan()] != [[Flag.FLAGGED], []]:
        assert time.monotonic() - since < SECONDS
        await asyncio.sleep(0.05)
    print(f"{form}: changes seen after {time.monotonic() - since:.2f} s")


async def test_a_folder_made_on_the_server_is_seen(sides: Sides, form: str) -> None:
    if form == "mbox":
        pytest.skip("the folders of mbox files are files, which is tried above")
    ours, theirs = MaildirFolders(sides.here / "box"), MaildirFolders(sides.there / "box")
    assert list(await ours.names()) == ["INBOX"]
    await theirs.create("Lists")
    since = time.monotonic()
    while "Lists" not in await ours.names():
        assert time.monotonic() - since < SECONDS
        await asyncio.sleep(0.05)
