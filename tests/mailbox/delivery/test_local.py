from pathlib import Path

import pytest

from offhook.mailbox.accounts import Account, AccountFile
from offhook.mailbox.delivery import LocalDelivery
from offhook.mailbox.letters import Append, MaildropFailure, PermanentFailure, TemporaryFailure
from offhook.mailbox.maildir import Maildir
from tests.support.memory_maildrop import MemoryMaildrop

LETTER = b"Subject: hello\r\nStatus: RO\r\n\r\nbody\r\n"


class Full:
    """A maildrop on a full disk, at the given step."""

    def __init__(self, step: str) -> None:
        self._step = step
        self.aborted = False

    async def begin(self, flags: object = frozenset()) -> Append:
        if self._step == "begin":
            raise MaildropFailure("The disk is full.")
        return self  # type: ignore[return-value]

    async def write(self, data: bytes) -> None:
        if self._step == "write":
            raise OSError(28, "No space left on device")

    async def commit(self) -> str:
        raise MaildropFailure("The disk is full.")

    async def abort(self) -> None:
        self.aborted = True

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def accounts(tmp_path: Path) -> AccountFile:
    file = AccountFile(tmp_path / "accounts")
    for name in ("alice", "bob"):
        file.add(Account(name, "x"))
    return file


def delivery(accounts: AccountFile, **more: object) -> LocalDelivery:
    drops: dict[str, MemoryMaildrop] = {}
    made = LocalDelivery(
        accounts,
        lambda name: drops.setdefault(name, MemoryMaildrop()),
        domains=("Example.org", "example.net"),
        aliases={"Info": ("alice",), "sales+eu": ("bob",)},
        **more,  # type: ignore[arg-type]
    )
    made.drops = drops  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize(
    ("address", "local", "account"),
    [
        ("alice@example.org", True, "alice"),
        ("ALICE@EXAMPLE.NET", True, "alice"),
        ("alice@example.org.", True, "alice"),
        ("alice", True, "alice"),
        ("alice+lists@example.org", True, "alice"),
        ("info@example.org", True, "alice"),
        ("info+x@example.org", True, "alice"),
        ("sales+eu@example.org", True, "bob"),
        ("nobody@example.org", True, None),
        ("+x@example.org", True, None),
        ("postmaster@example.org", True, "alice"),
        ("alice@example.com", False, "alice"),
    ],
)
async def test_an_address_leads_to_its_subscriber(
    accounts: AccountFile, address: str, local: bool, account: str | None
):
    made = delivery(accounts)
    assert made.is_local(address) is local
    if local:
        assert await made.subscriber(address) == account


async def test_a_letter_is_postmarked_and_its_forged_state_is_gone(accounts: AccountFile, tmp_path: Path):
    told: list[str] = []
    drop = Maildir(tmp_path / "alice")
    made = LocalDelivery(accounts, lambda _: drop, domains=("example.org",), delivered=told.append)
    await made.deliver("alice", "carol@example.com", "alice@example.org", LETTER, "from x by y; today")
    (entry,) = await drop.scan()
    kept = await drop.fetch(entry.key)
    assert kept.startswith(b"Return-Path: <carol@example.com>\nDelivered-To: alice@example.org\nReceived: from x by y")
    assert kept.endswith(b"Subject: hello\n\nbody\n")
    assert b"Status" not in kept
    assert told == ["alice"]


@pytest.mark.parametrize("step", ["begin", "write", "commit"])
async def test_a_maildrop_that_cannot_take_it_is_a_temporary_failure(accounts: AccountFile, step: str):
    full = Full(step)
    told: list[str] = []
    made = LocalDelivery(accounts, lambda _: full, domains=("a.b",), delivered=told.append)  # type: ignore[arg-type,return-value]
    with pytest.raises(TemporaryFailure):
        await made.deliver("alice", "", "alice@a.b", LETTER, "x")
    assert full.aborted or step == "begin"
    assert told == []


async def test_a_letter_that_has_been_here_before_is_refused(accounts: AccountFile):
    with pytest.raises(PermanentFailure, match="circle"):
        await delivery(accounts).deliver(
            "alice", "", "alice@example.org", b"Delivered-To: alice@example.org\r\n\r\n", "x"
        )


async def test_an_account_file_that_is_broken_makes_no_letter_bounce(accounts: AccountFile, tmp_path: Path):
    (tmp_path / "accounts").write_text("no colon")
    with pytest.raises(TemporaryFailure, match="cannot be read"):
        await delivery(accounts).subscriber("alice@example.org")


async def test_whoever_is_told_of_a_letter_cannot_undo_it(accounts: AccountFile):
    def stumbles(_name: str) -> None:
        raise RuntimeError("the session is over")

    made = delivery(accounts, delivered=stumbles)
    await made.deliver("alice", "", "alice@example.org", LETTER, "x")
    assert len(await made.drops["alice"].scan()) == 1  # type: ignore[attr-defined]


async def test_a_staged_copy_is_nowhere_until_it_is_committed_and_never_once_it_is_aborted(
    accounts: AccountFile, tmp_path: Path
):
    drop = Maildir(tmp_path / "alice")
    told: list[str] = []
    made = LocalDelivery(accounts, lambda _: drop, domains=("example.org",), delivered=told.append)
    first, second = [await made.stage("alice", "", "alice@example.org", LETTER, "x") for _ in range(2)]
    assert await drop.scan() == ()
    await first.commit()
    await first.abort()
    await second.abort()
    with pytest.raises(TemporaryFailure):
        await second.commit()
    assert len(await drop.scan()) == 1
    assert told == ["alice"]
    assert list((tmp_path / "alice" / "tmp").iterdir()) == []
