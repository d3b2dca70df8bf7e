"""The pty port: who is there, bytes both ways, a slow side, and a pty that fails."""

import asyncio
import contextlib
import errno
import fcntl
import os
import stat
import sys
from pathlib import Path

import pytest

from offhook.modem.ports import PortError, PtyPort, PtyWatch
from offhook.modem.ports.pty_port import BULK
from offhook.modem.rs232 import Signals
from tests.support.port_listener import KeepingListener
from tests.support.pty_client import OFF, ON, client, read, turn

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may hang up a terminal")


async def test_start_tells_the_rate_and_that_nobody_is_there(tmp_path: Path, listener: KeepingListener) -> None:
    port = PtyPort(tmp_path / "modem0")
    port.start(listener)
    await turn()
    port.close()
    assert listener.told == [Signals.NONE, 38400]


async def test_a_client_that_opens_turns_dtr_on_and_one_that_leaves_turns_it_off(
    port: PtyPort, listener: KeepingListener
) -> None:
    with client(port):
        await listener.until_told(ON)
    await listener.until_told(OFF)


async def test_bytes_go_both_ways_unchanged(port: PtyPort, listener: KeepingListener) -> None:
    every = bytes(range(256))
    with client(port) as fd:
        os.write(fd, every)
        await listener.until_told(ON, every)
        port.send(every)
        assert await read(fd, 256) == every


async def test_a_line_in_bulk_gathers_while_it_is_alone_and_takes_one_piece_in_a_turn_beside_another(
    tmp_path: Path,
) -> None:
    watch = PtyWatch()
    one, other = KeepingListener(), KeepingListener()
    ports = [PtyPort(tmp_path / "modem0", watch), PtyPort(tmp_path / "modem1", watch)]
    pieces: list[bytes] = []
    one.answer = other.answer = pieces.append
    for port, listener in zip(ports, (one, other), strict=True):
        port.start(listener)
        listener.told.clear()
    with client(ports[0]) as first, client(ports[1]) as second:
        await one.until_told(ON)
        await other.until_told(ON)
        os.write(first, b"a" * 10_000)
        await one.until_told(b"a" * 10_000)
        assert max(map(len, pieces)) > BULK
        pieces.clear()
        os.write(first, b"b" * 8000)
        os.write(second, b"c" * 8000)
        await one.until(lambda: one.sent == b"b" * 8000)
        await other.until(lambda: other.sent == b"c" * 8000)
        first_turns = [len(piece) for piece in pieces if piece[0] == pieces[1][0]]
        assert sum(first_turns) == 8000
        assert max(first_turns) <= BULK, "a busy kernel moves it up in smaller pieces, and no larger ones are taken"
    for port in ports:
        port.close()


async def test_dtr_is_told_before_the_first_byte_and_off_after_the_last_of_a_client_that_came_and_went(
    port: PtyPort, listener: KeepingListener
) -> None:
    with client(port) as fd:
        written = os.write(fd, b"x" * 9000)
    await listener.until_told(ON, b"x" * written, OFF)


async def test_all_a_full_pty_held_is_told_before_dtr_off(port: PtyPort, listener: KeepingListener) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        written = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                written += os.write(fd, b"y" * 1000)
    assert written > 9000
    await listener.until_told(b"y" * written, OFF)


async def test_even_while_reading_is_paused_a_client_that_leaves_is_read_dry(
    port: PtyPort, listener: KeepingListener
) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        port.pause_reading()
        os.write(fd, b"z" * 6000)
        await turn()
        assert listener.told == []
    await listener.until_told(b"z" * 6000, OFF)


async def test_two_clients_are_counted_and_the_last_one_to_leave_turns_dtr_off(
    port: PtyPort, listener: KeepingListener
) -> None:
    with client(port):
        with client(port):  # two opens in a row are one event to a plain inotify
            await listener.until_told(ON)
        await turn()
        assert listener.told == []
    await listener.until_told(OFF)


