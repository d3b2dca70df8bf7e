"""The catalog of an IMAP mailbox: it tells what the letters tell, in few octets, whatever the server can or does."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.imap import ImapMaildrop, ImapServer, ImapSession
from offhook.mailbox.imap import catalog as imap_catalog
from offhook.mailbox.imap.connection import runs_in
from offhook.mailbox.imap.wire import Wire
from offhook.mailbox.letters import (
    Entry,
    Flag,
    Heading,
    Maildrop,
    MaildropFailure,
    PlainCatalog,
    flags_in,
    ref_of,
)
from tests.support.fake_imap import CAPABILITIES, FakeImap, breaks_off, fake_imap, says
from tests.support.letters_in_stores import put, told


def letter(number: int, text: str = "Hello.") -> bytes:
    return f"From: Bob {number} <bob{number}@host.example>\nSubject: Subject {number}\n\n{text}\n".encode()


async def expected(maildrop: Maildrop) -> list[tuple[Entry, Heading]]:
    catalog = PlainCatalog(maildrop)
    listing = await catalog.listing()
    entries = [entry for entry in await catalog.entries(listing.refs) if entry]
    pairs = zip(await maildrop.scan(), await catalog.headings(listing.refs), strict=True)
    found = [(entry, heading) for entry, heading in pairs if heading]
    assert len(entries) == len(found)
    return sorted(found, key=lambda pair: int(pair[0].key.partition(".")[2]))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The octets of every piece of an answer."""
    octets: list[int] = []
    really = Wire._hear

    def hear(self: Wire) -> None:
        before = len(self._heard)
        really(self)
        octets.append(len(self._heard) - before)

    monkeypatch.setattr(Wire, "_hear", hear)
    return octets


@pytest.mark.needs("dovecot")
@pytest.mark.parametrize("lacking", [(), ("ESEARCH",), ("CONDSTORE",), ("ESEARCH", "CONDSTORE")])
async def test_whatever_others_do_is_told_at_the_next_listing(
    imap_account: Callable[[], ImapSession], lacking: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
):
    really = imap_catalog.Connection.can
    monkeypatch.setattr(imap_catalog.Connection, "can", lambda self, name: name not in lacking and really(self, name))
    chance = random.Random(len(lacking))
    maildrop, other = ImapMaildrop(imap_account()), ImapMaildrop(imap_account())
    keys = [await put(other, letter(number)) for number in range(5)]
    for turn in range(30):
        match chance.choice("aadffm"):
            case "a":
                keys.append(await put(other, letter(turn), *([Flag.SEEN] if chance.random() < 0.5 else [])))
            case "d" if keys:
                await chance.choice([maildrop, other]).expunge([keys.pop(chance.randrange(len(keys)))])
            case "f" if keys:
                flag, add = chance.choice(list(Flag)), chance.random() < 0.7
                change = {"add" if add else "remove": {flag}}
                await other.mark(chance.choice(keys), **change, add_keywords={chance.choice(["Work", "later"])})  # type: ignore[arg-type]
            case "m" if keys:
                await maildrop.mark(chance.choice(keys), add={chance.choice(list(Flag))})
        if chance.random() < 0.6:
            assert await told(maildrop) == await expected(other)
    assert await told(maildrop) == await expected(other)
    for each in (maildrop, other):
        await each.close()


@pytest.mark.needs("dovecot")
async def test_a_large_mailbox_is_listed_and_paged_in_few_octets(
    imap_account: Callable[[], ImapSession], heard: list[int]
):
    maildrop, other = ImapMaildrop(imap_account()), ImapMaildrop(imap_account())
    keys = [await put(other, letter(number, "words " * 400), Flag.SEEN) for number in range(300)]
    heard.clear()
    listing = await maildrop.catalog.listing()
    assert len(listing.refs) == 300
    assert sum(heard) < 6000  # login and all; a line of FETCH for each would be 15,000
    heard.clear()
    page = listing.refs[100:120]
    assert all(await maildrop.catalog.entries(page))
    assert [heading.subject for heading in await maildrop.catalog.headings(page) if heading] == [
        f"Subject {number}" for number in range(100, 120)
    ]
    assert sum(heard) < 20 * 500
    heard.clear()
    assert await maildrop.catalog.headings(page) == await maildrop.catalog.headings(page)
    assert await maildrop.catalog.listing() is listing
    assert sum(heard) < 200
    await other.mark(keys[7], remove={Flag.SEEN})
    heard.clear()
    assert (await maildrop.catalog.listing()).states[7] & 64
    assert sum(heard) < 600
    for each in (maildrop, other):
        await each.close()


