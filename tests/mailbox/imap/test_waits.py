"""Waiting for news on an IMAP server: with IDLE, without it, and when the connection is lost meanwhile."""

import asyncio
from contextlib import suppress

import pytest

from offhook.mailbox.imap import ImapMaildrop
from offhook.mailbox.imap import connection as imap_connection
from offhook.mailbox.imap import session as imap_session
from offhook.mailbox.letters import LetterKey
from tests.support.fake_imap import FakeImap, Talk, breaks_off, fake_imap, maildrop_on
from tests.support.letters_in_stores import LETTER

pytestmark = pytest.mark.torture

ON_SERVER = LETTER.replace(b"\n", b"\r\n")


async def test_a_wait_hears_of_a_new_letter_by_idle_and_a_command_meanwhile_is_not_kept_waiting(
    fake: FakeImap, maildrop: ImapMaildrop
):
    idle = asyncio.Event()

    async def idles(talk: Talk, tag: str) -> None:
        talk.say("+ idling")
        idle.set()
        await talk.reader.readline()
        talk.say(f"{tag} OK done")

    fake.put(ON_SERVER)
    await maildrop.scan()
    fake.always.append(("IDLE", idles))
    waiting = asyncio.ensure_future(maildrop.wait(60))
    async with asyncio.timeout(60):
        await idle.wait()
        assert await maildrop.fetch(LetterKey("7.1")) == LETTER
        idle.clear()
        await idle.wait()
        fake.put(ON_SERVER)
        fake.talks[-1].say("* 2 EXISTS")
        assert await waiting
    assert len(await maildrop.scan()) == 2


async def test_idle_is_begun_anew_before_the_server_gives_up(
    fake: FakeImap, maildrop: ImapMaildrop, monkeypatch: pytest.MonkeyPatch
):
    assert imap_connection.IDLE_TURN < 29 * 60
    monkeypatch.setattr(imap_session, "IDLE_TURN", 0.02)
    fake.put(ON_SERVER)
    await maildrop.scan()
    waiting = asyncio.ensure_future(maildrop.wait(600))
    async with asyncio.timeout(60):
        while fake.heard_commands.count("IDLE") <= 2:  # noqa: ASYNC110  # there is nothing to wait for but time
            await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting


@pytest.mark.parametrize("how", ["given up", "interrupted"])
async def test_a_wait_that_is_over_before_it_has_begun_keeps_nobody_waiting(
    fake: FakeImap, maildrop: ImapMaildrop, how: str
):
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def late(talk: Talk, tag: str) -> None:
        asked.set()
        await go_on.wait()
        talk.say(f"{tag} OK done")

    fake.put(ON_SERVER)
    await maildrop.scan()
    fake.faults.append(("NOOP", late))  # the first thing that a wait does
    waiting = asyncio.ensure_future(maildrop.wait(600))
    async with asyncio.timeout(60):
        await asked.wait()
        if how == "given up":
            waiting.cancel()
        looking = asyncio.ensure_future(maildrop.scan())
        await asyncio.sleep(0)
        go_on.set()
        assert len(await looking) == 1
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting


async def test_a_connection_lost_in_a_wait_is_news_since_nobody_can_say(fake: FakeImap, maildrop: ImapMaildrop):
    fake.put(ON_SERVER)
    await maildrop.scan()
    fake.faults.append(("IDLE", breaks_off))
    assert await maildrop.wait(60)


async def test_a_server_without_idle_is_asked_now_and_then(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(imap_session, "POLL", 0.01)
    async with fake_imap("IMAP4rev1 AUTH=PLAIN") as fake:
        maildrop = maildrop_on(fake)
        await maildrop.scan()
        assert await maildrop.wait(0.1) is False
        waiting = asyncio.ensure_future(maildrop.wait(60))
        await asyncio.sleep(0)
        fake.put(ON_SERVER)
        assert await waiting
        assert "IDLE" not in fake.heard_commands
        maildrop.session.abandon()
