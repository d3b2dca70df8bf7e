"""All copies of a letter, or none: aliases, forwards and folders, and what fails between."""

from pathlib import Path

import pytest

from offhook.mailbox.accounts import Account, AccountFile
from offhook.mailbox.delivery import AliasFile, Forward, LocalDelivery
from offhook.mailbox.letters import Envelope, Maildrop, MaildropFailure, PermanentFailure, TemporaryFailure
from tests.support.mail_house import Outbox
from tests.support.memory_maildrop import FailsAtCommit, MemoryMaildrop

LETTER = b"Subject: x\r\n\r\nbody\r\n"


class Rooms:
    """Alice and bob, who has a folder `lists`; carol is elsewhere."""

    def __init__(self, folder: Path, aliases: str = "", **more: object) -> None:
        accounts = AccountFile(folder / "accounts")
        for name in ("alice", "bob"):
            accounts.add(Account(name, "x"))
        (folder / "aliases").write_text(aliases)
        self.drops = {name: MemoryMaildrop() for name in ("alice", "bob", "bob/lists")}
        self.broken: set[str] = set()
        self.outbox = Outbox()
        self.delivery = LocalDelivery(
            accounts,
            self._drop,
            domains=("here.org",),
            alias_file=AliasFile(folder / "aliases"),
            outbox=self.outbox,
            folder_of=self._folder,
            **more,  # type: ignore[arg-type]
        )

    def _drop(self, name: str) -> Maildrop:
        if name in self.broken:
            raise MaildropFailure("The disk is full.")
        return self.drops[name]

    async def _folder(self, account: str, detail: str) -> Maildrop | None:
        return self.drops.get(f"{account}/{detail}")

    async def send(
        self, recipient: str, letter: bytes = LETTER, *, sender: str = "s@x.org", patient: bool = False
    ) -> None:
        copies = [(copy, "here; today") for copy in self.delivery.copies(sender, recipient)]
        await self.delivery.hand_over(copies, letter, patient=patient)

    async def letters(self, name: str) -> list[bytes]:
        drop = self.drops[name]
        return [await drop.fetch(entry.key) for entry in await drop.scan()]


async def test_an_alias_is_delivered_to_everyone_and_sent_on_to_those_elsewhere(tmp_path: Path):
    rooms = Rooms(tmp_path, "all: alice, bob, carol@there.org, dave@there.org\n")
    await rooms.send("all@here.org")
    [letter] = await rooms.letters("alice")
    assert (
        letter == b"Return-Path: <s@x.org>\nDelivered-To: alice@here.org\nReceived: here; today\nSubject: x\n\nbody\n"
    )
    assert len(await rooms.letters("bob")) == 1
    assert rooms.outbox.kept == [Envelope("s@x.org", ("carol@there.org", "dave@there.org"))]
    assert rooms.outbox.letters == [b"Delivered-To: all@here.org\nReceived: here; today\nSubject: x\n\nbody\n"]


async def test_a_letter_sent_on_that_comes_back_is_refused_and_one_that_would_circle_is_not_sent(tmp_path: Path):
    rooms = Rooms(tmp_path, forwards={"alice": Forward(("carol@there.org",), keep=True)})
    await rooms.send("alice@here.org")
    with pytest.raises(PermanentFailure, match="circle") as why:
        await rooms.send("alice@here.org", rooms.outbox.letters[0])
    assert why.value.status == "5.4.6"
    assert len(await rooms.letters("alice")) == len(rooms.outbox.kept) == 1
    alias_only = Rooms(tmp_path / "alias", "out: carol@there.org\n")
    await alias_only.send("out")
    with pytest.raises(PermanentFailure, match="circle"):
        await alias_only.send("out", alias_only.outbox.letters[0])
    hops = b"Received: x\r\n" * 51
    with pytest.raises(PermanentFailure, match="circle"):
        await alias_only.send("out", hops + LETTER)
    assert len(alias_only.outbox.kept) == 1


async def test_the_detail_is_a_folder_only_if_it_is_there(tmp_path: Path):
    rooms = Rooms(tmp_path)
    await rooms.send("bob+lists@here.org")
    await rooms.send("bob+nothing@here.org")
    assert len(await rooms.letters("bob/lists")) == len(await rooms.letters("bob")) == 1


