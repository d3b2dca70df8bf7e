"""What the configuration says of a mail server and of who checks passwords, and what is made of it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from offhook.cli.main import offhook
from offhook.config import ConfigError, parse
from offhook.mail_room import REFUSAL, ImapPasswords, MailRoom, backend
from offhook.mailbox.accounts import Account, AccountError, DovecotPasswords, PamPasswords
from offhook.mailbox.imap import ImapFolders, ImapMaildrop, OneLetter
from offhook.mailbox.letters import MaildropFailure
from offhook.sorting.imap_store import imap_server
from tests.support.fake_imap import breaks_off, fake_imap, says

FILE = Path("/etc/offhook.toml")
WHOLE = """
[mail]
store = "imap"
[imap]
host = "imap.example.org"
port = 993
security = "tls"
login = "{user}@example.org"
"""


def test_the_server_is_what_the_table_says(tmp_path: Path):
    (tmp_path / "secret").write_text("open sesame\n")
    (tmp_path / "secret").chmod(0o600)
    text = WHOLE + 'master_user = "master"\npassword_file = "secret"\nca_file = "ca.pem"\n'
    server = imap_server(parse(text, FILE), tmp_path)
    assert server is not None
    assert (server.host, server.port, server.security) == ("imap.example.org", 993, "tls")
    assert (server.login, server.master_user, server.master_password) == ("{user}@example.org", "master", "open sesame")
    assert server.ca_file == str(tmp_path / "ca.pem")
    assert "sesame" not in repr(server)


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        ('[mail]\nstore = "imap"', "mail.store", "add an [imap] table"),
        ('[accounts]\nbackend = "imap"', "accounts.backend", "add an [imap] table"),
        ('[imap]\nhost = "imap.example.org"\nsecurity = "none"', "imap.security", "in clear to another machine"),
        ('[imap]\nhost = "a"\nmaster_user = "m"', "imap", "belong together"),
        ('[imap]\nhost = "a"\nlogin = "alice"', "imap.login", "write {user}"),
        ('[accounts]\nbackend = "ldap"', "accounts.backend", "write one of"),
        (WHOLE + '[smtp]\nlisten = "127.0.0.1:25"', "smtp", "only with [imap] master_user"),
        (WHOLE + "[lmtp]", "lmtp", "only with [imap] master_user"),
    ],
)
def test_what_does_not_fit_names_its_key_and_the_remedy(text: str, key: str, remedy: str):
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    assert [problem.key for problem in caught.value.problems] == [key]
    assert remedy in caught.value.problems[0].remedy


@pytest.mark.parametrize("text", ['host = "localhost"', 'host = "127.0.0.1"', 'host = "a.example"\nin_clear = true'])
def test_no_protection_is_for_this_machine_or_for_who_says_so(text: str):
    config = parse(f'[imap]\nsecurity = "none"\n{text}', FILE)
    assert config.imap is not None


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ('[accounts]\nbackend = "pam"', PamPasswords),
        ('[accounts]\nbackend = "dovecot"\nsocket = "auth"', DovecotPasswords),
        ('[accounts]\nbackend = "imap"\n[imap]\nhost = "a"', ImapPasswords),
    ],
)
def test_a_word_chooses_who_checks_passwords_and_no_refusal_tells_more_by_its_time(
    tmp_path: Path, table: str, kind: type
):
    config = parse(table, FILE)
    chosen, refusal = backend(config, tmp_path, imap_server(config, tmp_path))
    assert isinstance(chosen, kind)
    assert refusal == REFUSAL
    assert backend(parse("", FILE), tmp_path, None) == (None, 0.0)


async def test_a_mail_server_that_cannot_be_asked_is_an_account_error(tmp_path: Path):
    config = parse('[imap]\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"', FILE)
    server = imap_server(config, tmp_path)
    assert server is not None
    with pytest.raises(AccountError, match=r"127\.0\.0\.1 cannot be asked"):
        await ImapPasswords(server).accepts("alice", "x")
    assert await ImapPasswords(server).accepts("", "x") is None


async def test_what_is_typed_for_a_name_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    async with fake_imap() as fake:
        config = parse(f'[imap]\nhost = "127.0.0.1"\nport = {fake.port}\nsecurity = "none"', FILE)
        server = imap_server(config, tmp_path)
        assert server is not None
        fake.always.append(("AUTHENTICATE", says(then="NO no")))
        assert await ImapPasswords(server).accepts("my-password", "x") is None
        fake.always[:] = [("AUTHENTICATE", breaks_off)]
        with pytest.raises(AccountError):
            await ImapPasswords(server).accepts("my-password", "x")
    assert "does not let a caller in" in caplog.text
    assert "my-password" not in caplog.text


def test_a_subscriber_opens_the_mailbox_with_the_password_and_nobody_else_can(tmp_path: Path):
    room = MailRoom(parse(WHOLE, FILE), tmp_path)
    alice = Account("alice", "")
    visitor = room.visitor(alice, "modem0", "letmein")
    assert isinstance(visitor.maildrop, ImapMaildrop)
    assert isinstance(visitor.folders, ImapFolders)
    for opening in (lambda: room.visitor(alice, "console"), lambda: room.sorting.maildrop("alice")):
        with pytest.raises(MaildropFailure, match="Only who knows the password"):
            opening()
    assert not room.delivery.is_local("bob@localhost")
    assert not room.delivery.is_local("bob")
    room.check.close()


def test_with_a_master_user_the_host_delivers_and_an_account_may_be_elsewhere(tmp_path: Path):
    (tmp_path / "secret").write_text("open sesame\n")
    (tmp_path / "secret").chmod(0o600)
    room = MailRoom(parse(WHOLE + 'master_user = "master"\npassword_file = "secret"\n', FILE), tmp_path)
    (tmp_path / "accounts").write_text(f"carol:x::::::userdb_mail=maildir:{tmp_path}/carol\n")
    assert isinstance(room.sorting.maildrop("alice"), OneLetter)
    assert not isinstance(room.sorting.maildrop("carol"), OneLetter)
    assert room.delivery.is_local("bob")
    room.check.close()


def test_one_account_may_be_on_the_server_while_the_others_are_here(tmp_path: Path):
    room = MailRoom(parse('[imap]\nhost = "imap.example.org"\n', FILE), tmp_path)
    (tmp_path / "accounts").write_text("carol:x::::::userdb_mail=imap\nbob:x::::::\n")
    assert isinstance(room.visitor(Account("carol", "", mail="imap"), "modem0", "x").maildrop, ImapMaildrop)
    assert not isinstance(room.visitor(Account("bob", ""), "modem0", "x").maildrop, ImapMaildrop)
    room.check.close()


def test_who_may_not_open_a_mailbox_at_the_console_is_told_a_sentence(tmp_path: Path):
    (tmp_path / "offhook.toml").write_text(WHOLE)
    (tmp_path / "accounts").write_text("alice:x\n")
    command = ["mail", "--config", str(tmp_path / "offhook.toml"), "--account", "alice"]
    done = CliRunner().invoke(offhook, command)
    assert done.exit_code == 1
    assert done.output == "Error: Only who knows the password of this mailbox can open it.\n"
