"""Logging in to an IMAP server: what is refused is told in our words, and no password is said where others hear it."""

import pytest

from offhook.mailbox.imap import ImapMaildrop, ImapServer, ImapSession
from offhook.mailbox.letters import Flag, MaildropFailure
from tests.support.fake_imap import FakeImap, Talk, is_one_sentence, maildrop_on
from tests.support.letters_in_stores import LETTER, put

pytestmark = pytest.mark.torture


@pytest.mark.parametrize(
    ("command", "answer", "sentence"),
    [
        ("APPEND", "NO [OVERQUOTA] \x1b[2Jfull", "space allowed"),
        ("APPEND", "NO \x1b[2Jfull", "refuses that"),
        ("SELECT", "NO [NONEXISTENT] no", "no such folder"),
        ("AUTHENTICATE", "NO [AUTHENTICATIONFAILED] no", "does not let this account in"),
        ("AUTHENTICATE", "NO \x1b[2Jno", "does not let this account in"),
        ("AUTHENTICATE", "NO [UNAVAILABLE] no", "cannot do that at present"),
        ("NOOP", "NO [LIMIT] no", "too much to do"),
    ],
)
async def test_a_refusal_is_told_in_our_words(
    fake: FakeImap, maildrop: ImapMaildrop, command: str, answer: str, sentence: str
):
    async def refuses(talk: Talk, tag: str) -> None:
        talk.say(f"{tag} {answer}")

    fake.always.append((command, refuses))
    with pytest.raises(MaildropFailure, match=sentence) as caught:
        await put(maildrop, LETTER, Flag.SEEN)
    assert is_one_sentence(caught.value)


async def test_no_password_is_said_where_others_can_hear_it(fake: FakeImap, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    for capabilities in ("IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 STARTTLS LOGINDISABLED"):
        fake.capabilities = capabilities
        session = ImapSession(ImapServer("127.0.0.1", fake.port, "starttls"), "alice", "se cret")
        with pytest.raises(MaildropFailure) as caught:
            await ImapMaildrop(session).scan()
        assert is_one_sentence(caught.value)
        session.abandon()
    assert not [each for each in fake.heard_commands if each.startswith(("AUTH", "LOGIN"))]
    maildrop = maildrop_on(fake, "se cret")
    fake.capabilities = "IMAP4rev1"
    await maildrop.scan()
    maildrop.session.abandon()
    assert 'LOGIN alice "se cret"' in fake.heard_commands
    assert "se cret" not in caplog.text
    assert "c2UgY3JldA" not in caplog.text


@pytest.mark.parametrize("password", ["a\r\nb", "a\0b", "a\nb"])
async def test_a_password_cannot_say_commands(fake: FakeImap, password: str):
    maildrop = maildrop_on(fake, password)
    with pytest.raises(MaildropFailure, match="does not let"):
        await maildrop.scan()
    maildrop.session.abandon()
    assert len(fake.heard_commands) <= 1


async def test_a_server_that_logs_in_by_itself_before_tls_is_not_believed(fake: FakeImap):
    fake.greeting = "* PREAUTH welcome"
    fake.capabilities = "IMAP4rev1 STARTTLS AUTH=PLAIN"
    for security in ("starttls", "none"):
        session = ImapSession(ImapServer("127.0.0.1", fake.port, security), "alice", "x")  # type: ignore[arg-type]
        with pytest.raises(MaildropFailure):
            await ImapMaildrop(session).scan()
        session.abandon()


async def test_words_before_tls_are_not_believed(fake: FakeImap):
    async def injects(talk: Talk, tag: str) -> None:
        talk.writer.write(f"{tag} OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n".encode())

    fake.capabilities = "IMAP4rev1 STARTTLS"
    fake.always.append(("STARTTLS", injects))
    session = ImapSession(ImapServer("127.0.0.1", fake.port, "starttls"), "alice", "x")
    with pytest.raises(MaildropFailure):
        await ImapMaildrop(session).scan()
    session.abandon()
