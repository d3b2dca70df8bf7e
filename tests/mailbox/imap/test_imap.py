"""The IMAP store on a real Dovecot, beyond the promise of every store."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from offhook.mailbox.imap import ImapFolders, ImapMaildrop, ImapServer, ImapSession
from offhook.mailbox.imap import connection as imap_connection
from offhook.mailbox.imap import mailbox as imap_mailbox
from offhook.mailbox.letters import Flag, MaildropFailure, catalog_of
from tests.support.dovecot import CERTIFICATE, PASSWORD, Dovecot, dovecot
from tests.support.letters_in_stores import LETTER, put


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said to the server."""
    said: list[str] = []
    really = imap_connection.Connection.command

    def command(self: imap_connection.Connection, name: str, *arguments: str | bytes, wanted: str = "") -> list[object]:
        said.append(" ".join([name, *map(str, arguments)]))
        return really(self, name, *arguments, wanted=wanted)

    monkeypatch.setattr(imap_connection.Connection, "command", command)
    return said


@pytest.fixture(scope="module")
def house() -> Iterator[Dovecot]:
    """A server with dots between the levels of folders, as many are."""
    with dovecot("alice", separator=".", prefix="INBOX.") as running:
        yield running


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_protected_connection_is_for_the_server_whose_certificate_is_believed(house: Dovecot, security: str):
    port = house.imap if security == "starttls" else house.imaps
    for host, believed, works in (
        ("localhost", str(CERTIFICATE), True),
        ("127.0.0.1", str(CERTIFICATE), True),
        ("localhost", "", False),
        ("127.0.0.2", str(CERTIFICATE), False),
    ):
        server = ImapServer(host, port, security, ca_file=believed)  # type: ignore[arg-type]
        maildrop = ImapMaildrop(ImapSession(server, "alice", PASSWORD))
        if works:
            assert list(await maildrop.scan()) == []
        else:
            with pytest.raises(MaildropFailure, match="cannot be reached"):
                await maildrop.scan()
        await maildrop.close()


async def test_a_wrong_password_and_a_wrong_name_are_told_alike(house: Dovecot):
    for name, password in (("alice", "wrong"), ("nobody", PASSWORD), ("alice", "w\u00f6rd")):
        maildrop = ImapMaildrop(ImapSession(ImapServer("localhost", house.imap, "none"), name, password))
        with pytest.raises(MaildropFailure, match="does not let this account in"):
            await maildrop.scan()
        await maildrop.close()


async def test_folders_have_strokes_between_their_levels_whatever_the_server_has(house: Dovecot):
    session = ImapSession(ImapServer("localhost", house.imap, "none"), "alice", PASSWORD)
    session.enter()
    folders = ImapFolders(session)
    await folders.create("Sent/2026")
    await folders.create("Entw\u00fcrfe")
    assert list(await folders.names()) == ["INBOX", "Entw\u00fcrfe", "Sent/2026"]
    assert "INBOX.Sent.2026" in house.doveadm("mailbox", "list", "-u", "alice").split()
    with pytest.raises(MaildropFailure, match="No folder can have that name"):
        await folders.create("a.b")
    house.doveadm("mailbox", "create", "-u", "alice", "INBOX.made elsewhere")
    assert "made elsewhere" in await folders.names()
    await session.leave()


async def test_sent_on_is_what_other_programs_call_forwarded(
    imap_account: Callable[[], ImapSession], mail_server: Dovecot
):
    maildrop = ImapMaildrop(imap_account())
    key = await put(maildrop)
    await maildrop.mark(key, add={Flag.PASSED}, add_keywords={"Work"})
    account = maildrop.session.account
    assert "$Forwarded" in mail_server.doveadm("fetch", "-u", account, "flags", "ALL")
    mail_server.doveadm("flags", "remove", "-u", account, "$Forwarded", "ALL")
    mail_server.doveadm("flags", "add", "-u", account, "$forwarded \\Flagged $Junk", "ALL")
    (entry,) = await maildrop.scan()
    assert (entry.flags, entry.keywords) == ({Flag.PASSED, Flag.FLAGGED}, {"Work", "$Junk"})
    await maildrop.close()


