import os
import socket
import stat
from pathlib import Path

import pytest

from offhook.unix_socket import LONGEST_PATH, UnixSocket


@pytest.mark.parametrize("umask", [0, 0o77])
@pytest.mark.parametrize("mode", [0o600, 0o660])
def test_the_socket_has_its_mode_whatever_the_umask(tmp_path: Path, mode: int, umask: int):
    before = os.umask(umask)
    try:
        made = UnixSocket(tmp_path / "sock", mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "sock").stat().st_mode) == mode
    assert [each.name for each in tmp_path.iterdir()] == ["sock"]
    made.socket.close()
    made.remove()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_socket_has_the_group_it_is_to_have(tmp_path: Path):
    made = UnixSocket(tmp_path / "sock", 0o660, 12345)
    facts = (tmp_path / "sock").stat()
    assert (facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)) == (0, 12345, 0o660)
    made.socket.close()
    made.remove()


def test_a_socket_that_nobody_listens_on_is_replaced(tmp_path: Path):
    UnixSocket(tmp_path / "sock").socket.close()
    made = UnixSocket(tmp_path / "sock")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "sock"))
    made.socket.close()


def test_a_host_that_lives_keeps_its_socket_even_if_it_does_not_answer(tmp_path: Path):
    path = str(tmp_path / "sock")
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as caller:
        busy.bind(path)
        busy.listen(0)
        caller.connect(path)  # the queue is full now
        with pytest.raises(OSError, match="another host listens there"):
            UnixSocket(tmp_path / "sock")
        assert stat.S_ISSOCK(os.stat(path).st_mode)


def test_a_host_that_ends_late_leaves_the_socket_of_the_next_one(tmp_path: Path):
    first = UnixSocket(tmp_path / "sock")
    first.socket.close()
    os.link(tmp_path / "sock", tmp_path / "kept")  # the two are made in one tick, so the numbers must differ
    second = UnixSocket(tmp_path / "sock")
    first.remove()
    assert (tmp_path / "sock").exists()
    second.socket.close()
    second.remove()
    second.remove()
    assert not (tmp_path / "sock").exists()


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_socket_is_left_alone(tmp_path: Path, kind: str):
    path = tmp_path / "sock"
    match kind:
        case "file":
            path.write_text("mine")
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(OSError, match="is no socket: remove it or name another"):
        UnixSocket(path)
    assert os.path.lexists(path)


def test_a_path_too_long_for_a_socket_is_said_to_be(tmp_path: Path):
    with pytest.raises(OSError, match=r"is too long for a socket: .* bytes at most"):
        UnixSocket(tmp_path / ("s" * LONGEST_PATH))
    with pytest.raises(OSError, match="No such file"):
        UnixSocket(Path("/nowhere/sock"))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError) as caught:
        UnixSocket(tmp_path / "nowhere" / "sock")
    assert caught.value.filename == str(tmp_path / "nowhere" / "sock")
