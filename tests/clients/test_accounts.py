"""Accounts beside real programs: Dovecot reads our file, we read its hashes; its auth service and PAM as back ends."""

import os
import pwd
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from offhook.mailbox.accounts import (
    Account,
    AccountError,
    AccountFile,
    DovecotPasswords,
    FilePasswords,
    PamPasswords,
    make_hash,
    pam,
)
from tests.support.dovecot import Dovecot, dovecot
from tests.support.programs import library_path

PASSWORD = "correct horse"
SCHEMES = ("ARGON2ID", "ARGON2I", "SHA512-CRYPT", "SHA256-CRYPT", "BLF-CRYPT", "CRYPT")


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> AccountFile:
    """A file of ours."""
    folder = tmp_path_factory.mktemp("accounts")
    file = AccountFile(folder / "accounts")
    file.add(Account("alice", make_hash(PASSWORD), "Alice Ash"))
    file.add(Account("locked", make_hash(PASSWORD)))
    file.update("locked", lambda account: replace(account, locked=True))
    return file


@pytest.fixture(scope="module")
def server(accounts: AccountFile) -> Iterator[Dovecot]:
    """A Dovecot with that file, which is for its owner only: its auth service has to run as that user."""
    owner = pwd.getpwuid(os.geteuid()).pw_name
    with dovecot(accounts=accounts.path, more=f"service auth {{\n  user = {owner}\n}}") as running:
        yield running


@pytest.mark.needs("dovecot", "doveadm")
def test_dovecot_accepts_the_account_file_that_we_write(server: Dovecot) -> None:
    assert "auth succeeded" in server.doveadm("auth", "test", "alice", PASSWORD)
    for name, password in (("alice", "wrong"), ("locked", PASSWORD), ("nobody", PASSWORD)):
        assert "auth failed" in server.doveadm("auth", "test", name, password, check=False)


@pytest.mark.needs("dovecot", "doveadm")
async def test_dovecots_auth_service_is_a_back_end(server: Dovecot) -> None:
    backend = DovecotPasswords(server.auth_socket)
    assert await backend.accepts("alice", PASSWORD) == Account("alice", "")
    for name, password in (("alice", "wrong"), ("locked", PASSWORD), ("nobody", PASSWORD), ("", ""), ("alice", "a\0b")):
        assert await backend.accepts(name, password) is None


@pytest.mark.needs("doveadm")
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_we_accept_what_doveadm_pw_prints(tmp_path: Path, server: Dovecot, scheme: str) -> None:
    path = tmp_path / "accounts"
    path.write_text(f"bob:{server.doveadm('pw', '-s', scheme, '-p', PASSWORD).strip()}:::Bob:::\n")
    backend = FilePasswords(AccountFile(path))
    assert await backend.accepts("bob", PASSWORD) is not None
    assert await backend.accepts("bob", "wrong") is None
    backend.close()


WRAPPED = """
import ctypes.util, runpy
find = ctypes.util.find_library
ctypes.util.find_library = lambda name: {library!r} if name == "pam" else find(name)
runpy.run_path({helper!r}, run_name="__main__")
"""


@pytest.fixture
def pam_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The helper with a real PAM that reads its services, and pam_matrix its passwords, from the test's own folder.

    pam_wrapper stands before libpam for that; python-pam gets it by its path, for it does not see what is preloaded.
    """
    library = library_path("libpam_wrapper.so")
    services = tmp_path / "pam.d"
    services.mkdir()
    matrix = library.parent / "pam_wrapper" / "pam_matrix.so"
    (tmp_path / "passwords").write_text(f"alice:{PASSWORD}:offhook\nexpired:{PASSWORD}:another\n")
    (services / "offhook").write_text(
        f"auth required {matrix} passdb={tmp_path}/passwords\naccount required {matrix} passdb={tmp_path}/passwords\n"
    )
    (services / "half").write_text(
        f"auth required pam_permit.so\naccount required {matrix} passdb={tmp_path}/passwords\n"
    )
    (services / "nothing").write_text("auth required pam_no_such_module.so\naccount required pam_permit.so\n")
    helper = tmp_path / "helper.py"
    helper.write_text(WRAPPED.format(library=str(library), helper=str(pam.HELPER)))
    monkeypatch.setattr(pam, "HELPER", helper)
    return {
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "LD_PRELOAD": str(library),
        "PAM_WRAPPER": "1",
        "PAM_WRAPPER_SERVICE_DIR": str(services),
    }


async def test_pam_lets_in_who_has_the_password(pam_environment: dict[str, str]) -> None:
    backend = PamPasswords("offhook", pam_environment)
    assert await backend.accepts("alice", PASSWORD) == Account("alice", "")
    for name, password in (("alice", "wrong"), ("nobody-here", PASSWORD), ("", PASSWORD)):
        assert await backend.accepts(name, password) is None


async def test_pam_keeps_out_who_may_not_use_the_account_though_the_password_is_right(
    pam_environment: dict[str, str],
) -> None:
    assert await PamPasswords("half", pam_environment).accepts("expired", "whatever") is None


async def test_a_pam_service_that_cannot_work_is_told_apart_from_a_wrong_password(
    pam_environment: dict[str, str],
) -> None:
    with pytest.raises(AccountError, match="PAM cannot be asked: PAM says"):
        await PamPasswords("nothing", pam_environment).accepts("alice", PASSWORD)