@pytest.mark.needs("dovecot")
async def test_the_server_searches_and_headings_are_searched_by_our_rules(
    imap_account: Callable[[], ImapSession], heard: list[int]
):
    maildrop = ImapMaildrop(imap_account())
    keys = [
        await put(maildrop, "From: Müller <m@x.example>\nSubject: GRÜSSE aus Köln 100%_\n\nStraße".encode()),
        await put(maildrop, b'From: Bob Beech <bob@host.example>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\n"quoted"'),
        await put(maildrop, b"Sender: carol@else.example\nSubject: Plain\nReply-To: zoe@x\n\nparty\n"),
        await put(maildrop, b"From: dave@x.example\nSender: carol@else.example\n\nart\n"),
    ]
    await maildrop.catalog.listing()
    for where, text, places in (
        ("subject", "GRÜSSE", [0]),
        ("subject", "PLAIN", [2]),
        ("subject", "%_", [0]),
        ("sender", "beech", [1]),
        ("sender", "ELSE.example", [2]),
        ("sender", "zoe", []),
        ("sender", "", [0, 1, 2, 3]),
        ("subject", '"', []),
    ):
        found = set(await maildrop.catalog.matching(where, text))  # type: ignore[arg-type]
        assert found == {ref_of(keys[place]) for place in places}, text
    for words, places in ((["ART"], [3]), (["party"], [2]), (["straße"], [0]), (["quoted", "bob"], [1]), (['"'], [])):
        assert set((await maildrop.catalog.search(words)).refs) == {ref_of(keys[place]) for place in places}, words
    await maildrop.close()


