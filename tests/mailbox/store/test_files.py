"""The real file operations: links below an account's anchor, and root's work in folders of other users."""

import os
from pathlib import Path

import pytest

from offhook.mailbox.letters import Flag, LetterKey, MaildropFailure
from offhook.mailbox.maildir import Maildir, MaildirFolders
from offhook.mailbox.store import DiskFiles

LETTER = b"Subject: x\n\n"
OTHER = (20001, 20002)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can work for other users")


async def put(maildrop: Maildir, letter: bytes = LETTER) -> str:
    append = await maildrop.begin()
    await append.write(letter)
    return await append.commit()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of a user, which is a link that the administrator made."""
    (tmp_path / "homes/alice").mkdir(parents=True)
    (tmp_path / "home").symlink_to(tmp_path / "homes/alice")
    if os.geteuid() == 0:
        os.chown(tmp_path / "homes/alice", *OTHER)
    return tmp_path / "home"


async def test_the_anchor_may_be_a_link_and_what_is_missing_below_it_is_made(home: Path):
    maildrop = Maildir(home / "deep/Maildir", files=DiskFiles(str(home)))
    await put(maildrop)
    assert len(await maildrop.scan()) == 1


@pytest.mark.parametrize("linked", ["deep", "deep/Maildir", "deep/Maildir/new"])
async def test_below_the_anchor_no_link_is_followed(tmp_path: Path, home: Path, linked: str):
    bob = tmp_path / "bob"
    for each in ("tmp", "cur", "new"):
        (bob / "Maildir" / each).mkdir(parents=True)
    (home / linked).parent.mkdir(parents=True, exist_ok=True)
    (home / linked).symlink_to({"deep": bob, "deep/Maildir": bob / "Maildir"}.get(linked, bob / "Maildir/new"))
    maildrop = Maildir(home / "deep/Maildir", files=DiskFiles(str(home)))
    with pytest.raises(MaildropFailure):
        await put(maildrop)
    with pytest.raises(MaildropFailure):
        await maildrop.scan()
    assert not [file for file in bob.rglob("*") if file.is_file()]


@as_root
async def test_what_root_makes_for_a_user_belongs_to_the_user(home: Path):
    files = DiskFiles(str(home), OTHER)
    maildrop, folders = Maildir(home / "Maildir", files=files), MaildirFolders(home / "Maildir", files=files)
    key = await put(maildrop)
    await maildrop.mark(key, add={Flag.SEEN}, add_keywords={"Work"})
    await folders.create("Sent")
    await maildrop.copy([key], await folders.open("Sent"))
    made = [home / "Maildir", *(home / "Maildir").rglob("*")]
    assert len(made) == 13
    assert {(each.stat().st_uid, each.stat().st_gid) for each in made} == {OTHER}
    assert {each.stat().st_mode & 0o777 for each in made} == {0o600, 0o700}


@as_root
async def test_root_reads_no_file_of_another_that_a_user_gave_a_name_here(tmp_path: Path, home: Path):
    files = DiskFiles(str(home), OTHER)
    maildrop = Maildir(home / "Maildir", files=files)
    await put(maildrop)
    (tmp_path / "shadow").write_bytes(b"secret")
    os.link(tmp_path / "shadow", home / "Maildir/new/1.a.b")
    with pytest.raises(MaildropFailure, match="owner"):
        await maildrop.fetch(LetterKey("1.a.b"))


@as_root
async def test_root_works_in_no_folder_of_another(home: Path):
    (home / "Maildir").mkdir()
    with pytest.raises(MaildropFailure, match="owner"):
        await put(Maildir(home / "Maildir", files=DiskFiles(str(home), OTHER)))
    assert list((home / "Maildir").iterdir()) == []
