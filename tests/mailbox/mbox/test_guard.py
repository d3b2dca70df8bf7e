"""Whoever writes to an mbox has a guard that finishes for it when it is killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from offhook.mailbox.mbox import Mbox
from offhook.mailbox.mbox.guard import Guard

MOST_SECONDS = 30.0
BOX = (
    b"From a@b Sat Nov 28 12:00:00 2026\nSubject: one\n\nx\n\nFrom a@b Sat Nov 28 12:00:00 2026\nSubject: two\n\ny\n\n"
)

EXPUNGES = """
import asyncio, os, signal, sys
from offhook.mailbox.mbox import Mbox
from offhook.mailbox.store import DiskBoxFiles

class Killed(DiskBoxFiles):
    def cut(self, *arguments):
        os.kill(os.getpid(), signal.SIGKILL)

async def work(maildrop):
    await maildrop.expunge([(await maildrop.scan())[0].key])

asyncio.run(work(Mbox(sys.argv[1], files=Killed())))
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


def test_a_guard_that_was_killed_is_replaced_and_one_with_nothing_to_do_ends(tmp_path: Path):
    guard = Guard()
    path = str(tmp_path / "box")
    with guard.watching(path):
        first = guard.process
    assert first is not None
    first.kill()
    first.wait()
    with guard.watching(path), guard.watching(path):
        pass
    with guard.watching(path):
        second = guard.process
    assert second is not None
    assert second.pid != first.pid
    guard.close()
    assert second.wait(MOST_SECONDS) == 0
    assert os.listdir(tmp_path) == []


def test_a_process_that_cannot_have_a_guard_works_without(box: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    guard = Guard()
    for _ in range(2):
        with guard.watching(str(box)):
            assert guard.process is None
