"""All locks on an mbox: each one that another holds is respected, all are given back, stale ones are broken."""

import fcntl
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from offhook.mailbox.files import DiskBoxFiles
from offhook.mailbox.files.box_locks import BoxLocks, LockRefused
from offhook.mailbox.files.dotlock import STALE_SECONDS, STALE_SECONDS_ALIVE, Dotlock, is_alive
from offhook.mailbox.letters import Flag, LetterKey, MaildropFailure
from offhook.mailbox.mbox import Mbox

DEAD = 2**22 + 1
HOST = socket.gethostname()
NOW = 1_700_000_000.0
LETTER = b"Subject: x\n\nx\n"


async def put(maildrop: Mbox) -> LetterKey:
    append = await maildrop.begin()
    await append.write(LETTER)
    return await append.commit()


@pytest.fixture
def box(tmp_path: Path) -> Path:
    path = tmp_path / "box"
    path.touch(0o600)
    return path


@contextmanager
def fcntl_lock(box: Path, kind: str) -> Iterator[None]:
    """A POSIX lock of another process, as Dovecot, mutt and Postfix take it."""
    program = f"import fcntl,sys; f=open(sys.argv[1],'r+b'); fcntl.lockf(f,fcntl.{kind}); print(1,flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program, box], stdin=-1, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        yield
        process.stdin.close()


@contextmanager
def flock_lock(box: Path, kind: str) -> Iterator[None]:
    """A flock(2) lock, as Alpine and qmail take it."""
    with box.open("r+b") as file:
        fcntl.flock(file, getattr(fcntl, kind))
        yield


@contextmanager
def dotlock(box: Path, kind: str) -> Iterator[None]:
    lock = box.with_name(box.name + ".lock")
    text = kind.replace("ME", str(os.getpid()))
    lock.write_text(text)
    yield
    assert lock.read_text() == text
    lock.unlink()


@pytest.mark.parametrize(
    ("hold", "kind", "readers_too"),
    [
        (fcntl_lock, "LOCK_EX", True),
        (fcntl_lock, "LOCK_SH", False),
        (flock_lock, "LOCK_EX", True),
        (flock_lock, "LOCK_SH", False),
        (dotlock, f"ME:{HOST}", False),
        (dotlock, "1:elsewhere", False),
        (dotlock, "", False),
    ],
)
async def test_a_lock_of_another_program_is_respected_and_given_up_for(box: Path, hold, kind: str, readers_too: bool):  # type: ignore[no-untyped-def]
    await put(Mbox(box))
    before = box.read_bytes()
    with hold(box, kind):
        maildrop = Mbox(box, patience=0)
        for change in (put(maildrop), maildrop.expunge([LetterKey("x")])):
            with pytest.raises(MaildropFailure, match="Another program is using the mailbox"):
                await change
        if readers_too:
            with pytest.raises(MaildropFailure, match="Another program"):
                await maildrop.scan()
        else:
            assert len(await maildrop.scan()) == 1
        assert box.read_bytes() == before
    await put(Mbox(box, patience=0))
    assert sorted(os.listdir(box.parent)) == ["box"]


async def test_a_lock_that_is_given_back_in_time_only_delays(box: Path):
    lock = box.with_name("box.lock")
    lock.touch()
    tries = 0

    class Watching(DiskBoxFiles):
        def link(self, *names: object) -> None:
            nonlocal tries
            tries += 1
            if tries == 3:
                lock.unlink()
            super().link(*names)  # type: ignore[arg-type]

    await put(Mbox(box, files=Watching()))
    assert tries == 3


async def test_two_sessions_of_one_process_exclude_each_other(box: Path):
    files = DiskBoxFiles()
    locks = BoxLocks(files, "box", lambda folder: Dotlock(files, folder, str(box.parent), "box", lambda: NOW))
    folder = files.open_folder(str(box.parent))
    with locks.reading(folder), locks.reading(folder), pytest.raises(LockRefused), locks.writing(folder):
        pass
    with locks.writing(folder):
        box.open().close()  # a POSIX lock would be gone now
        for other in (locks.reading, locks.writing):
            with pytest.raises(LockRefused), other(folder):
                pass
    with locks.writing(folder):
        pass
    os.close(folder)


@pytest.mark.parametrize(
    ("content", "age", "stale"),
    [
        (f"{DEAD}:{HOST}\n", 0.0, True),
        (f"{DEAD}:{HOST}", 0.0, True),
        (f"{DEAD}", 0.0, False),
        (f"{DEAD}", STALE_SECONDS + 1, True),
        (f"{DEAD}:elsewhere", 0.0, False),
        (f"{DEAD}:elsewhere", STALE_SECONDS + 1, True),
        (f"ME:{HOST}", STALE_SECONDS + 1, False),
        (f"ME:{HOST}", STALE_SECONDS_ALIVE + 1, True),
        (f"1:{HOST}", STALE_SECONDS - 1, False),
        ("", STALE_SECONDS - 1, False),
        ("", STALE_SECONDS + 1, True),
        ("0", STALE_SECONDS + 1, True),
        ("\0\xff" * 500, STALE_SECONDS + 1, True),
    ],
)
def test_a_lock_is_broken_when_its_process_is_dead_or_it_is_old(box: Path, content: str, age: float, stale: bool):
    lock = box.with_name("box.lock")
    lock.write_text(content.replace("ME", str(os.getpid())))
    for path in (box, lock):
        os.utime(path, (NOW - age, NOW - age))
    files = DiskBoxFiles()
    folder = files.open_folder(str(box.parent))
    ours = Dotlock(files, folder, str(box.parent), "box", lambda: NOW)
    assert ours.is_stale() is stale
    assert ours.try_take() is stale
    ours.give_back()
    assert lock.exists() is not stale
    os.close(folder)


