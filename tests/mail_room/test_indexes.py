"""The indexes of a host's mail room: for every folder, whatever reaches it, and looked after when nobody calls."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from offhook.config import parse
from offhook.mail_room import MailRoom
from offhook.mail_room.index_upkeep import look_after_all
from offhook.mailbox.accounts import Account
from offhook.mailbox.index import IndexClerk, IndexedFolders, IndexedMaildrop, Shelf, asking_here
from offhook.mailbox.index.tasks import IndexWork
from offhook.mailbox.letters import Flag, LetterKey, Maildrop, ref_of

STORES = {
    "maildir": "",
    "mbox": 'store = "mbox"\nmaildrops = "mail/{user}"\ninbox = "spool/{user}"\n',
}


class House:
    def __init__(self, folder: Path, mail: str) -> None:
        (folder / "spool").mkdir()
        (folder / "accounts").write_text("alice:x::::::\n")
        self.folder = folder
        self.room = MailRoom(parse(f'[mail]\ndomains = ["here.org"]\n{mail}', str(folder / "offhook.toml")), folder)
        self.work = IndexWork(in_child=False)
        self.room.index_clerk = IndexClerk(asking_here(self.work))
        self.alice = Account("alice", "")
        self.shelf = Shelf(str(folder / "index"), "alice")

    def call(self) -> tuple[IndexedMaildrop, IndexedFolders]:
        visitor = self.room.visitor(self.alice, "modem0")
        assert isinstance(visitor.maildrop, IndexedMaildrop)
        assert isinstance(visitor.folders, IndexedFolders)
        return visitor.maildrop, visitor.folders

    async def look_after(self) -> None:
        room = self.room
        await look_after_all(self.shelf.place, room._account_there, room.maildrops, room.index_clerk)

    async def read(self, name: str) -> None:
        inbox, folders = self.call()
        maildrop = inbox if name == "INBOX" else await folders.open(name)
        assert isinstance(maildrop, IndexedMaildrop)
        await maildrop.catalog.listing()
        await maildrop.catch_up()
        await maildrop.close()

    def octets(self) -> bytes:
        place = Path(self.shelf.place)
        return b"".join(each.read_bytes() for each in sorted(place.rglob("*")) if each.is_file())


@pytest.fixture(params=STORES)
async def house(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    found = House(tmp_path, STORES[request.param])
    yield found
    await found.room.close()
    found.room.check.close()
    found.work.close()


async def put(maildrop: Maildrop, text: str, *flags: Flag) -> LetterKey:
    append = await maildrop.begin(flags)
    await append.write(f"From: Bob <bob@host.example>\nSubject: {text}\n\n{text}\n".encode())
    return await append.commit()


async def subjects(maildrop: Maildrop) -> list[str]:
    assert isinstance(maildrop, IndexedMaildrop)
    await maildrop._clerk.look(maildrop._file, maildrop._survey)  # however busy the machine is
    listing = await maildrop.catalog.listing()
    headings = await maildrop.catalog.headings(listing.refs)
    return [heading.subject for heading in headings if heading]


async def test_letters_are_copied_and_moved_between_folders_that_have_indexes(house: House):
    inbox, folders = house.call()
    await folders.create("work")
    work = await folders.open("work")
    keys = [await put(inbox, word) for word in ("one", "two", "three")]
    assert await subjects(inbox) == ["one", "two", "three"]
    assert await subjects(work) == []
    await inbox.mark(keys[0], add={Flag.FLAGGED})
    (there,) = await inbox.move(keys[:1], work)
    (copy,) = await inbox.copy(keys[1:2], work)
    assert (await subjects(inbox), await subjects(work)) == (["two", "three"], ["one", "two"])
    (entry,) = await work.catalog.entries([ref_of(there)])  # type: ignore[attr-defined]
    assert entry.flags == {Flag.FLAGGED}
    await work.expunge([copy])
    await work.move([there], inbox)
    assert await subjects(work) == []
    assert sorted(await subjects(inbox)) == ["one", "three", "two"]
    await work.close()
    await inbox.close()


async def test_what_is_delivered_to_a_folder_is_in_its_listing(house: House):
    inbox, folders = house.call()
    await folders.create("Work")
    work = await folders.open("Work")
    assert await subjects(work) == []
    copies = house.room.delivery.copies("bob@else.org", "alice+work@here.org")
    await house.room.delivery.hand_over([(copy, b"Received: x\n") for copy in copies], b"Subject: delivered\n\nx\n")
    assert await subjects(work) == ["delivered"]
    assert await subjects(inbox) == []
    await work.close()
    await inbox.close()


async def test_without_a_place_for_indexes_there_are_none(tmp_path: Path):
    house = House(tmp_path, 'index = ""\n')
    visitor = house.room.visitor(house.alice, "modem0")
    assert not isinstance(visitor.maildrop, IndexedMaildrop)
    assert not isinstance(visitor.folders, IndexedFolders)
    house.room.check.close()


async def test_what_other_programs_remove_goes_out_of_all_indexes_though_nobody_calls(house: House):
    inbox, folders = house.call()
    for name in ("work", "gone"):
        await folders.create(name)
        await put(await folders.open(name), f"{name}word")
    doomed = await put(await folders.open("work"), "xyzzyplugh")
    other = await put(inbox, "plovers")
    for name in ("INBOX", "work", "gone"):
        await house.read(name)
    assert all(word in house.octets() for word in (b"workword", b"goneword", b"xyzzyplugh", b"plovers"))
    mailbox = house.room.maildrops.open(house.alice)
    await (await mailbox.folders.open("work")).expunge([doomed])
    await mailbox.maildrop.expunge([other])
    await mailbox.folders.remove("gone")
    await house.look_after()
    assert b"workword" in house.octets()
    assert not any(word in house.octets() for word in (b"goneword", b"xyzzyplugh", b"plovers"))


@pytest.mark.parametrize("gone", ["account", "letters", "store"])
async def test_of_an_account_that_is_gone_no_index_is_left(house: House, gone: str):
    inbox, folders = house.call()
    await folders.create("work")
    await put(await folders.open("work"), "workword")
    await put(inbox, "inboxword")
    for name in ("INBOX", "work"):
        await house.read(name)
    await house.look_after()
    assert b"workword" in house.octets()
    match gone:
        case "account":
            (house.folder / "accounts").write_text("bob:x::::::\n")
        case "letters":
            shutil.rmtree(house.folder / "mail")
            shutil.rmtree(house.folder / "spool")
        case "store":
            (house.folder / "accounts").write_text("alice:x::::::userdb_mail=imap\n")
    before = sorted(house.folder.iterdir())
    await house.look_after()
    assert not [each for each in Path(house.shelf.place).rglob("*") if each.is_file()]
    assert sorted(house.folder.iterdir()) == before


async def test_an_account_that_cannot_be_opened_now_keeps_its_indexes(house: House, caplog: pytest.LogCaptureFixture):
    inbox, _ = house.call()
    await put(inbox, "inboxword")
    await house.read("INBOX")
    (house.folder / "accounts").write_text("alice:x::::::userdb_mail=nonsense:/x\n")
    await house.look_after()
    assert b"inboxword" in house.octets()
    assert "the indexes of alice cannot be looked after" in caplog.text


async def test_a_mailbox_without_folders_is_given_no_place_for_them(tmp_path: Path):
    house = House(tmp_path, STORES["mbox"])
    inbox, _ = house.call()
    await put(inbox, "inboxword")
    await house.read("INBOX")
    before = sorted(tmp_path.iterdir())
    await house.look_after()
    assert sorted(tmp_path.iterdir()) == before
    assert b"inboxword" in house.octets()
    await house.room.close()
    house.room.check.close()
    house.work.close()
