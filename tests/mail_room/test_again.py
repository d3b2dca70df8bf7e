"""A letter that waited in the spool is delivered once, though a host was killed before it had written that down."""

import shutil
from pathlib import Path

import pytest

from offhook.config import parse
from offhook.mail_room import MailRoom
from offhook.mailbox.letters import Envelope, Maildrop

LETTER = b"Subject: x\r\n\r\nbody\r\n"
CONFIG = """
[mail]
domains = ["here.org"]
store = "{store}"
maildrops = "mail/{{user}}"
aliases = {{ all = ["alice", "bob"] }}
"""


class Killed:
    """A host's mail room, started again and again on one folder."""

    def __init__(self, folder: Path, store: str) -> None:
        self.folder = folder
        self._store = store
        (folder / "accounts").write_text("alice:x::::::\nbob:x::::::\n")

    def room(self) -> MailRoom:
        return MailRoom(parse(CONFIG.format(store=self._store), self.folder / "offhook.toml"), self.folder)

    async def runs(self) -> None:
        await self.room().runner.attempt_due()

    async def runs_and_is_killed(self) -> None:
        """All is done but for writing down that it is done."""
        shutil.copytree(self.folder / "spool", self.folder / "before")
        await self.runs()
        shutil.rmtree(self.folder / "spool")
        (self.folder / "before").rename(self.folder / "spool")

    def maildrop(self, name: str) -> Maildrop:
        return self.room().sorting.maildrop(name)

    async def letters(self, name: str) -> list[bytes]:
        maildrop = self.maildrop(name)
        return [await maildrop.fetch(entry.key) for entry in await maildrop.scan()]


@pytest.fixture(params=["maildir", "mbox"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Killed:
    return Killed(tmp_path, request.param)


async def test_who_was_given_the_letter_before_the_kill_is_not_given_it_again(host: Killed):
    spool = host.room().spool
    await spool.put(Envelope("s@x.org", ("alice@here.org", "bob@here.org")), LETTER)
    await host.runs_and_is_killed()
    await host.runs_and_is_killed()
    await host.runs()
    assert await spool.list() == ()
    for name in ("alice", "bob"):
        [letter] = await host.letters(name)
        assert letter.endswith(b"Subject: x\n\nbody\n")


async def test_of_an_aliass_copies_those_that_are_not_there_are_put_in(host: Killed):
    spool = host.room().spool
    await spool.put(Envelope("s@x.org", ("all@here.org",)), LETTER)
    await host.runs_and_is_killed()
    bob = host.maildrop("bob")
    await bob.expunge([entry.key for entry in await bob.scan()])
    await host.runs()
    assert [len(await host.letters(name)) for name in ("alice", "bob")] == [1, 1]


async def test_the_same_letter_put_into_the_spool_twice_is_two_letters(host: Killed):
    spool = host.room().spool
    for _ in range(2):
        await spool.put(Envelope("s@x.org", ("alice@here.org",)), LETTER)
    await host.runs()
    assert len(await host.letters("alice")) == 2


async def test_each_recipient_of_a_letter_is_given_its_own_though_they_are_one_account(host: Killed):
    spool = host.room().spool
    await spool.put(Envelope("s@x.org", ("alice@here.org", "all@here.org")), LETTER)
    await host.runs_and_is_killed()
    await host.runs()
    assert [len(await host.letters(name)) for name in ("alice", "bob")] == [2, 1]
    assert len(set(await host.letters("alice"))) == 2, "their Received fields have different idents"


async def test_a_notice_to_a_sender_here_comes_once(host: Killed):
    spool = host.room().spool
    await spool.put(Envelope("alice@here.org", ("nobody@here.org", "bob@here.org")), LETTER)
    await host.runs_and_is_killed()
    await host.runs()
    [notice] = await host.letters("alice")
    assert b"nobody@here.org" in notice
    assert len(await host.letters("bob")) == 1
    await spool.put(Envelope("alice@here.org", ("nobody@here.org",)), LETTER)
    await host.runs()
    assert len(await host.letters("alice")) == 2
