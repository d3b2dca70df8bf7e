"""Whoever writes to an mbox has a guard that finishes for it when it is killed."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from offhook.mailbox.mbox import Mbox
from offhook.mailbox.mbox.guard import Guard
from tests.support.postfix import reachable_folder

MOST_SECONDS = 30.0
OTHER, GROUP_MAIL = 20001, 20009
ROOT = Path(__file__).parents[3]
BOX = (
    b"From a@b Sat Nov 28 12:00:00 2026\nSubject: one\n\nx\n\nFrom a@b Sat Nov 28 12:00:00 2026\nSubject: two\n\ny\n\n"
)

EXPUNGES = """
import asyncio, os, signal, sys
from offhook.mailbox.mbox import Mbox
from offhook.mailbox.files import DiskBoxFiles

class Killed(DiskBoxFiles):
    def cut(self, *arguments):
        os.kill(os.getpid(), signal.SIGKILL)

async def work(maildrop):
    await maildrop.expunge([(await maildrop.scan())[0].key])

asyncio.run(work(Mbox(sys.argv[1], files=Killed())))
"""


FORKS = """
from offhook.mailbox.mbox.guard import GUARD

with GUARD.watching("/nowhere/other"):
    pass
os.fork() or (sys.stdin.read(), os._exit(0))
"""


ALONE = """
import os, shutil, sys, time
import offhook.mailbox.mbox.box as used
from offhook.mailbox.mbox.guard import Guard
from pathlib import Path

folder = Path(sys.argv[2])
used.GUARD = Guard(folder / "guarding.py", folder / "root")

def once_the_guard_is_alone():
    deadline = time.monotonic() + 30
    while not (folder / "loaded").exists():
        assert time.monotonic() < deadline
        os.sched_yield()
    shutil.rmtree(folder)
"""
"""All that a guard was started from is taken away once it is ready: interpreter, program, modules."""

KILLED_BESIDE_A_NEW_GUARD = """
import os, signal, sys
from offhook.mailbox.mbox.guard import GUARD

with GUARD.watching(sys.argv[1]):
    open(sys.argv[2], "w").write(f"{os.getpid()}:{os.uname().nodename}")
    GUARD.process.kill()
    GUARD.process.wait()
    with GUARD.watching("/nowhere/other"):
        pass
    os.kill(os.getpid(), signal.SIGKILL)
"""


def until(holds) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + MOST_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        os.sched_yield()


@pytest.fixture
def box(tmp_path: Path) -> Path:
    path = tmp_path / "box"
    path.write_bytes(BOX)
    return path


def test_what_a_killed_process_was_at_is_finished_and_its_lock_is_gone_though_nobody_of_ours_comes(box: Path):
    done = subprocess.run([sys.executable, "-c", EXPUNGES, str(box)], check=False)
    assert done.returncode == -signal.SIGKILL
    until(lambda: os.listdir(box.parent) == ["box"])
    assert box.read_bytes().count(b"Subject: ") == 1
    (left,) = asyncio.run(Mbox(box).scan())
    assert asyncio.run(Mbox(box).fetch(left.key)) == b"Subject: two\n\ny\n"


def test_a_process_forked_from_the_one_that_is_killed_does_not_keep_the_guard_waiting(box: Path):
    forks = EXPUNGES.replace("asyncio.run(", FORKS + "asyncio.run(")
    with subprocess.Popen([sys.executable, "-c", forks, str(box)], stdin=subprocess.PIPE) as killed:
        assert killed.wait(MOST_SECONDS) == -signal.SIGKILL
        until(lambda: os.listdir(box.parent) == ["box"])


def test_a_guard_that_is_ready_starts_no_program_and_loads_nothing_to_mend(box: Path, tmp_path: Path):
    made = tmp_path / "made"
    rooms = made / "root/offhook/mailbox"
    shutil.copytree(ROOT / "offhook/mailbox/files", rooms / "files")
    shutil.copy(ROOT / "offhook/__init__.py", rooms.parent)
    shutil.copy(ROOT / "offhook/mailbox/mbox/guarding.py", made)
    with (rooms / "files/__init__.py").open("a") as face:
        face.write(f"\nopen({str(made / 'loaded')!r}, 'w').close()\n")
    python = made / "python"
    python.symlink_to(Path(sys.executable).resolve())
    program = ALONE + EXPUNGES.replace("os.kill(", "once_the_guard_is_alone(); os.kill(")
    paths = {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    done = subprocess.run([python, "-c", program, box, made], env={**os.environ, **paths}, check=False)
    assert done.returncode == -signal.SIGKILL
    until(lambda: os.listdir(box.parent) == ["box"])
    assert box.read_bytes().count(b"Subject: ") == 1


def test_a_guard_has_nothing_in_memory_but_what_it_mends_with():
    program = "import sys; import offhook.mailbox.files; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(ROOT)!r}); {program}"]
    loaded = set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    rooms = {name for name in loaded if name.startswith("offhook.") and name.count(".") == 2}
    assert rooms == {"offhook.mailbox.files"}
    assert not loaded & {"asyncio", "email", "logging", "selectors", "socket", "ssl", "subprocess", "sqlite3"}


def told(guard: Guard) -> subprocess.Popen[bytes]:
    assert guard.process is not None
    return guard.process


def test_a_guard_that_was_killed_is_replaced_at_once_and_the_new_one_knows_what_is_going_on(box: Path):
    lock = box.with_name("box.lock")
    guard = Guard()
    with guard.watching(str(box)):
        first = told(guard)
        first.kill()
        first.wait()
        with guard.watching(str(box.with_name("other"))):
            second = told(guard)
            assert second.pid != first.pid
    with guard.watching(str(box)), guard.watching(str(box)):
        assert told(guard) is second
    guard.close()
    assert second.wait(MOST_SECONDS) == 0
    assert os.listdir(box.parent) == ["box"]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED_BESIDE_A_NEW_GUARD, box, lock], check=False, capture_output=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    until(lambda: os.listdir(box.parent) == ["box"])


def test_a_guard_that_hears_no_more_is_ended_and_replaced(box: Path):
    guard = Guard()
    with guard.watching(str(box)):
        first = told(guard)
        first.send_signal(signal.SIGSTOP)
        for _ in range(10_000):  # until its pipe is full
            with guard.watching(str(box)):
                if told(guard) is not first:
                    break
        assert first.returncode == -signal.SIGKILL
    second = told(guard)
    guard.close()
    assert second.wait(MOST_SECONDS) == 0


LIMITED = """
import os, resource, sys
from offhook.mailbox.mbox import guarding