async def test_a_copy_that_is_there_already_is_not_put_in_again_and_the_others_are(tmp_path: Path):
    rooms = Rooms(tmp_path, "all: alice, bob, bob+lists\n")
    copies = [copy.identified("1-a all@here.org") for copy in rooms.delivery.copies("s@x.org", "all")]
    assert len({copy.ident for copy in copies}) == 3
    handed = [(copy, f"here\n\tid {copy.ident}; today") for copy in copies]
    await rooms.delivery.hand_over(handed[:2], LETTER)
    await rooms.delivery.hand_over(handed, LETTER, again=True)
    await rooms.delivery.hand_over(handed, LETTER, again=True)
    assert [len(await rooms.letters(name)) for name in ("alice", "bob", "bob/lists")] == [1, 1, 1]
    [entry] = await rooms.drops["bob"].scan()
    await rooms.drops["bob"].expunge([entry.key])
    await rooms.delivery.hand_over(handed, LETTER, again=True)
    assert [len(await rooms.letters(name)) for name in ("alice", "bob", "bob/lists")] == [1, 1, 1]
    other = [(copy.identified("1-b all@here.org"), "here; today") for copy in copies]
    await rooms.delivery.hand_over(other, LETTER, again=True)
    assert [len(await rooms.letters(name)) for name in ("alice", "bob", "bob/lists")] == [2, 2, 2]


async def test_a_copy_that_fails_beside_one_that_is_there_already_waits_alone(tmp_path: Path):
    rooms = Rooms(tmp_path, "all: alice, bob\n")
    copies = [copy.identified("1-a all@here.org") for copy in rooms.delivery.copies("s@x.org", "all")]
    handed = [(copy, f"here\n\tid {copy.ident}; today") for copy in copies]
    await rooms.delivery.hand_over(handed[:1], LETTER)
    rooms.drops["bob"] = FailsAtCommit(rooms.drops["bob"])
    await rooms.delivery.hand_over(handed, LETTER, again=True)
    assert rooms.outbox.kept == [Envelope("s@x.org", ("\\bob@here.org",))]
    assert [len(await rooms.letters(name)) for name in ("alice", "bob")] == [1, 0]


async def test_when_it_cannot_be_told_whether_a_copy_is_there_it_has_to_wait(tmp_path: Path):
    rooms = Rooms(tmp_path, "all: alice, bob\n")
    copies = [copy.identified("1-a all@here.org") for copy in rooms.delivery.copies("s@x.org", "all")]
    rooms.broken.add("alice")
    with pytest.raises(TemporaryFailure):
        await rooms.delivery.hand_over([(copy, "here; today") for copy in copies], LETTER, again=True)
    assert await rooms.letters("bob") == []


@pytest.mark.parametrize("broken", ["alice", "bob"])
async def test_when_one_cannot_take_it_nobody_has_it(tmp_path: Path, broken: str):
    rooms = Rooms(tmp_path, "all: alice, bob, carol@there.org\n")
    rooms.broken.add(broken)
    with pytest.raises(TemporaryFailure):
        await rooms.send("all")
    assert rooms.outbox.kept == []
    assert await rooms.letters("alice") == await rooms.letters("bob") == []


async def test_when_the_spool_is_full_nobody_has_it(tmp_path: Path):
    rooms = Rooms(tmp_path, "all: alice, bob, carol@there.org\n")
    rooms.outbox.full = True
    with pytest.raises(TemporaryFailure, match="full"):
        await rooms.send("all")
    assert await rooms.letters("alice") == await rooms.letters("bob") == []


async def test_a_copy_that_waits_is_addressed_to_it_alone(tmp_path: Path):
    rooms = Rooms(tmp_path, "all: alice, bob+lists\nalice: alice, carol@there.org\n")
    rooms.broken.add("alice")
    await rooms.send("all", patient=True)
    assert len(await rooms.letters("bob/lists")) == 1
    assert rooms.outbox.kept[-1] == Envelope("s@x.org", ("\\alice@here.org",))
    rooms.broken.clear()
    before = len(rooms.outbox.kept)
    await rooms.send("\\alice@here.org", rooms.outbox.letters[-1])
    assert len(await rooms.letters("alice")) == 1
    assert len(rooms.outbox.kept) == before


async def test_aliases_that_cannot_be_read_make_letters_wait(tmp_path: Path):
    rooms = Rooms(tmp_path, "all: |command\n")
    with pytest.raises(TemporaryFailure, match="cannot be read"):
        rooms.delivery.copies("", "alice")
