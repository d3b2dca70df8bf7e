import asyncio
from pathlib import Path

import pytest

from offhook.mailbox.accounts import Account, AccountFile
from offhook.mailbox.delivery import LocalDelivery, LocalPostOffice
from offhook.mailbox.letters import (
    Envelope,
    Maildrop,
    MaildropFailure,
    PermanentFailure,
    TemporaryFailure,
)
from tests.support.memory_maildrop import FailsAtCommit, MemoryMaildrop

LETTER = b"Subject: x\r\n\r\nx\r\n"


class Outbox:
    def __init__(self, *, full: bool = False) -> None:
        self.kept: list[Envelope] = []
        self._full = full

    async def put(self, envelope: Envelope, letter: bytes) -> None:
        if self._full:
            raise TemporaryFailure("The spool is full.")
        self.kept.append(envelope)


class House:
    def __init__(
        self, folder: Path, *, broken: frozenset[str] = frozenset(), failing: frozenset[str] = frozenset()
    ) -> None:
        accounts = AccountFile(folder / "accounts")
        for name in ("alice", "bob"):
            accounts.add(Account(name, "x"))
        self.drops = {"alice": MemoryMaildrop(), "bob": MemoryMaildrop()}
        self._broken = broken
        self.failing = failing
        self.local = LocalDelivery(accounts, self._drop, domains=("here.org",))

    def _drop(self, name: str) -> Maildrop:
        if name in self._broken:
            raise MaildropFailure("The disk is full.")
        return FailsAtCommit(self.drops[name]) if name in self.failing else self.drops[name]

    def office(self, outbox: Outbox | None, *, relays: bool = True) -> LocalPostOffice:
        return LocalPostOffice(self.local, outbox, relays=relays, origin="alice")

    async def letters(self, name: str) -> int:
        return len(await self.drops[name].scan())


async def test_an_address_is_completed_or_refused_with_a_sentence(tmp_path: Path):
    office = House(tmp_path).office(Outbox())
    assert await office.check("bob") == "bob@here.org"
    assert await office.check(" BOB ") == "bob@here.org"
    assert await office.check("<carol@there.org>") == "carol@there.org"
    for wrong, said in (("bobb", "no such user"), ("a b@c", "no address"), ("", "no address"), ("x@", "no address")):
        with pytest.raises(PermanentFailure, match=said):
            await office.check(wrong)


async def test_without_a_smarthost_other_hosts_are_refused_when_the_letter_is_written(tmp_path: Path):
    house = House(tmp_path)
    for office in (house.office(Outbox(), relays=False), house.office(None)):
        with pytest.raises(PermanentFailure, match="sends no mail to other hosts"):
            await office.check("carol@there.org")


async def test_local_letters_are_delivered_and_others_spooled(tmp_path: Path):
    house, outbox = House(tmp_path), Outbox()
    await house.office(outbox).post(Envelope("alice@here.org", ("bob@here.org", "carol@there.org")), LETTER)
    assert await house.letters("bob") == 1
    assert outbox.kept == [Envelope("alice@here.org", ("carol@there.org",))]


async def test_a_full_spool_means_that_nobody_has_got_anything(tmp_path: Path):
    house = House(tmp_path)
    with pytest.raises(TemporaryFailure):
        await house.office(Outbox(full=True)).post(Envelope("a@here.org", ("bob@here.org", "c@there.org")), LETTER)
    assert await house.letters("bob") == 0


async def test_a_mailbox_that_fails_beside_one_that_does_not_is_tried_again_by_the_spool(tmp_path: Path):
    house, outbox = House(tmp_path, broken=frozenset({"bob"})), Outbox()
    await house.office(outbox).post(Envelope("a@here.org", ("alice@here.org", "bob@here.org")), LETTER)
    assert await house.letters("alice") == 1
    assert outbox.kept == [Envelope("a@here.org", ("bob@here.org",))]


async def test_when_nothing_could_be_delivered_the_writer_is_told(tmp_path: Path):
    house, outbox = House(tmp_path, broken=frozenset({"bob"})), Outbox()
    with pytest.raises(TemporaryFailure):
        await house.office(outbox).post(Envelope("a@here.org", ("bob@here.org",)), LETTER)
    assert outbox.kept == []