ended = os.fork()
if not ended:
    os._exit(0)
os.waitpid(ended, 0)
open(sys.argv[1] + ".lock", "w").write(f"{ended}:{os.uname().nodename}")
guarding.mend(f"{ended} {os.geteuid()} {os.getegid()}  {os.fsencode(sys.argv[1]).hex()}".encode())
print(*resource.getrlimit(resource.RLIMIT_AS)[:1], *resource.getrlimit(resource.RLIMIT_CPU)[:1])
"""


def test_who_mends_has_limits_of_memory_and_processor_time(box: Path):
    done = subprocess.run([sys.executable, "-c", LIMITED, box], check=True, capture_output=True, text=True)
    memory, seconds = map(int, done.stdout.split())
    assert 0 < memory <= 1 << 30
    assert 0 < seconds <= 600
    assert os.listdir(box.parent) == ["box"]


def test_a_process_that_goes_on_without_its_guard_is_not_mended_after(box: Path):
    lock = box.with_name("box.lock")
    lock.write_text(f"{os.getpid()}:{os.uname().nodename}\n")
    guard = Guard()
    with guard.watching(str(box)):
        process = told(guard)
        os.close(guard._pipe)
        guard._pipe = -1
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        until(lambda: children.read_text() != "")
        assert lock.exists()
        for child in (int(children.read_text()), process.pid):
            os.kill(child, signal.SIGKILL)
    process.wait()


ROOT_AS_ANOTHER = f"""
import concurrent.futures.thread, os, sys
from offhook.mailbox.mbox.guard import GUARD

with GUARD.watching("/nowhere/box"):  # whom root works for may not be allowed to start our interpreter
    pass
os.setgroups([{OTHER}, {GROUP_MAIL}])
os.setegid({OTHER})
os.seteuid({OTHER})
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can work for other users")
def test_the_guard_of_root_mends_as_the_user_and_the_groups_that_the_work_was_done_in():
    with reachable_folder() as spool:
        os.chown(spool, 0, GROUP_MAIL)
        spool.chmod(0o2775)
        box = spool / "alice"
        box.write_bytes(BOX)
        os.chown(box, OTHER, OTHER)
        box.chmod(0o600)
        done = subprocess.run([sys.executable, "-c", ROOT_AS_ANOTHER + EXPUNGES, box], check=False, capture_output=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        until(lambda: os.listdir(spool) == ["alice"])
        assert box.read_bytes().count(b"Subject: ") == 1


BECOMES = f"""
import os
from offhook.mailbox.mbox import guarding

guarding.become({OTHER}, {OTHER}, [{OTHER}, {GROUP_MAIL}])
print(os.getresuid(), os.getresgid(), os.getgroups())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_who_mends_for_another_has_no_right_of_roots_left():
    done = subprocess.run([sys.executable, "-c", BECOMES], check=True, capture_output=True, text=True)
    assert done.stdout == f"{(OTHER,) * 3} {(OTHER,) * 3} {[OTHER, GROUP_MAIL]}\n"


def test_a_process_that_cannot_have_a_guard_works_without(box: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    guard = Guard()
    for _ in range(2):
        with guard.watching(str(box)):
            assert guard.process is None