async def test_two_clients_that_leave_together_turn_dtr_off(port: PtyPort, listener: KeepingListener) -> None:
    with client(port), client(port):
        await listener.until_told(ON)
    await listener.until_told(OFF)


async def test_a_client_that_only_reads_or_only_writes_counts(port: PtyPort, listener: KeepingListener) -> None:
    for flags in (os.O_RDONLY, os.O_WRONLY):
        with client(port, flags):
            await listener.until_told(ON)
        await listener.until_told(OFF)


async def test_a_killed_client_turns_dtr_off(port: PtyPort, listener: KeepingListener) -> None:
    script = f"import time; a, b = open({port.name!r}), open({port.name!r}); time.sleep(60)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    await listener.until_told(ON)
    process.kill()
    await listener.until_told(OFF)
    await process.wait()


async def test_a_client_that_does_not_read_pauses_the_sender_and_gets_all_in_order(
    port: PtyPort, listener: KeepingListener
) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        sent = bytearray()
        while "pause" not in listener.told:
            piece = len(sent).to_bytes(4, "big") * 256
            port.send(piece)
            sent += piece
        assert len(sent) < 20_000 + 8192 + 2048
        port.send(b"a little more")
        sent += b"a little more"
        assert await read(fd, len(sent)) == sent
        await listener.until_told("pause", "resume")


async def test_a_sender_that_does_not_pause_is_bounded(port: PtyPort, listener: KeepingListener) -> None:
    with client(port):
        await listener.until_told(ON)
        for _ in range(40):
            port.send(bytes(8192))
        assert 40 * 8192 - 16 * 8192 - 21_000 < port.dropped < 40 * 8192 - 16 * 8192


async def test_a_client_that_leaves_while_the_sender_is_paused_releases_it(
    port: PtyPort, listener: KeepingListener
) -> None:
    with client(port):
        await listener.until_told(ON)
        port.send(bytes(60_000))
        await listener.until_told("pause")
    await listener.until_told("resume", OFF)


async def test_paused_reading_makes_the_client_wait_and_loses_nothing(port: PtyPort, listener: KeepingListener) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        port.pause_reading()
        written = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                written += os.write(fd, b"w" * 1000)
        await turn()
        assert listener.told == []
        port.resume_reading()
        await listener.until(lambda: len(listener.sent) == written)


async def test_a_listener_may_close_the_port_from_inside_a_call(port: PtyPort, listener: KeepingListener) -> None:
    listener.answer = lambda data: port.close()
    with client(port) as fd:
        os.write(fd, b"last")
        await listener.until_told(ON, b"last")
        assert os.read(fd, 10) == b""
    await turn()
    assert listener.told == []


