import os
import stat
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.accounts import Account, AccountError, AccountFile

ALICE = Account("alice", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA", "Alice A.")


def test_an_account_that_was_added_is_found_whatever_its_case_and_by_another_reader(tmp_path: Path):
    file = AccountFile(tmp_path / "accounts")
    file.add(ALICE)
    assert file.find(" ALICE ") == ALICE
    assert AccountFile(tmp_path / "accounts").all() == [ALICE]


def test_the_file_has_the_fields_that_dovecot_reads_and_is_for_its_owner_only(tmp_path: Path):
    path = tmp_path / "accounts"
    AccountFile(path).add(ALICE)
    assert path.read_text() == f"alice:{{ARGON2ID}}{ALICE.hash}:::Alice A.:::\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_locked_account_has_a_hash_that_nothing_can_match(tmp_path: Path):
    path = tmp_path / "accounts"
    file = AccountFile(path)
    file.add(ALICE)
    file.update("alice", lambda account: replace(account, locked=True))
    assert path.read_text().startswith("alice:!{ARGON2ID}$argon2id$")
    found = file.find("alice")
    assert found is not None
    assert found.locked
    file.update("alice", lambda account: replace(account, locked=False))
    assert file.find("alice") == ALICE


def test_a_change_by_another_program_is_noticed(tmp_path: Path):
    path = tmp_path / "accounts"
    file = AccountFile(path)
    assert file.find("alice") is None
    AccountFile(path).add(ALICE)
    assert file.find("alice") == ALICE
    AccountFile(path).remove("alice")
    assert file.find("alice") is None


def test_comments_empty_lines_and_other_schemes_survive_a_change(tmp_path: Path):
    path = tmp_path / "accounts"
    path.write_text("# ours\n\nbob:{SSHA512}c2FsdA==:1000:1000:Bob:/home/bob::extra=1\n")
    file = AccountFile(path)
    file.add(ALICE)
    file.remove("alice")
    assert path.read_text() == "# ours\n\nbob:{SSHA512}c2FsdA==:1000:1000:Bob:/home/bob::extra=1\n"
    bob = file.find("bob")
    assert bob is not None
    assert bob.hash == "", "a scheme we do not check matches no password"


@pytest.mark.parametrize("name", ["", "Alice", "-x", ".x", "a b", "a:b", "a/b", "..", "a\n", "é", "x" * 33])
def test_a_name_that_could_be_a_path_or_break_the_file_is_refused(tmp_path: Path, name: str):
    with pytest.raises(AccountError, match="is no account name"):
        AccountFile(tmp_path / "accounts").add(Account(name, "x"))


@pytest.mark.parametrize("full_name", ["a:b", "a\nb", "\x1b[31m", "\x9b", "x" * 101])
def test_a_full_name_cannot_break_the_file_either(tmp_path: Path, full_name: str):
    with pytest.raises(AccountError, match="full name"):
        AccountFile(tmp_path / "accounts").add(Account("alice", "x", full_name))


def test_errors_name_the_file_and_the_line(tmp_path: Path):
    path = tmp_path / "accounts"
    path.write_text("alice:x\nno colon\n")
    with pytest.raises(AccountError, match=r"accounts:2: write name"):
        AccountFile(path).all()
    path.write_bytes(b"\xff\n")
    with pytest.raises(AccountError, match="is not UTF-8"):
        AccountFile(path).all()


def test_twice_the_same_and_never_the_same_are_refused(tmp_path: Path):
    file = AccountFile(tmp_path / "accounts")
    file.add(ALICE)
    with pytest.raises(AccountError, match="already"):
        file.add(ALICE)
    for change in (lambda: file.remove("bob"), lambda: file.update("bob", lambda account: account)):
        with pytest.raises(AccountError, match="There is no account bob"):
            change()


def _add(path: Path, first: int) -> None:
    for number in range(first, first + 15):
        AccountFile(path).add(Account(f"user{number}", "x"))


def test_two_programs_that_add_at_the_same_time_lose_nothing(tmp_path: Path):
    path = tmp_path / "accounts"
    context = get_context("spawn")
    workers = [context.Process(target=_add, args=(path, first)) for first in (100, 200)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert len(AccountFile(path).all()) == 30
    assert sorted(each.name for each in tmp_path.iterdir()) == ["accounts", "accounts.lock"]


@given(st.text(max_size=200))
def test_whatever_the_file_holds_reading_it_tells_accounts_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
):
    path = tmp_path_factory.mktemp("accounts") / "accounts"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        accounts = AccountFile(path).all()
    except AccountError:
        with pytest.raises(AccountError, match="accounts"):
            AccountFile(path).find("alice")
    else:
        assert all(AccountFile(path).find(account.name) is not None for account in accounts)


def test_locking_and_a_new_password_leave_what_other_programs_keep_in_the_line(tmp_path: Path):
    path = tmp_path / "accounts"
    line = "bob:{CRYPT}$6$salt$hash:1000:1000:Bob, \t 4th floor:/home/bob::extra=1:more\n"
    path.write_text(line)
    file = AccountFile(path)
    file.update("bob", lambda account: replace(account, locked=True))
    assert path.read_text() == line.replace("{CRYPT}", "!{CRYPT}")
    file.update("BOB", lambda account: replace(account, locked=False))
    assert path.read_text() == line
    file.update("bob", lambda account: replace(account, hash="$argon2id$x", full_name="Bob"))
    assert path.read_text() == "bob:{ARGON2ID}$argon2id$x:1000:1000:Bob:/home/bob::extra=1:more\n"


@pytest.mark.parametrize("change", [{"full_name": "a:b"}, {"hash": "a:b"}, {"hash": "a\nroot"}])
def test_a_change_cannot_break_the_file_and_leaves_it_as_it_was(tmp_path: Path, change: dict[str, str]):
    path = tmp_path / "accounts"
    file = AccountFile(path)
    file.add(ALICE)
    with pytest.raises(AccountError, match="no colon or control"):
        file.update("alice", lambda account: replace(account, **change))
    assert file.all() == [ALICE]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["accounts", "accounts.lock"]


def test_an_account_that_is_there_twice_is_named_with_its_line(tmp_path: Path):
    path = tmp_path / "accounts"
    path.write_text("alice:x\nbob:x\nalice:y\n")
    with pytest.raises(AccountError, match=r"accounts:3: alice is there twice"):
        AccountFile(path).find("alice")


def test_a_file_too_large_to_be_read_whole_is_not_rewritten_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("offhook.mailbox.accounts.subscribers.LONGEST_FILE", 100)
    path = tmp_path / "accounts"
    path.write_text("# comment\n" * 11)
    with pytest.raises(AccountError, match="is larger than"):
        AccountFile(path).add(ALICE)
    assert path.read_text() == "# comment\n" * 11


def test_unusual_line_ends_in_a_full_name_are_no_line_ends(tmp_path: Path):
    path = tmp_path / "accounts"
    path.write_text("bob:x:::Bob\x0b\x1e\x85\u2028Roe:::\ncarol:y", encoding="utf-8")
    file = AccountFile(path)
    file.add(ALICE)
    assert [account.name for account in file.all()] == ["alice", "bob", "carol"]
    assert path.read_text(encoding="utf-8").startswith("bob:x:::Bob\x0b\x1e\x85\u2028Roe:::\ncarol:y\nalice:")


def test_a_change_leaves_the_file_to_its_owner(tmp_path: Path):
    path = tmp_path / "accounts"
    path.touch()
    if os.geteuid() == 0:  # anyone else can only own what is theirs
        os.chown(path, 12345, 12346)
    before = path.stat()
    AccountFile(path).add(ALICE)
    for name in ("accounts", "accounts.lock"):
        after = (tmp_path / name).stat()
        assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


def test_what_a_crash_left_of_an_earlier_change_is_not_in_the_way(tmp_path: Path):
    (tmp_path / ".accounts.new").write_text("half of a fi")
    file = AccountFile(tmp_path / "accounts")
    file.add(ALICE)
    assert file.all() == [ALICE]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["accounts", "accounts.lock"]


@pytest.mark.parametrize("step", ["fsync", "write", "fchmod"])
def test_a_disk_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str):
    file = AccountFile(tmp_path / "accounts")
    file.add(ALICE)

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, step, fails)
        with pytest.raises(OSError, match="No space"):
            file.update("alice", lambda account: replace(account, locked=True))
    assert file.all() == [ALICE]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["accounts", "accounts.lock"]