ALL = Envelope("a@here.org", ("alice@here.org", "bob@here.org", "carol@there.org"))
HERE = Envelope("a@here.org", ("alice@here.org", "bob@here.org"))


@pytest.mark.parametrize("broken", [frozenset(), frozenset({"bob"}), frozenset({"alice", "bob"})])
async def test_a_full_spool_and_a_failing_mailbox_together_still_send_nothing_to_anyone(
    tmp_path: Path, broken: frozenset[str]
):
    house = House(tmp_path, broken=broken)
    with pytest.raises(TemporaryFailure):
        await house.office(Outbox(full=True)).post(ALL, LETTER)
    assert await house.letters("alice") == await house.letters("bob") == 0


@pytest.mark.parametrize(
    ("failing", "envelope", "kept"),
    [
        ({"bob"}, HERE, [("bob@here.org",)]),
        ({"bob"}, ALL, [("carol@there.org",), ("bob@here.org",)]),
        ({"alice", "bob"}, ALL, [("carol@there.org",), ("alice@here.org", "bob@here.org")]),
    ],
)
async def test_a_mailbox_that_fails_at_the_last_step_is_tried_again_by_the_spool(
    tmp_path: Path, failing: set[str], envelope: Envelope, kept: list[tuple[str, ...]]
):
    house, outbox = House(tmp_path, failing=frozenset(failing)), Outbox()
    await house.office(outbox).post(envelope, LETTER)
    assert [each.recipients for each in outbox.kept] == kept
    for name in ("alice", "bob"):
        assert await house.letters(name) == (name not in failing)


async def test_when_every_mailbox_fails_at_the_last_step_the_writer_is_told(tmp_path: Path):
    house, outbox = House(tmp_path, failing=frozenset({"alice", "bob"})), Outbox()
    with pytest.raises(TemporaryFailure):
        await house.office(outbox).post(HERE, LETTER)
    assert outbox.kept == []


async def test_somebody_named_twice_gets_one_copy(tmp_path: Path):
    house, outbox = House(tmp_path), Outbox()
    recipients = ("bob", "bob@here.org", "<BOB@here.org>", "carol@there.org", "Carol@there.org")
    await house.office(outbox).post(Envelope("a@here.org", recipients), LETTER)
    assert await house.letters("bob") == 1
    assert [len(each.recipients) for each in outbox.kept] == [1]


async def test_one_who_is_gone_since_the_letter_was_begun_stops_it_before_anyone_has_it(tmp_path: Path):
    house, outbox = House(tmp_path), Outbox()
    with pytest.raises(PermanentFailure, match="no such user"):
        await house.office(outbox).post(Envelope("a@here.org", ("alice", "carol@there.org", "nobody")), LETTER)
    assert await house.letters("alice") == 0
    assert outbox.kept == []


async def test_a_letter_that_goes_round_in_a_circle_is_refused_before_anyone_has_it(tmp_path: Path):
    house, outbox = House(tmp_path), Outbox()
    with pytest.raises(PermanentFailure, match="circle"):
        await house.office(outbox).post(Envelope("a", ("bob@here.org",)), b"Delivered-To: bob@here.org\r\n" + LETTER)


async def test_a_broken_account_file_is_a_failure_for_now(tmp_path: Path):
    house = House(tmp_path)
    (tmp_path / "accounts").write_text("no colon")
    with pytest.raises(TemporaryFailure, match="cannot be read"):
        await house.office(Outbox()).check("bob")


async def test_a_caller_who_hangs_up_while_the_spool_works_has_sent_nothing(tmp_path: Path):
    house = House(tmp_path)
    outbox = Outbox()
    spooling = asyncio.Event()

    async def never(_envelope: Envelope, _letter: bytes) -> None:
        spooling.set()
        await asyncio.get_running_loop().create_future()

    outbox.put = never  # type: ignore[method-assign]
    posting = asyncio.create_task(house.office(outbox).post(ALL, LETTER))
    await spooling.wait()
    posting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await posting
    assert await house.letters("alice") == await house.letters("bob") == 0


async def test_without_a_spool_a_mailbox_that_fails_stops_the_letter_for_all(tmp_path: Path):
    house = House(tmp_path, broken=frozenset({"bob"}))
    with pytest.raises(TemporaryFailure, match="cannot take letters"):
        await house.office(None).post(HERE, LETTER)
    assert await house.letters("alice") == 0
