"""Dovecot and we on the same Maildir: each reads what the other wrote, flags and keywords included."""

import imaplib
import smtplib
from collections.abc import Iterator

import pytest

from offhook.mailbox.letters import Flag
from offhook.mailbox.store import Maildir
from tests.support.dovecot import PASSWORD, Dovecot, dovecot

pytestmark = pytest.mark.needs("dovecot", "doveadm", "lmtp")


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot("alice", "bob", "carol", "dave") as running:
        yield running


def logged_in(server: Dovecot, user: str) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", server.imap)
    client.login(user, PASSWORD)
    return client


async def test_we_read_what_dovecot_wrote_flags_and_keywords_included(server: Dovecot):
    client = logged_in(server, "alice")
    client.append("INBOX", r"(\Seen \Answered Work $Forwarded)", "", b"Subject: one\r\n\r\nbody\r\n")
    client.append("INBOX", "(later)", "", b"Subject: two\r\n\r\nbody\r\n")
    maildrop = Maildir(server.maildir("alice"))
    first, second = await maildrop.scan()
    assert first.flags == {Flag.SEEN, Flag.REPLIED}
    assert first.keywords == {"Work", "$Forwarded"}
    assert (second.flags, second.keywords) == (frozenset(), {"later"})
    assert await maildrop.fetch(first.key) == b"Subject: one\n\nbody\n"
    client.logout()


async def test_we_read_what_lmtp_delivers(server: Dovecot):
    maildrop = Maildir(server.maildir("bob"))
    with smtplib.LMTP(str(server.lmtp)) as lmtp:
        lmtp.sendmail("x@example.org", ["bob"], "Subject: hello\r\n\r\nbody\r\n")
    (entry,) = await maildrop.scan()
    assert entry.new
    assert b"Subject: hello\n\nbody\n" in await maildrop.fetch(entry.key)


def test_a_server_that_is_left_alone_has_nothing_to_complain_about():
    with dovecot("alice") as alone:
        assert alone.complaints() == []
        assert "auth succeeded" in alone.doveadm("auth", "test", "alice", PASSWORD)
