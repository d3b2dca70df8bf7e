import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from offhook.modem.ports import PortError
from offhook.modem.ports.stable_link import publish, withdraw


@pytest.fixture
def tty() -> Iterator[str]:
    master, slave = os.openpty()
    yield os.ttyname(slave)
    os.close(slave)
    os.close(master)


def test_a_link_is_made_with_its_directories(tmp_path: Path, tty: str) -> None:
    publish(tmp_path / "a" / "b", tty)
    assert os.readlink(tmp_path / "a" / "b") == tty


def test_a_link_to_a_pty_that_is_gone_is_taken_over(tmp_path: Path, tty: str) -> None:
    (tmp_path / "modem0").symlink_to("/dev/pts/999999")
    publish(tmp_path / "modem0", tty)
    assert os.readlink(tmp_path / "modem0") == tty
    assert os.listdir(tmp_path) == ["modem0"]


def test_a_link_older_than_the_pty_whose_number_it_has_is_taken_over(tmp_path: Path, tty: str) -> None:
    (tmp_path / "modem0").symlink_to(tty)
    os.utime(tmp_path / "modem0", (1e9, 1e9), follow_symlinks=False)
    publish(tmp_path / "modem0", tty)
    assert os.readlink(tmp_path / "modem0") == tty


def test_a_link_in_force_is_refused(tmp_path: Path, tty: str) -> None:
    publish(tmp_path / "modem0", tty)
    with pytest.raises(PortError, match="a host that is still running"):
        publish(tmp_path / "modem0", "/dev/pts/0")
    assert os.readlink(tmp_path / "modem0") == tty


@pytest.mark.parametrize("target", ["/dev/null", "letter", "/dev/ttyS0", "/dev/pts/ptmx"])
def test_a_link_to_anything_else_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "modem0").symlink_to(target)
    with pytest.raises(PortError, match="remove it or choose another name"):
        publish(tmp_path / "modem0", "/dev/pts/0")
    assert os.readlink(tmp_path / "modem0") == target


def test_a_file_or_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").touch()
    for name in ("directory", "file"):
        with pytest.raises(PortError, match="move it away or choose another name"):
            publish(tmp_path / name, "/dev/pts/0")


def test_a_directory_that_cannot_be_made_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PortError, match="choose a directory you may write to"):
        publish(tmp_path / "file" / "modem0", "/dev/pts/0")


def test_a_leftover_of_a_killed_run_is_no_obstacle(tmp_path: Path, tty: str) -> None:
    (tmp_path / f".modem0.{os.getpid()}").symlink_to("/nowhere")
    publish(tmp_path / "modem0", tty)
    assert os.listdir(tmp_path) == ["modem0"]


def test_only_a_link_that_is_still_ours_is_removed(tmp_path: Path) -> None:
    (tmp_path / "ours").symlink_to("/dev/pts/7")
    (tmp_path / "theirs").symlink_to("/dev/pts/8")
    (tmp_path / "file").touch()
    for name in ("ours", "theirs", "file", "missing"):
        withdraw(tmp_path / name, "/dev/pts/7")
    assert sorted(os.listdir(tmp_path)) == ["file", "theirs"]
