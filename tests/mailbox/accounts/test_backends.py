"""Back ends that answer as they please: what the check makes of it. Real ones are in tests/clients."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from offhook.mailbox.accounts import Account, AccountError, AccountFile, DovecotPasswords, PamPasswords, PasswordCheck
from offhook.mailbox.accounts import dovecot as dovecot_room
from offhook.mailbox.accounts import pam as pam_room

GREETING = b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t2\nCOOKIE\tabc\nDONE\n"


class Scripted:
    """A `Backend`: `letmein` is everybody's password."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fault: Exception | None = None

    async def accepts(self, name: str, password: str) -> Account | None:
        self.asked.append(name)
        if self.fault is not None:
            raise self.fault
        return Account(name, "", "From Afar") if password == "letmein" else None

    def close(self) -> None:
        pass


@pytest.fixture
def accounts(tmp_path: Path) -> AccountFile:
    file = AccountFile(tmp_path / "accounts")
    file.add(Account("alice", "", "Alice A."))
    file.add(Account("bob", ""))
    file.add(Account("locked", "", locked=True))
    return file


async def test_the_back_end_says_who_and_the_file_has_the_last_word(accounts: AccountFile):
    check = PasswordCheck(accounts, backend := Scripted())
    named = [await check.verify(name, "letmein", "modem0") for name in ("ALICE", "bob", "stranger", "locked")]
    assert [each and each.full_name for each in named] == ["Alice A.", "From Afar", "From Afar", None]
    assert backend.asked == ["alice", "bob", "stranger", "locked"]


@pytest.mark.parametrize("name", ["", "..", "a b", "a\tb", "a\nb", "x" * 33, "user@example.org"])
async def test_what_is_no_account_name_reaches_no_back_end_as_it_is(accounts: AccountFile, name: str):
    check = PasswordCheck(accounts, backend := Scripted())
    assert await check.verify(name, "letmein", "modem0") is None
    assert backend.asked == [""]


async def test_no_refusal_comes_sooner_than_the_others(accounts: AccountFile):
    check = PasswordCheck(accounts, Scripted(), refusal=0.05)
    for name in ("alice", "locked", ".."):
        begun = time.monotonic()
        assert await check.verify(name, "letmein" if name == "locked" else "wrong", "modem0") is None
        assert time.monotonic() - begun >= 0.05


async def test_guesses_wait_whatever_the_back_end(accounts: AccountFile, monkeypatch: pytest.MonkeyPatch):
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("offhook.mailbox.accounts.passwords.asyncio.sleep", sleep)
    check = PasswordCheck(accounts, Scripted())
    for _ in range(5):
        await check.verify("alice", "wrong", "modem0")
    assert waits == [1, 2]


async def test_a_back_end_that_is_down_is_told_apart_from_a_wrong_password(accounts: AccountFile):
    check = PasswordCheck(accounts, backend := Scripted())
    backend.fault = AccountError("It is down.")
    with pytest.raises(AccountError, match="down"):
        await check.verify("alice", "letmein", "modem0")


