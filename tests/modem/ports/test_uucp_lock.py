import os
import subprocess
import sys
from pathlib import Path

import pytest

from offhook.modem.ports.uucp_lock import LockHeld, UucpLock, read_holder


def test_a_lock_names_its_holder_ten_characters_wide_and_goes_with_it(tmp_path: Path):
    lock = UucpLock("/dev/ttyUSB0", tmp_path)
    lock.take()
    file = tmp_path / "LCK..ttyUSB0"
    assert file.read_text() == f"{os.getpid():10d}\n"
    assert read_holder(file) == os.getpid()
    lock.give_back()
    lock.give_back()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_of_a_living_process_is_respected_and_its_number_told(tmp_path: Path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        file = tmp_path / "LCK..ttyS0"
        file.write_text(f"{other.pid:10d}\n")
        with pytest.raises(LockHeld, match=str(other.pid)):
            UucpLock("/dev/ttyS0", tmp_path).take()
        assert read_holder(file) == other.pid
        other.kill()
    UucpLock("/dev/ttyS0", tmp_path).take()
    assert read_holder(file) == os.getpid()


@pytest.mark.parametrize("text", ["", "no number\n", "\0\0\0\0"])
def test_a_lock_that_names_nobody_is_stale(tmp_path: Path, text: str):
    (tmp_path / "LCK..ttyS0").write_text(text)
    UucpLock("/dev/ttyS0", tmp_path).take()
    assert read_holder(tmp_path / "LCK..ttyS0") == os.getpid()


def test_a_link_is_locked_by_the_name_of_its_device(tmp_path: Path):
    (tmp_path / "modem").symlink_to("/dev/ttyUSB7")
    UucpLock(str(tmp_path / "modem"), tmp_path).take()
    assert (tmp_path / "LCK..ttyUSB7").exists()


def test_without_a_folder_for_locks_there_is_none(tmp_path: Path):
    lock = UucpLock("/dev/ttyS0", tmp_path / "nowhere")
    lock.take()
    lock.give_back()