async def test_the_heads_of_a_screen_are_asked_for_together(
    imap_account: Callable[[], ImapSession], commands: list[str]
):
    maildrop = ImapMaildrop(imap_account())
    for number in range(30):
        await put(maildrop, b"Subject: %d\n\nbody\n" % number)
    keys = [entry.key for entry in await maildrop.scan()]
    commands.clear()
    assert [await maildrop.head(key) for key in keys] == [b"Subject: %d\n" % number for number in range(30)]
    assert len(commands) == 2
    await maildrop.close()


async def test_a_second_look_tells_only_what_has_changed(imap_account: Callable[[], ImapSession], commands: list[str]):
    maildrop, other = ImapMaildrop(imap_account()), ImapMaildrop(imap_account())
    keys = [await put(other) for _ in range(12)]
    await maildrop.scan()
    await other.mark(keys[3], add={Flag.SEEN})
    await other.expunge([keys[5]])
    keys.append(await put(other))
    commands.clear()
    entries = await maildrop.scan()
    assert [entry.key for entry in entries] == keys[:5] + keys[6:]
    assert entries[3].flags == {Flag.SEEN}
    assert any("CHANGEDSINCE" in each for each in commands)
    commands.clear()
    await maildrop.scan()
    assert [each.split(" (")[0] for each in commands] == ["NOOP", "UID FETCH 1:*"]
    assert "CHANGEDSINCE" in commands[1]
    for each in (maildrop, other):
        await each.close()


async def test_a_large_letter_comes_in_pieces(imap_account: Callable[[], ImapSession], commands: list[str]):
    maildrop = ImapMaildrop(imap_account())
    letter = b"Subject: large\n\n" + b"0123456789abcde\n" * 150_000
    key = await put(maildrop, letter, arrived=1_600_000_000.75)
    commands.clear()
    assert await maildrop.fetch(key) == letter
    assert len([each for each in commands if "BODY.PEEK" in each]) == (len(letter) + 150_002) // imap_mailbox.PIECE + 1
    assert [entry.arrived for entry in await maildrop.scan()] == [1_600_000_000.0]
    await maildrop.close()


async def test_a_caller_who_is_kicked_by_the_operator_goes_on(
    imap_account: Callable[[], ImapSession], mail_server: Dovecot
):
    maildrop = ImapMaildrop(imap_account())
    key = await put(maildrop)
    async with asyncio.timeout(60):
        while maildrop.session.connections < 2:  # the process ends a little after it was told to
            mail_server.kick(maildrop.session.account)
            assert await maildrop.fetch(key) == LETTER
    await maildrop.close()


@pytest.mark.parametrize("letter", [b"", b"a\0b", b"a\rb\n", b"a\r\r\nb"])
async def test_a_letter_that_the_server_would_change_is_refused(imap_account: Callable[[], ImapSession], letter: bytes):
    maildrop = ImapMaildrop(imap_account())
    with pytest.raises(MaildropFailure):
        await put(maildrop, letter)
    assert list(await maildrop.scan()) == []
    await maildrop.close()


async def test_line_ends_come_back_as_newlines_whatever_they_were(imap_account: Callable[[], ImapSession]):
    maildrop = ImapMaildrop(imap_account())
    key = await put(maildrop, LETTER.replace(b"\n", b"\r\n"))
    assert await maildrop.fetch(key) == LETTER
    await maildrop.close()


async def test_a_search_is_done_by_the_server_and_means_whole_words(
    imap_account: Callable[[], ImapSession], commands: list[str]
):
    maildrop = ImapMaildrop(imap_account())
    texts = ("bread and butter", "butterfly", "BUTTER, only", "K\u00e4se", "nothing")
    for text in texts:
        await put(maildrop, f"Subject: {text[:3]}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode())
    catalog = catalog_of(maildrop)
    listing = await catalog.listing()
    commands.clear()
    for words, places in ((["butter"], [0, 2]), (["bread", "butter"], [0]), (["k\u00e4se"], [3]), (["cheese"], [])):
        assert set((await catalog.search(words)).refs) == {listing.refs[place] for place in places}
    fetched = [each for each in commands if "BODY.PEEK[]" in each]
    assert len(fetched) <= 6, "no other letters were opened"
    assert list(await catalog.matching("subject", "BRE")) == [listing.refs[0]]
    assert list(await catalog.matching("sender", "bre")) == []
    await maildrop.close()
