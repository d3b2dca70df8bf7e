"""The `Folders` promise: one suite for every store that has folders."""

import pytest

from offhook.mailbox.letters import INBOX, Flag, MaildropFailure
from tests.support.letters_in_stores import LETTER, put
from tests.support.stores import OpenFolders


async def test_inbox_is_always_there_and_is_the_first(open_folders: OpenFolders):
    folders = open_folders()
    assert list(await folders.names()) == [INBOX]
    await folders.create("Archive")
    assert list(await folders.names()) == [INBOX, "Archive"]
    inbox = await folders.open(INBOX)
    assert list(await inbox.scan()) == []


@pytest.mark.parametrize(
    "name", ["Sent", "Sent/2026", "a-b_c", "Entwürfe", "受信箱/R&D", "v1.2", "with blank", "~x", "a" * 40]
)
async def test_a_folder_is_made_listed_opened_and_removed(open_folders: OpenFolders, name: str):
    folders = open_folders()
    await folders.create(name)
    await folders.create(name)
    assert list(await open_folders().names()).count(name) == 1
    key = await put(await folders.open(name))
    maildrop = await open_folders().open(name)
    assert await maildrop.fetch(key) == LETTER
    assert list(await (await folders.open(INBOX)).scan()) == []
    await maildrop.close()
    await folders.remove(name)
    assert name not in await open_folders().names()
    with pytest.raises(MaildropFailure):
        await folders.open(name)
    await folders.create(name)
    assert list(await (await folders.open(name)).scan()) == []


@pytest.mark.parametrize(
    "name",
    ["", "/", "a//b", "/a", "a/", "..", ".", "../bob", "a/../../b", ".hidden", "a\0b", "a\nb", "\x1b[2J", "x" * 300],
)
async def test_a_name_no_folder_can_have_is_refused_everywhere(open_folders: OpenFolders, name: str):
    folders = open_folders()
    for call in (folders.create, folders.open, folders.remove):
        with pytest.raises(MaildropFailure):
            await call(name)
    assert list(await folders.names()) == [INBOX]


async def test_what_is_not_there_cannot_be_opened_or_removed(open_folders: OpenFolders):
    folders = open_folders()
    for call in (folders.open, folders.remove):
        with pytest.raises(MaildropFailure):
            await call("Archive")
    assert list(await folders.names()) == [INBOX]


async def test_inbox_cannot_be_removed(open_folders: OpenFolders):
    folders = open_folders()
    key = await put(await folders.open(INBOX))
    with pytest.raises(MaildropFailure):
        await folders.remove(INBOX)
    assert await (await open_folders().open(INBOX)).fetch(key) == LETTER


async def test_removing_a_folder_leaves_those_below_and_beside_it(open_folders: OpenFolders):
    folders = open_folders()
    for name in ("Sent", "Sent/2026", "Sent2"):
        await folders.create(name)
        await put(await folders.open(name))
    await folders.remove("Sent2")
    await folders.remove("Sent/2026")
    assert list(await folders.names()) == [INBOX, "Sent"]
    assert len(await (await folders.open("Sent")).scan()) == 1


async def test_letters_move_between_folders(open_folders: OpenFolders):
    folders = open_folders()
    await folders.create("Work")
    inbox, work = await folders.open(INBOX), await folders.open("Work")
    key = await put(inbox, LETTER, Flag.SEEN)
    await inbox.mark(key, add_keywords={"urgent"})
    (moved,) = await inbox.move([key], work)
    assert list(await inbox.scan()) == []
    (entry,) = await (await open_folders().open("Work")).scan()
    assert (entry.key, entry.flags, entry.keywords) == (moved, {Flag.SEEN}, {"urgent"})
