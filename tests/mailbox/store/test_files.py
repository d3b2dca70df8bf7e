"""The real file operations: links below an account's anchor, and root's work in folders of other users."""

import fcntl
import os
import select
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from offhook.mailbox.files import DiskBoxFiles, DiskFiles
from offhook.mailbox.letters import Flag, LetterKey, MaildropFailure
from offhook.mailbox.maildir import Maildir, MaildirFolders
from offhook.mailbox.mbox import MboxSurvey
from offhook.mailbox.store import is_remote
from tests.support.letters_in_stores import put

OTHER = (20001, 20002)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can work for other users")


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


@as_root
async def test_root_makes_no_home_where_its_user_could_not(tmp_path: Path):
    """Its disk may not be mounted, and what is put below then nobody finds once it is."""
    homes = tmp_path / "homes"
    homes.mkdir()
    home = homes / "alice"
    maildrop = Maildir(home / "Maildir", files=DiskFiles(str(home), OTHER, anchor_is_home=True))
    with pytest.raises(MaildropFailure, match="owner"):
        await put(maildrop)
    assert os.listdir(homes) == []
    os.chown(homes, *OTHER)  # as of a user who has the mailboxes of all
    await put(maildrop)
    assert len(await maildrop.scan()) == 1


def test_a_file_that_a_client_of_a_file_server_has_taken_is_waited_for(tmp_path: Path):
    """A lease, which the kernel's NFS server has on a file that it has delegated to a client."""
    path = tmp_path / "box"
    path.write_bytes(b"letters")
    files = DiskBoxFiles()
    asked, asking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    # Not by a handler in Python: for a signal that comes just before this thread waits it runs after the wait.
    before, woke = signal.signal(signal.SIGIO, lambda *_: None), signal.set_wakeup_fd(asking)
    folder = files.open_folder(str(tmp_path))
    try:
        with ThreadPoolExecutor() as pool, path.open("rb") as holder:
            fcntl.fcntl(holder, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            opening = pool.submit(files.open_box, "box", folder, writable=True)
            assert select.select([asked], [], [], 60)[0]
            assert not opening.done()
            fcntl.fcntl(holder, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            file = opening.result(60)
            assert files.read(file, 10) == b"letters"
            files.close(file)
    finally:
        signal.set_wakeup_fd(woke)
        signal.signal(signal.SIGIO, before)
        for descriptor in (folder, asked, asking):
            os.close(descriptor)


def test_what_is_not_there_yet_is_on_the_file_server_of_the_folder_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    device = tmp_path.stat().st_dev
    mounts = tmp_path / "mounts"
    mounts.write_text(f"1 0 {os.major(device)}:{os.minor(device)} / / rw - nfs4 server:/mail rw\n")
    monkeypatch.setattr("offhook.mailbox.store.mounts._MOUNTS", mounts)
    assert is_remote(str(tmp_path))
    assert is_remote(str(tmp_path / "not" / "yet"))
    assert MboxSurvey(str(tmp_path / "not" / "yet" / "box")).stamp() is None
    mounts.write_text(mounts.read_text().replace("nfs4", "ext4"))
    assert not is_remote(str(tmp_path / "not" / "yet"))
    assert MboxSurvey(str(tmp_path / "not" / "yet" / "box")).stamp() == "nothing"
