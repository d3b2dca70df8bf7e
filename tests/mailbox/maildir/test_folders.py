"""The folders of a Maildir++ on the disk: what others left there, links, modes, and what a crash leaves."""

import os
from pathlib import Path

import pytest

from offhook.mailbox.letters import Maildrop, MaildropFailure
from offhook.mailbox.maildir import Maildir, MaildirFolders
from tests.support.letters_in_stores import put


def made(folder: Path) -> Path:
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True)
    return folder


async def test_a_folder_is_for_the_owner_alone_whatever_the_umask(tmp_path: Path):
    old = os.umask(0o777)
    try:
        folders = MaildirFolders(tmp_path / "box")
        await folders.create("Sent/2026")
        await put(await folders.open("Sent/2026"))
    finally:
        os.umask(old)
    folder = tmp_path / "box/.Sent.2026"
    assert {each.stat().st_mode & 0o777 for each in (folder, folder / "cur", folder / "new", folder / "tmp")} == {0o700}
    assert (folder / "maildirfolder").stat().st_mode & 0o777 == 0o600
    assert (folder / "maildirfolder").read_bytes() == b""
    assert [file.stat().st_mode & 0o777 for file in (folder / "new").iterdir()] == [0o600]


async def test_a_mailbox_of_nested_directories_is_told_apart(tmp_path: Path):
    made(tmp_path)
    made(tmp_path / "Sent")
    folders = MaildirFolders(tmp_path)
    for call in (folders.names(), folders.open("Sent"), folders.create("Sent"), folders.remove("Sent")):
        with pytest.raises(MaildropFailure, match="LAYOUT=fs"):
            await call
    assert list(await (await folders.open("INBOX")).scan()) == []
    assert not (tmp_path / ".Sent").exists()


async def test_what_is_no_folder_is_not_listed(tmp_path: Path):
    made(tmp_path)
    made(tmp_path / ".Sent")
    made(tmp_path / "..DOVECOT-TRASHED")
    made(tmp_path / ".a..b")
    (tmp_path / ".imap.index").mkdir()
    (tmp_path / "attachments").mkdir()
    (tmp_path / ".file").touch()
    (tmp_path / ".link").symlink_to(made(tmp_path.parent / f"{tmp_path.name}-elsewhere"))
    assert list(await MaildirFolders(tmp_path).names()) == ["INBOX", "Sent"]


async def test_a_folder_that_is_a_link_cannot_be_opened_made_or_removed(tmp_path: Path):
    bob = made(tmp_path / "bob")
    await put(Maildir(bob))
    made(tmp_path / "alice")
    (tmp_path / "alice/.bob").symlink_to(bob)
    folders = MaildirFolders(tmp_path / "alice")
    for call in (folders.open, folders.create, folders.remove):
        with pytest.raises(MaildropFailure):
            await call("bob")
    assert len(await Maildir(bob).scan()) == 1


async def test_a_folder_exchanged_for_a_link_while_it_is_open_is_not_followed(tmp_path: Path):
    bob = made(tmp_path / "bob")
    await put(Maildir(bob))
    folders = MaildirFolders(tmp_path / "alice")
    await folders.create("work")
    work = await folders.open("work")
    (tmp_path / "alice/.work").rename(tmp_path / "alice/.moved")
    (tmp_path / "alice/.work").symlink_to(bob)
    with pytest.raises(MaildropFailure):
        await work.scan()
    with pytest.raises(MaildropFailure):
        await put(work)
    assert len(await Maildir(bob).scan()) == 1


async def test_a_folder_removed_while_it_is_open_does_not_come_back(tmp_path: Path):
    folders = MaildirFolders(tmp_path)
    await folders.create("work")
    work = await folders.open("work")
    await MaildirFolders(tmp_path).remove("work")
    with pytest.raises(MaildropFailure, match="not there"):
        await put(work)
    assert list(await folders.names()) == ["INBOX"]
    assert not (tmp_path / ".work").exists()


@pytest.mark.parametrize(("directory", "name"), [(".Entwürfe", "Entwürfe"), (".a&AC8-b", "a/b"), (".x&", "x&")])
async def test_a_folder_that_another_program_named_in_its_own_way_is_opened(tmp_path: Path, directory: str, name: str):
    key = await put(Maildir(made(tmp_path / directory)))
    folders = MaildirFolders(tmp_path)
    assert list(await folders.names()) == ["INBOX", name]
    assert await (await folders.open(name)).fetch(key)
    await folders.create(name)
    assert [each.name for each in tmp_path.glob(".*")] == [directory]
    await folders.remove(name)
    assert not (tmp_path / directory).exists()


async def test_a_folder_half_made_is_not_listed_and_making_it_again_completes_it(tmp_path: Path):
    made(tmp_path)
    (tmp_path / ".work").mkdir()
    (tmp_path / ".work/tmp").mkdir()
    folders = MaildirFolders(tmp_path)
    assert list(await folders.names()) == ["INBOX"]
    await folders.create("work")
    assert list(await folders.names()) == ["INBOX", "work"]
    assert (tmp_path / ".work/maildirfolder").exists()


async def test_removing_a_folder_takes_what_programs_left_in_it_and_follows_no_link(tmp_path: Path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/kept").touch()
    folders = MaildirFolders(tmp_path / "box")
    await folders.create("work")
    folder = tmp_path / "box/.work"
    await put(await folders.open("work"))
    (folder / "dovecot-uidlist").touch()
    (folder / "courierimapkeywords").mkdir()
    (folder / "courierimapkeywords/x").touch()
    (folder / "cur/.nfs0001").touch()
    (folder / "cur/link").symlink_to(tmp_path / "outside")
    (folder / "outside").symlink_to(tmp_path / "outside")
    os.mkfifo(folder / "pipe")
    await folders.remove("work")
    assert sorted(each.name for each in (tmp_path / "box").iterdir()) == ["cur", "new", "tmp"]
    assert (tmp_path / "outside/kept").exists()


async def test_what_a_crash_left_of_a_removed_folder_goes_when_folders_are_listed(tmp_path: Path):
    made(tmp_path)
    (made(tmp_path / "..offhook-removed-1.x") / "cur/1.a.b:2,").touch()
    assert list(await MaildirFolders(tmp_path).names()) == ["INBOX"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["cur", "new", "tmp"]


async def test_letters_go_into_an_indexed_mailbox_as_further_links(tmp_path: Path):
    class Shown:
        """A view of a maildrop, as one with an index is."""

        def __init__(self, inner: Maildrop) -> None:
            self.inner = inner

    folders = MaildirFolders(tmp_path)
    await folders.create("work")
    work = await folders.open("work")
    key = await put(work)
    (copy,) = await work.copy([key], Shown(await folders.open("INBOX")))  # type: ignore[arg-type]
    assert (tmp_path / "new" / copy).stat().st_ino == (tmp_path / ".work/new" / key).stat().st_ino
