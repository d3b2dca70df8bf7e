import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from offhook.mailbox.accounts import Account, AccountError, AccountFile, FilePasswords, PasswordCheck, make_hash
from offhook.mailbox.accounts.hashes import matches


@pytest.fixture
def accounts(tmp_path: Path) -> AccountFile:
    file = AccountFile(tmp_path / "accounts")
    file.add(Account("alice", make_hash("letmein")))
    file.add(Account("locked", make_hash("letmein"), locked=True))
    file.add(Account("nohash", ""))
    return file


async def test_the_right_password_gives_the_account_and_the_name_may_be_in_capitals(accounts: AccountFile):
    check = PasswordCheck(accounts)
    account = await check.verify("ALICE", "letmein", "modem0")
    assert account is not None
    assert account.name == "alice"
    check.close()


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("alice", "LETMEIN"),
        ("alice", ""),
        ("alice", "x" * 100_000),
        ("nobody", "letmein"),
        ("locked", "letmein"),
        ("nohash", ""),
        ("", ""),
        ("../alice", "letmein"),
    ],
)
async def test_everything_else_gives_nothing(accounts: AccountFile, name: str, password: str):
    check = PasswordCheck(accounts)
    assert await check.verify(name, password, "modem0") is None
    check.close()


async def test_an_unknown_name_is_hashed_against_all_the_same(accounts: AccountFile):
    hashed: list[str] = []

    def heard(hash_: str, password: str) -> bool:
        hashed.append(hash_)
        return matches(hash_, password)

    check = PasswordCheck(accounts, FilePasswords(accounts, heard))
    for name in ("alice", "nobody", "nohash", "locked"):
        await check.verify(name, "wrong", "modem0")
    assert len(hashed) == 4
    assert all(each.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for each in hashed)
    check.close()


@pytest.mark.parametrize("password", ["", "x" * 1025, "a\0b", "a\tb", "a\x1bb", "latin1 \udce9"])
def test_a_password_that_cannot_be_is_refused_when_it_is_set(password: str):
    with pytest.raises(AccountError, match="A password"):
        make_hash(password)


def test_a_hash_is_salted():
    assert make_hash("x") != make_hash("x")


async def test_tries_in_parallel_and_at_unknown_names_wait_as_others_do(
    accounts: AccountFile, monkeypatch: pytest.MonkeyPatch
):
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("offhook.mailbox.accounts.passwords.asyncio.sleep", sleep)
    for name in ("alice", "nobody"):
        check = PasswordCheck(accounts)
        waits.clear()
        await asyncio.gather(*(check.verify(name, "wrong", "telnet") for _ in range(6)))
        assert sorted(waits) == [1, 2, 4]
        check.close()


async def test_more_than_the_longest_password_is_not_the_longest_password(accounts: AccountFile):
    accounts.update("alice", lambda account: replace(account, hash=make_hash("x" * 1024)))
    check = PasswordCheck(accounts)
    assert await check.verify("alice", "x" * 1025, "modem0") is None
    assert await check.verify("alice", "x" * 1024, "modem0") is not None
    check.close()


@pytest.mark.parametrize(
    ("hash_", "password"), [("$argon2id$v=19$m=8,t=1,p=1$\u00e9$\u00e9", "x"), ("x", "\udcff\0\x1b")]
)
async def test_a_hash_or_a_password_of_strange_characters_is_wrong_and_no_fault(
    accounts: AccountFile, hash_: str, password: str
):
    accounts.update("alice", lambda account: replace(account, hash=hash_))
    check = PasswordCheck(accounts)
    assert await check.verify("alice", password, "modem0") is None
    check.close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits of tries, which take no time."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("offhook.mailbox.accounts.passwords.asyncio.sleep", sleep)
    return waited


async def test_a_guesser_does_not_get_rid_of_his_waits_by_his_own_password(accounts: AccountFile, waits: list[float]):
    check = PasswordCheck(accounts)
    for number in range(4):
        await check.verify(f"name{number}", "wrong", "modem0")
        await check.verify("alice", "letmein", "modem0")
    await check.verify("other", "wrong", "modem0")
    assert waits == [1, 1, 2, 2]
    await check.verify("other", "wrong", "modem1")
    assert waits == [1, 1, 2, 2], "somebody else does not wait"
    check.close()


async def test_many_from_one_source_who_know_their_passwords_do_not_wait(accounts: AccountFile, waits: list[float]):
    check = PasswordCheck(accounts)
    same = make_hash("letmein")
    for number in range(8):
        accounts.add(Account(f"pupil{number}", same))
    found = await asyncio.gather(*(check.verify(f"pupil{number}", "letmein", "school") for number in range(8)))
    assert all(found)
    assert waits == []
    check.close()