@asynccontextmanager
async def auth_socket(
    folder: Path, *answers: bytes, greeting: bytes = GREETING
) -> AsyncIterator[tuple[Path, list[bytes]]]:
    """A socket that greets as Dovecot does, and answers each question in turn."""
    asked: list[bytes] = []
    left = list(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while line := await reader.readline():
            asked.append(line)
            if line.startswith(b"AUTH"):
                writer.write(left.pop(0) if left else b"")
                await writer.drain()
                writer.close()

    path = folder / "auth"
    server = await asyncio.start_unix_server(answer, path)
    try:
        yield path, asked
    finally:
        server.close()


async def test_dovecot_is_asked_in_its_protocol(tmp_path: Path):
    async with auth_socket(tmp_path, b"OK\t1\tuser=alice@example.org\n") as (path, asked):
        account = await DovecotPasswords(path, "{user}@example.org").accepts("alice", "letm\u00e9in")
        assert account == Account("alice", "")
    assert asked[0].startswith(b"VERSION\t1\t")
    assert asked[1] == b"CPID\t%d\n" % os.getpid()
    assert asked[2] == b"AUTH\t1\tPLAIN\tservice=offhook\tsecured\tresp=AGFsaWNlQGV4YW1wbGUub3JnAGxldG3DqWlu\n"


@pytest.mark.parametrize(
    "answer",
    [b"FAIL\t1\tuser=alice\n", b"OK\t1\tuser=alice\tnologin\n", b"CONT\t1\t\n", b"OK\t7\nFAIL\t1\n", b"\n\nFAIL\t1\n"],
)
async def test_everything_but_ok_is_no(tmp_path: Path, answer: bytes):
    async with auth_socket(tmp_path, answer) as (path, _):
        assert await DovecotPasswords(path).accepts("alice", "x") is None


@pytest.mark.parametrize(
    ("answer", "greeting"),
    [
        (b"FAIL\t1\tuser=alice\ttemp\n", GREETING),
        (b"", GREETING),
        (b"OK", GREETING),
        (b"x" * 100_000, GREETING),
        (b"NOTHING\n" * 1000, GREETING),
        (b"OK\t1\n", b"VERSION\t2\t0\nDONE\n"),
        (b"OK\t1\n", b"MECH\tx\n" * 1000),
        (b"OK\t1\n", b"\xff" * 100_000),
    ],
)
async def test_a_socket_that_cannot_tell_or_talks_nonsense_is_an_account_error(
    tmp_path: Path, answer: bytes, greeting: bytes
):
    async with auth_socket(tmp_path, answer, greeting=greeting) as (path, _):
        with pytest.raises(AccountError, match=r"^Dovecot cannot be asked at .*[.]$"):
            await DovecotPasswords(path).accepts("alice", "x")


async def test_a_socket_that_is_not_there_or_says_nothing_is_an_account_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(dovecot_room, "PATIENCE", 0.05)
    with pytest.raises(AccountError, match="No such file"):
        await DovecotPasswords(tmp_path / "none").accepts("alice", "x")
    async with auth_socket(tmp_path, greeting=b"") as (path, _):
        with pytest.raises(AccountError, match="does not answer"):
            await DovecotPasswords(path).accepts("alice", "x")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import os; os.kill(os.getpid(), 11)", "helper has failed"),
        ("raise SystemExit(1)", "helper has failed"),
        ("print('x' * 10**6)", "xxx"),
        ("print('cannot PAM says 4')", "PAM says 4"),
        ("import time; time.sleep(100)", "does not answer"),
    ],
)
async def test_a_pam_helper_that_crashes_or_hangs_is_an_account_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, why: str
):
    (tmp_path / "helper.py").write_text(text)
    monkeypatch.setattr(pam_room, "HELPER", tmp_path / "helper.py")
    monkeypatch.setattr(pam_room, "PATIENCE", 0.5 if "sleep" in text else 30.0)
    with pytest.raises(AccountError, match=f"PAM cannot be asked: .*{why}"):
        await PamPasswords().accepts("alice", "x")


async def test_the_pam_helper_gets_the_password_on_its_standard_input_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "helper.py").write_text(
        "import base64, os, sys\n"
        "said = [base64.b64decode(line) for line in sys.stdin]\n"
        "assert said == [b'offhook', b'alice', b'se cret'], said\n"
        "assert not [each for each in (*sys.argv, *os.environ.values()) if 'cret' in each]\n"
        "print('yes')\n"
    )
    monkeypatch.setattr(pam_room, "HELPER", tmp_path / "helper.py")
    assert await PamPasswords().accepts("alice", "se cret") == Account("alice", "")


def test_files_are_for_their_owner_only_whatever_the_umask(tmp_path: Path):
    before = os.umask(0)
    try:
        AccountFile(tmp_path / "deep" / "accounts").add(Account("alice", "x"))
    finally:
        os.umask(before)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "deep").iterdir()}
    assert modes == {"accounts": 0o600, "accounts.lock": 0o600}
    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o700
