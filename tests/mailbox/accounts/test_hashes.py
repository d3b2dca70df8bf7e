from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.accounts import Account, AccountFile, FilePasswords, PasswordCheck, make_hash
from offhook.mailbox.accounts.hashes import is_checked, kind_of, matches

MADE_ELSEWHERE = {
    "ARGON2ID": "$argon2id$v=19$m=65536,t=3,p=1$qy7x/CalaD+mWMOSmAiCgQ$ryyWNaRGHmd1nk1t0pvDM8huzlfIeHSAbUo67AKSiJg",
    "ARGON2I": "$argon2i$v=19$m=32768,t=4,p=1$W4tKOUqC5Tlqo1d8JNpNOA$iFRpgjnshDAy2vEqIa7ZLQHdeg7t+Qh42LKmsisugY4",
    "SHA512-CRYPT": "$6$1JwWkWkNzmuI683N$"
    "7aP.C88.WNe9OAYLgH.Xo9i3UW2bBgCJwset6MB.nLCuSV2eg3ilqo8yap7AHlokdMcWCDnl6LVLEGKHTvhaf0",
    "SHA256-CRYPT": "$5$qDvu4UhP0bCMfoXf$LY/a8Sa2ibXe/eiBm0PK1kEi5vMK/S7QE1q.YW5o0dA",
    "BLF-CRYPT": "$2y$05$FmwvmHV9ZkVNzAmsgZ2njOEXuANjFN9//85ns78OCe07sGVUjoN4u",
    "CRYPT": "$y$j9T$Hcec2CF9gSOiyKWnshpOj1$L.eMuhN0bwTgioBJVHjXsffErDzKomIm5zMndPZCLf.",
}
"""Of the password `letmein`, made by `doveadm pw`, the last by libxcrypt."""


@pytest.mark.parametrize("scheme", MADE_ELSEWHERE)
def test_a_hash_of_dovecot_or_the_system_matches_its_password_and_no_other(scheme: str):
    hash_ = MADE_ELSEWHERE[scheme]
    assert is_checked(hash_)
    assert matches(hash_, "letmein")
    assert not matches(hash_, "letmein ")
    assert not matches(hash_, "")
    assert not matches(hash_, "letmein\0")


@pytest.mark.parametrize(
    "hash_", ["", "*0", "*1", "x", "$1$salt$x", "aaFqAi0sKs3pY", "$6$", "$y$", "$2y$05$", "\u00e9$6$"]
)
def test_what_is_no_hash_or_too_weak_a_one_matches_nothing(hash_: str):
    for password in ("letmein", "", hash_):
        assert not matches(hash_, password)


@given(st.text(max_size=100), st.text(max_size=40))
def test_whatever_stands_in_the_file_a_check_says_yes_or_no(hash_: str, password: str):
    assert matches(hash_, password) is False
    if not hash_.startswith("$argon2"):
        assert matches(f"$6${hash_}", password) in (True, False)


def test_hashes_are_of_one_kind_if_they_cost_the_same():
    assert kind_of(make_hash("x")) == kind_of(make_hash("y")) != kind_of(MADE_ELSEWHERE["ARGON2ID"])
    assert kind_of("$6$rounds=5000$salt$x") != kind_of("$6$salt$x") == kind_of("$6$other$y")
    assert kind_of("$2y$05$x") != kind_of("$2y$10$x")


@pytest.mark.parametrize("scheme", ["SHA512-CRYPT", "blf-crypt", "CRYPT", ""])
async def test_an_account_with_such_a_hash_can_log_in(tmp_path: Path, scheme: str):
    path = tmp_path / "accounts"
    hash_ = MADE_ELSEWHERE[scheme.upper() or "CRYPT"]
    path.write_text(f"bob:{{{scheme}}}{hash_}:::Bob:::\n" if scheme else f"bob:{hash_}:::Bob:::\n")
    check = PasswordCheck(AccountFile(path))
    account = await check.verify("bob", "letmein", "modem0")
    assert account is not None
    assert account.full_name == "Bob"
    assert await check.verify("bob", "wrong", "modem0") is None
    check.close()


async def test_a_refusal_costs_one_hash_of_each_kind_in_the_file_whoever_was_named(tmp_path: Path):
    accounts = AccountFile(tmp_path / "accounts")
    accounts.add(Account("alice", make_hash("x")))
    path = tmp_path / "accounts"
    path.write_text(path.read_text() + f"bob:{{BLF-CRYPT}}{MADE_ELSEWHERE['BLF-CRYPT']}\ncarol:{{SSHA}}x\n")
    costs: list[str] = []

    def counted(hash_: str, password: str) -> bool:
        costs.append(kind_of(hash_))
        return False

    backend = FilePasswords(accounts, counted)
    for name in ("alice", "bob", "carol", "nobody"):
        costs.clear()
        assert await backend.accepts(name, "wrong") is None
        assert sorted(costs) == sorted(accounts.kinds()), name
    backend.close()