@pytest.mark.needs("dovecot")
async def test_of_very_many_letters_that_are_found_the_newest_are_looked_into(
    imap_account: Callable[[], ImapSession], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(imap_catalog, "MOST_OPENED", 5)
    monkeypatch.setattr(imap_catalog, "MOST_CHECKED", 5)
    maildrop = ImapMaildrop(imap_account())
    refs = [ref_of(await put(maildrop, letter(number, "needle"))) for number in range(9)]
    await maildrop.catalog.listing()
    found = await maildrop.catalog.search(["needle"])
    assert (set(found.refs), found.unread) == (set(refs[-5:]), 4)
    assert set(await maildrop.catalog.matching("sender", "bob")) == set(refs)
    await maildrop.close()


@pytest.mark.needs("dovecot")
async def test_a_letter_that_somebody_removes_is_gone_from_pages_too(imap_account: Callable[[], ImapSession]):
    maildrop, other = ImapMaildrop(imap_account()), ImapMaildrop(imap_account())
    keys = [await put(other, letter(number)) for number in range(3)]
    refs = (await maildrop.catalog.listing()).refs
    await other.expunge([keys[1]])
    await maildrop.catalog.listing()
    assert [entry is not None for entry in await maildrop.catalog.entries(refs)] == [True, False, True]
    assert [heading is not None for heading in await maildrop.catalog.headings(refs)] == [True, False, True]
    assert await maildrop.marked(keys, Flag.TRASHED) == set()
    await other.mark(keys[2], add={Flag.TRASHED})
    assert await maildrop.marked(keys, Flag.TRASHED) == {keys[2]}
    for each in (maildrop, other):
        await each.close()


@asynccontextmanager
async def opened(capabilities: str = CAPABILITIES) -> AsyncIterator[tuple[FakeImap, ImapMaildrop]]:
    async with fake_imap(capabilities) as fake:
        for number in range(3):
            fake.put(letter(number).replace(b"\n", b"\r\n"), *(["\\Seen"] if number else []))
        session = ImapSession(ImapServer("127.0.0.1", fake.port, "none"), "alice", "x")
        maildrop = ImapMaildrop(session)
        yield fake, maildrop
        session.abandon()


async def test_a_server_that_cannot_search_has_its_letters_asked():
    async with opened() as (fake, maildrop):
        fake.always.append((r"UID FETCH .*HEADER.FIELDS", _fields(fake)))
        refs = (await maildrop.catalog.listing()).refs
        assert list(await maildrop.catalog.matching("subject", "subject 1")) == [refs[1]]
        assert set((await maildrop.catalog.search(["hello"])).refs) == set(refs)
        assert any(command.startswith("UID SEARCH") for command in fake.heard_commands)


def _fields(fake: FakeImap) -> Callable[..., object]:
    async def fault(talk: object, tag: str) -> None:
        for uid in fake.letters:
            fake.tell(talk, uid, "[HEADER]")  # type: ignore[arg-type]
        talk.say(f"{tag} OK done")  # type: ignore[attr-defined]

    return fault


async def test_a_server_that_does_not_keep_its_word_about_searching_has_its_letters_listed():
    async with opened(CAPABILITIES + " ESEARCH") as (fake, maildrop):
        fake.always.append((r"UID SEARCH RETURN", says(then="BAD what?")))
        assert [flags_in(state) for state in (await maildrop.catalog.listing()).states] == [set(), *[{Flag.SEEN}] * 2]


@pytest.mark.parametrize(
    "said",
    [
        "UID ALL 1:4294967295",
        "UID ALL 1:2000000,3000000:4294967294",
        "UID ALL 4294967295:1",
    ],
)
async def test_a_server_that_says_it_has_billions_of_letters_costs_a_sentence(said: str):
    async with opened(CAPABILITIES + " ESEARCH") as (fake, maildrop):
        fake.always.append((r"UID SEARCH RETURN", says(f'* ESEARCH (TAG "x") {said}')))
        with pytest.raises(MaildropFailure, match="more letters in this folder than can be listed"):
            await maildrop.catalog.listing()


@pytest.mark.parametrize("said", ["UID ALL 0,99999999999,:,1:2:3,x", "UID", "", "UID MIN 4 ALL 2:3,2:3,3"])
async def test_nonsense_about_what_is_there_raises_nothing(said: str):
    async with opened(CAPABILITIES + " ESEARCH") as (fake, maildrop):
        fake.always.append((r"UID SEARCH RETURN", says(f'* ESEARCH (TAG "x") {said}')))
        listing = await maildrop.catalog.listing()
        assert len(listing.refs) == len(listing.states) == len(set(listing.refs)) <= 3


async def test_a_connection_lost_while_listing_is_made_again():
    async with opened() as (fake, maildrop):
        before = await maildrop.catalog.listing()
        fake.faults.append((r"NOOP", breaks_off))
        assert await maildrop.catalog.listing() == before
        fake.validity += 1
        fake.talks[-1].break_off()
        after = await maildrop.catalog.listing()
        assert len(after.refs) == 3
        assert not set(after.refs) & set(before.refs)


async def test_fields_as_long_as_the_bound_are_asked_for_again_alone():
    async with opened() as (fake, maildrop):
        fake.letters[2] = replace(fake.letters[2], octets=b"X: " + b"y" * 20_000 + b"\r\nSubject: late\r\n\r\n")
        fake.always.append((r"UID FETCH .*HEADER.FIELDS", _cut_fields(fake)))
        refs = (await maildrop.catalog.listing()).refs
        headings = await maildrop.catalog.headings(refs)
        assert [heading.subject for heading in headings if heading] == ["Subject 0", "late", "Subject 2"]


def _cut_fields(fake: FakeImap) -> Callable[..., object]:
    async def fault(talk: object, tag: str) -> None:
        command = fake.heard_commands[-1]
        most = int(command.rpartition(".")[2].rstrip(">)"))
        for uid in fake.named(command.split(" ")[2]):
            head = fake.letters[uid].octets[:most]
            talk.writer.write(f"* 1 FETCH (UID {uid} BODY[HEADER.FIELDS (FROM)]<0> {{{len(head)}}}\r\n".encode())  # type: ignore[attr-defined]
            talk.writer.write(head + b")\r\n")  # type: ignore[attr-defined]
        talk.say(f"{tag} OK done")  # type: ignore[attr-defined]

    return fault


@given(st.lists(st.tuples(st.integers(1, 2**32 - 1), st.integers(1, 2**32 - 1))))
def test_a_set_is_read_as_its_runs(runs: list[tuple[int, int]]):
    said = ",".join(f"{one}:{other}" if one != other else str(one) for one, other in runs)
    assert runs_in(said.encode()) == sorted(tuple(sorted(run)) for run in runs)


@given(st.binary(max_size=60))
def test_no_set_raises(octets: bytes):
    assert all(0 < first <= last < 2**32 for first, last in runs_in(octets))


SIGNS = ("{5}", "{5+}", "(", ")", "*", "%", "NIL", "ALL", "1:*", '"', "\\", "x) LOGOUT", 'a"b{3}', "é{3}", "~{3}")


@pytest.mark.needs("dovecot")
async def test_what_is_looked_for_is_never_a_part_of_the_command(imap_account: Callable[[], ImapSession]):
    maildrop = ImapMaildrop(imap_account())
    keys = {sign: await put(maildrop, f"From: a@x.example\nSubject: on {sign} here\n\nx\n".encode()) for sign in SIGNS}
    await maildrop.catalog.listing()
    for sign, key in keys.items():
        assert ref_of(key) in await maildrop.catalog.matching("subject", sign), sign
        assert not await maildrop.catalog.matching("sender", sign), sign
    assert maildrop.session.connections == 1
    await maildrop.close()


async def test_each_text_that_is_looked_for_is_quoted():
    async with opened() as (fake, maildrop):
        await maildrop.catalog.listing()
        for sign in filter(str.isascii, SIGNS):
            await maildrop.catalog.matching("subject", sign)
            quoted = sign.replace("\\", "\\\\").replace('"', '\\"')
            assert f'UID SEARCH SUBJECT "{quoted}"' in fake.heard_commands