def test_a_process_that_has_ended_is_dead_though_its_parent_has_not_asked_how():
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_alive(f"{process.pid}:{HOST}\n".encode()) is False


def test_an_old_lock_on_a_box_that_changes_is_not_broken(box: Path):
    lock = box.with_name("box.lock")
    lock.touch()
    os.utime(lock, (NOW - 9999, NOW - 9999))
    os.utime(box, (NOW, NOW))
    files = DiskBoxFiles()
    folder = files.open_folder(str(box.parent))
    assert not Dotlock(files, folder, str(box.parent), "box", lambda: NOW).is_stale()
    os.close(folder)


async def test_reading_breaks_a_lock_that_a_dead_process_left(box: Path):
    await put(Mbox(box))
    box.with_name("box.lock").write_text(f"{DEAD}:{HOST}\n")
    assert len(await Mbox(box).scan()) == 1
    assert not box.with_name("box.lock").exists()


def test_the_lock_says_who_holds_it_and_is_left_alone_when_another_has_broken_it(box: Path):
    files = DiskBoxFiles()
    folder = files.open_folder(str(box.parent))
    ours = Dotlock(files, folder, str(box.parent), "box", lambda: NOW)
    assert ours.try_take()
    lock = box.with_name("box.lock")
    assert is_alive(lock.read_bytes()) is True
    assert lock.read_text() == f"{os.getpid()}:{HOST}\n"
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    lock.unlink()
    lock.write_text("another's")
    ours.give_back()
    assert lock.read_text() == "another's"
    os.close(folder)


class NotAllowed(DiskBoxFiles):
    """A spool in which an ordinary user can make no files, as /var/mail is."""

    def create(self, name: str, folder: int) -> int:
        if name.startswith(".lk"):
            raise PermissionError(13, "not here")
        return super().create(name, folder)


@pytest.mark.parametrize(("status", "taken"), [(0, True), (4, False)])
def test_where_we_may_make_no_files_dotlockfile_makes_the_lock(box: Path, status: int, taken: bool):
    said: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> int:
        said.append(command)
        return status

    files = NotAllowed()
    folder = files.open_folder(str(box.parent))
    ours = Dotlock(files, folder, str(box.parent), "box", lambda: NOW, run)
    assert ours.try_take() is taken
    ours.give_back()
    assert said[0] == ["dotlockfile", "-l", "-p", "-r", "0", f"{box}.lock"]
    assert (["dotlockfile", "-u", f"{box}.lock"] in said) is taken
    os.close(folder)


async def test_without_dotlockfile_the_caller_is_told_and_nothing_is_written(
    box: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MaildropFailure, match="dotlockfile"):
        await put(Mbox(box, files=NotAllowed(), patience=0))
    assert box.read_bytes() == b""


async def test_a_box_with_a_second_name_or_behind_a_link_is_not_written_to(box: Path):
    await put(Mbox(box))
    os.link(box, box.with_name("second"))
    with pytest.raises(MaildropFailure, match="second name"):
        await put(Mbox(box))
    box.with_name("link").symlink_to(box)
    with pytest.raises(MaildropFailure, match="link"):
        await put(Mbox(box.with_name("link")))
    with pytest.raises(MaildropFailure, match="no file"):
        await Mbox(box.parent).scan()


async def test_a_box_that_is_replaced_is_read_anew(box: Path):
    maildrop = Mbox(box)
    await put(maildrop)
    key = await put(maildrop)
    await maildrop.mark(key, add={Flag.SEEN})
    other = box.with_name("other")
    other.write_bytes(b"From a Sat Nov 28 12:00:00 2026\nSubject: other\n\n")
    other.rename(box)
    assert [await maildrop.fetch(entry.key) for entry in await maildrop.scan()] == [b"Subject: other\n\n"]


async def test_new_boxes_are_for_their_owner_alone_whatever_the_umask(tmp_path: Path):
    before = os.umask(0)
    try:
        await put(Mbox(tmp_path / "new" / "deep" / "box"))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new" / "deep" / "box").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "deep").stat().st_mode) == 0o700


async def test_mode_and_owner_of_a_box_stay_as_they_are(box: Path):
    box.chmod(0o660)
    if os.geteuid() == 0:
        os.chown(box, 12, 8)
    before = box.stat()
    maildrop = Mbox(box)
    first, _ = await put(maildrop), await put(maildrop)
    await maildrop.mark(first, add={Flag.SEEN}, add_keywords=[f"word{number}" for number in range(30)])
    await maildrop.expunge([first])
    after = box.stat()
    assert (after.st_ino, after.st_mode, after.st_uid, after.st_gid) == (
        before.st_ino,
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