async def test_an_idle_line_does_not_wake_the_loop(
    port: PtyPort, listener: KeepingListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client(port):
        await listener.until_told(ON)
    await listener.until_told(OFF)
    await turn(10)
    reads: list[bool] = []

    def counting(dry: bool = False) -> tuple[bytes, bool]:
        reads.append(dry)
        return b"", False

    monkeypatch.setattr(port, "_read", counting)
    elapsed = asyncio.Event()
    asyncio.get_running_loop().call_later(0.1, elapsed.set)
    await elapsed.wait()
    assert reads == []  # a master that hung up would be read thousands of times


async def test_a_thousand_clients_leave_nothing_behind(port: PtyPort, listener: KeepingListener) -> None:
    descriptors = len(os.listdir("/proc/self/fd"))
    for number in range(1000):
        with client(port) as fd:
            os.write(fd, b"%04d" % number)
        if number % 100 == 0:
            await turn()
    await listener.until(lambda: len(listener.sent) == 4000 and listener.told[-1] == OFF)
    assert listener.sent == b"".join(b"%04d" % number for number in range(1000))
    assert len(os.listdir("/proc/self/fd")) == descriptors
    listener.told.clear()
    with client(port):
        await listener.until_told(ON)
    await listener.until_told(OFF)


@as_root
async def test_a_line_that_a_login_program_hung_up_serves_the_next_client(
    port: PtyPort, listener: KeepingListener
) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        fcntl.ioctl(fd, 0x5437)  # TIOCVHANGUP
    await listener.until(lambda: listener.told[-1:] == [OFF])
    listener.told.clear()
    with client(port) as fd:
        os.write(fd, b"AT\r")
        await listener.until_told(ON, b"AT\r")
        port.send(b"OK")
        assert await read(fd, 2) == b"OK"
    await listener.until_told(OFF)


async def test_a_pty_that_fails_turns_dtr_off_and_is_replaced_under_the_same_link(
    port: PtyPort, listener: KeepingListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offhook.modem.ports.pty_port.REOPEN_AFTER", 0.0)
    with client(port) as fd:
        await listener.until_told(ON)

        def fail(data: object) -> int:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(port._pty, "write", fail)
        port.send(b"into the void")
        await listener.until_told(OFF)
        assert os.read(fd, 10) == b""
    await turn()
    with client(port) as fd:
        await listener.until_told(ON)
        port.send(b"OK")
        assert await read(fd, 2) == b"OK"


async def test_the_link_is_there_while_the_port_is_open(tmp_path: Path, listener: KeepingListener) -> None:
    link = tmp_path / "deep" / "down" / "modem0"
    port = PtyPort(link)
    port.start(listener)
    assert os.readlink(link) == port.tty
    assert os.listdir(link.parent) == ["modem0"]
    port.close()
    port.close()
    assert os.listdir(link.parent) == []
    assert not Path(port.tty).is_char_device()


async def test_the_mode_of_the_terminal_can_be_set(tmp_path: Path, listener: KeepingListener) -> None:
    port = PtyPort(tmp_path / "modem0", mode=0o666)
    port.start(listener)
    assert stat.S_IMODE(os.stat(port.name).st_mode) == 0o666
    port.close()


async def test_a_closed_port_gives_everything_back(tmp_path: Path, listener: KeepingListener) -> None:
    descriptors = os.listdir("/proc/self/fd")
    watch = PtyWatch()
    ports = [PtyPort(tmp_path / f"modem{number}", watch) for number in range(20)]
    for port in ports:
        port.start(listener)
    assert len(os.listdir("/proc/self/fd")) == len(descriptors) + 2 * 20 + 2
    ports[3].pause_reading()
    for port in ports:
        port.close()
    assert os.listdir("/proc/self/fd") == descriptors
    assert os.listdir(tmp_path) == []


async def test_ports_that_share_a_watch_hear_each_its_own_clients(tmp_path: Path) -> None:
    watch = PtyWatch()
    ears = [KeepingListener() for _ in range(3)]
    ports = [PtyPort(tmp_path / f"modem{number}", watch) for number in range(3)]
    for port, ear in zip(ports, ears, strict=True):
        port.start(ear)
        ear.told.clear()
    with client(ports[1]) as fd:
        os.write(fd, b"one")
        await ears[1].until_told(ON, b"one")
        with client(ports[2]):
            await ears[2].until_told(ON)
        await ears[2].until_told(OFF)
    await ears[1].until_told(OFF)
    assert ears[0].told == []
    for port in ports:
        port.close()


async def test_a_port_that_cannot_be_opened_says_why_and_keeps_nothing(
    tmp_path: Path, listener: KeepingListener
) -> None:
    (tmp_path / "modem0").write_text("a letter, say")
    descriptors = os.listdir("/proc/self/fd")
    port = PtyPort(tmp_path / "modem0")
    with pytest.raises(PortError, match="modem0 exists and is not a modem's link; move it away"):
        port.start(listener)
    assert os.listdir("/proc/self/fd") == descriptors
    assert (tmp_path / "modem0").read_text() == "a letter, say"
    port.close()


async def test_no_pty_to_be_had_names_the_remedy(
    tmp_path: Path, listener: KeepingListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left() -> tuple[int, int]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.openpty", none_left)
    with pytest.raises(PortError, match=r"raise kernel\.pty\.max"):
        PtyPort(tmp_path / "modem0").start(listener)
