"""The configurations in `examples/imap` with a real Dovecot: the places in them are put where the tests may write."""

import os
import pwd
from pathlib import Path

import pytest

from offhook.config import check_surroundings, load
from offhook.mail_room import MailRoom
from offhook.mailbox.letters import Envelope, PermanentFailure
from tests.support.dovecot import CERTIFICATE, PASSWORD, dovecot

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "imap"
LETTER = b"From: alice@example.org\r\nTo: bob@example.org\r\nSubject: within the house\r\n\r\nHello.\r\n"
pytestmark = pytest.mark.needs("dovecot", "doveadm")


def written(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """An example with some of its words exchanged for those of the test."""
    text = (EXAMPLES / name).read_text()
    for old, new in changes:
        assert old in text, f"{name} does not say {old}"
        text = text.replace(old, new)
    (folder / name).write_text(text)
    return folder / name


def secret(path: Path, text: str) -> None:
    path.write_text(f"{text}\n")
    path.chmod(0o600)


async def test_in_front_of_an_imap_service_by_tls_and_with_the_callers_own_password(tmp_path: Path) -> None:
    with dovecot("alice@example.org") as server:
        file = written(
            tmp_path,
            "offhook.toml",
            ('host = "imap.example.org"', f'host = "localhost"\nca_file = "{CERTIFICATE}"'),
            ("port = 993", f"port = {server.imaps}"),
        )
        secret(tmp_path / "smarthost-password", "x")
        check_surroundings(load(file), file)
        room = MailRoom(load(file), tmp_path)
        assert await room.check.verify("alice", "wrong", "modem0") is None
        account = await room.check.verify("alice", PASSWORD, "modem0")
        assert account is not None
        visitor = room.visitor(account, "modem0", PASSWORD)
        assert list(await visitor.maildrop.scan()) == []
        assert list(await visitor.folders.names()) == ["INBOX"]
        await visitor.maildrop.close()
        assert await visitor.post_office.check("bob") == "bob@example.org", "it goes to the smarthost"
        await room.close()


async def test_a_certificate_of_nobody_is_not_believed(tmp_path: Path) -> None:
    with dovecot("alice@example.org") as server:
        file = written(
            tmp_path,
            "offhook.toml",
            ('host = "imap.example.org"', 'host = "localhost"'),
            ("port = 993", f"port = {server.imaps}"),
        )
        secret(tmp_path / "smarthost-password", "x")
        room = MailRoom(load(file), tmp_path)
        with pytest.raises(Exception, match="cannot be asked"):
            await room.check.verify("alice", PASSWORD, "modem0")
        await room.close()
        assert "Login: user" not in server.log()


async def test_beside_dovecot_with_its_auth_service_and_a_master_user(tmp_path: Path) -> None:
    (tmp_path / "offhook-master").write_text("offhook:{PLAIN}open sesame two\n")
    owner = pwd.getpwuid(os.geteuid()).pw_name
    snippet = written(
        tmp_path,
        "90-offhook.conf",
        ("user = offhook", f"user = {owner}"),
        ("/etc/dovecot/offhook-master", str(tmp_path / "offhook-master")),
    )
    more = f"service auth {{\n  user = {owner}\n}}\n{snippet.read_text()}"
    with dovecot("alice", "bob", more=more) as server:
        file = written(
            tmp_path,
            "beside-dovecot.toml",
            ("/run/dovecot/", f"{server.folder}/run/"),
            ("port = 143", f"port = {server.imap}"),
        )
        secret(tmp_path / "master-password", "open sesame two")
        check_surroundings(load(file), file)
        room = MailRoom(load(file), tmp_path)
        assert await room.check.verify("alice", "wrong", "modem0") is None
        account = await room.check.verify("alice", PASSWORD, "modem0")
        assert account is not None
        visitor = room.visitor(account, "modem0", PASSWORD)
        assert await visitor.post_office.check("bob") == "bob@example.org"
        with pytest.raises(PermanentFailure, match="no such user"):
            await visitor.post_office.check("nobody")
        await visitor.post_office.post(Envelope("alice@example.org", ("bob@example.org",)), LETTER)
        await visitor.maildrop.close()
        await room.close()
        said = server.doveadm("-f", "flow", "fetch", "-u", "bob", "hdr.subject hdr.delivered-to", "ALL")
        assert "hdr.subject=within the house" in said
        assert "who" not in server.doveadm("who", "-1", "bob", check=False).replace("username", ""), "nobody stays"
