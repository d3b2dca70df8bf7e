import asyncio
import contextlib
import errno
import fcntl
import os
import stat
import sys
import termios
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from offhook.modem.ports import PortError, PtyPort, PtyWatch
from offhook.modem.ports.pty_port import BULK
from offhook.modem.ports.termios2 import CBAUD, EXTPROC, read_settings, write_settings
from offhook.modem.rs232 import Signals
from tests.support.port_listener import KeepingListener, LateListener

ON = Signals.DTR | Signals.RTS
OFF = Signals.NONE
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may hang up a terminal")


@pytest.fixture
def listener() -> KeepingListener:
    return KeepingListener()


@pytest.fixture
async def port(tmp_path: Path, listener: KeepingListener) -> AsyncIterator[PtyPort]:
    port = PtyPort(tmp_path / "modem0", watermark=8192, least_off=0)
    port.start(listener)
    listener.told.clear()
    yield port
    port.close()


@contextlib.contextmanager
def client(port: PtyPort, flags: int = os.O_RDWR) -> Iterator[int]:
    fd = os.open(port.name, flags | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        yield fd
    finally:
        os.close(fd)


async def turn(times: int = 3) -> None:
    """Let the loop see everything that has happened already."""
    for _ in range(times):
        await asyncio.sleep(0)


async def read(fd: int, count: int) -> bytes:
    got = b""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(60):
        while len(got) < count:
            readable = asyncio.Event()
            loop.add_reader(fd, readable.set)
            try:
                await readable.wait()
            finally:
                loop.remove_reader(fd)
            got += os.read(fd, 65536)
    return got


def unread(fd: int) -> bytes:
    try:
        return os.read(fd, 65536)
    except BlockingIOError:
        return b""


def set_rate(fd: int, rate: int) -> None:
    attributes = termios.tcgetattr(fd)
    attributes[4] = attributes[5] = rate
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


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


async def test_a_rate_of_0_is_dtr_off_and_a_rate_turns_it_on(port: PtyPort, listener: KeepingListener) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        set_rate(fd, termios.B2400)
        await listener.until_told(2400)
        set_rate(fd, termios.B0)
        await listener.until_told(OFF)
        set_rate(fd, termios.B9600)
        await listener.until_told(9600, ON)


async def test_bytes_before_a_rate_of_0_are_told_before_dtr_off(port: PtyPort, listener: KeepingListener) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        os.write(fd, b"+++" * 3000)
        set_rate(fd, termios.B0)
        await listener.until_told(b"+++" * 3000, OFF)


async def test_a_rate_without_a_name_is_told_as_a_number(port: PtyPort, listener: KeepingListener) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        settings = read_settings(fd)
        control = settings.control & ~CBAUD | 0o10000  # BOTHER: the rate is the number itself
        write_settings(fd, replace(settings, control=control, input_rate=14400, output_rate=14400))
        await listener.until_told(14400)


async def test_changes_are_told_although_the_client_clears_the_flag_that_reports_them(
    port: PtyPort, listener: KeepingListener
) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        for rate, number in ((termios.B300, 300), (termios.B1200, 1200), (termios.B19200, 19200)):
            attributes = termios.tcgetattr(fd)
            attributes[3] = 0
            attributes[4] = attributes[5] = rate
            termios.tcsetattr(fd, termios.TCSANOW, attributes)
            await listener.until_told(number)
            assert read_settings(fd).local & EXTPROC


async def test_a_rate_of_0_is_told_while_reading_is_paused(port: PtyPort, listener: KeepingListener) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        port.pause_reading()
        os.write(fd, b"waits")
        await turn()
        assert listener.told == []
        set_rate(fd, termios.B0)
        await listener.until_told(b"waits", OFF)


async def test_a_rate_left_at_0_is_restored_for_the_next_client(port: PtyPort, listener: KeepingListener) -> None:
    with client(port) as fd:
        set_rate(fd, termios.B9600)
        await listener.until(lambda: 9600 in listener.told)
        set_rate(fd, termios.B0)
        await listener.until(lambda: listener.told[-1] == OFF)
    await turn()
    listener.told.clear()
    with client(port) as fd:
        await listener.until_told(ON)
        assert termios.tcgetattr(fd)[4] == termios.B9600


async def test_a_fresh_line_is_raw(port: PtyPort, listener: KeepingListener) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        os.write(fd, b"no echo\r\n\x03\x04")
        await listener.until_told(b"no echo\r\n\x03\x04")
        assert unread(fd) == b""


async def test_a_line_left_cooked_is_raw_for_the_next_client(port: PtyPort, listener: KeepingListener) -> None:
    with client(port) as fd:
        cooked = termios.tcgetattr(fd)
        cooked[0] |= termios.ICRNL | termios.IXON
        cooked[1] |= termios.OPOST | termios.ONLCR
        cooked[2] |= termios.CRTSCTS
        cooked[3] |= termios.ICANON | termios.ECHO | termios.ISIG
        termios.tcsetattr(fd, termios.TCSANOW, cooked)
        await listener.until_told(ON)
    await listener.until_told(OFF)
    with client(port) as fd:
        settings = read_settings(fd)
        assert (settings.input, settings.output, settings.local) == (0, 0, EXTPROC)
        assert not settings.control & termios.CRTSCTS


async def test_a_client_that_wants_echo_has_it_and_its_dtr_drop_is_seen_all_the_same(
    port: PtyPort, listener: KeepingListener
) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        raw = termios.tcgetattr(fd)
        login = [*raw[:3], raw[3] | termios.ICANON | termios.ECHO, *raw[4:]]
        termios.tcsetattr(fd, termios.TCSANOW, login)
        await turn()
        port.send(b"alice\n")
        await listener.until_told(b"alice\n")
        assert await read(fd, 6) == b"alice\n"
        set_rate(fd, termios.B0)
        await listener.until_told(OFF)
        termios.tcsetattr(fd, termios.TCSANOW, raw)
        await listener.until_told(ON)
        set_rate(fd, termios.B2400)
        await listener.until_told(2400)


async def test_exclusive_use_ends_when_the_client_leaves(port: PtyPort, listener: KeepingListener) -> None:
    with client(port) as fd:
        fcntl.ioctl(fd, termios.TIOCEXCL)
        await listener.until_told(ON)
    await listener.until_told(OFF)
    with client(port) as fd:
        assert fcntl.ioctl(fd, 0x80045440, bytes(4)) == bytes(4)


async def test_nothing_is_written_while_nobody_is_there(port: PtyPort, listener: KeepingListener) -> None:
    port.send(b"\r\nRING\r\n")
    assert port.dropped == 8
    with client(port) as fd:
        await listener.until_told(ON)
        port.send(b"OK")
        assert await read(fd, 2) == b"OK"


async def test_what_a_client_did_not_read_is_not_there_for_the_next(port: PtyPort, listener: KeepingListener) -> None:
    with client(port):
        await listener.until_told(ON)
        port.send(b"secret" * 5000)
    await listener.until(lambda: listener.told[-1] == OFF)
    with client(port) as fd:
        assert unread(fd) == b""


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


async def test_dtr_stays_off_for_a_moment_between_two_clients_and_no_byte_is_lost(tmp_path: Path) -> None:
    listener = KeepingListener()
    port = PtyPort(tmp_path / "modem0", least_off=0.1)
    port.start(listener)
    listener.told.clear()
    with client(port):
        await listener.until_told(ON)
        off = asyncio.get_running_loop().time()
    await listener.until_told(OFF)
    with client(port) as fd:
        os.write(fd, b"AT\r")
        set_rate(fd, termios.B2400)
        await listener.until_told(2400, ON, b"AT\r")
        assert asyncio.get_running_loop().time() >= off + 0.09
    await listener.until_told(OFF)
    port.close()


async def test_that_moment_begins_when_dtr_off_has_been_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    listener = LateListener(loop.time)
    monkeypatch.setattr(loop, "time", listener.time)
    port = PtyPort(tmp_path / "modem0", least_off=0.5)
    port.start(listener)
    listener.told.clear()
    with client(port):
        await listener.until_told(ON)
    with client(port):
        await listener.until_told(OFF, ON)
    port.close()
    assert listener.off_for >= 0.5


async def test_what_is_said_about_the_last_client_within_that_moment_is_not_for_the_next_one(tmp_path: Path) -> None:
    listener = KeepingListener()
    port = PtyPort(tmp_path / "modem0", least_off=0.05)
    port.start(listener)
    listener.told.clear()
    with client(port):
        await listener.until_told(ON)
    with client(port) as fd:
        await listener.until_told(OFF)
        await turn()
        port.send(b"OK for the last one")
        await listener.until_told(ON)
        port.send(b"OK for this one")
        assert await read(fd, 15) == b"OK for this one"
    port.close()


@pytest.mark.parametrize("noticed", [False, True])
async def test_the_first_bytes_of_a_client_that_follows_at_once_are_its_own(
    port: PtyPort, listener: KeepingListener, noticed: bool
) -> None:
    with client(port) as fd:
        await listener.until_told(ON)
        if noticed:
            os.write(fd, b"x")
            await listener.until_told(b"x")
    with client(port) as fd:
        os.write(fd, b"AT\r")
        await listener.until_told(OFF, ON, b"AT\r")


@pytest.mark.parametrize("before", [b"", b"\r"])
async def test_a_client_that_comes_while_the_end_of_the_last_one_is_told_keeps_its_bytes(
    tmp_path: Path, listener: KeepingListener, monkeypatch: pytest.MonkeyPatch, before: bytes
) -> None:
    port = PtyPort(tmp_path / "modem0", least_off=0.05)
    port.start(listener)
    listener.told.clear()
    next_client = []
    told_off = port.client_left

    def overtaken(another_follows: bool) -> None:
        if not next_client:
            next_client.append(os.open(port.name, os.O_RDWR | os.O_NOCTTY))
            os.write(next_client[0], b"AT\r")
        told_off(another_follows)

    with client(port) as fd:
        await listener.until_told(ON)
        monkeypatch.setattr(port, "client_left", overtaken)
        os.write(fd, before)
    await listener.until_told(OFF, ON, before + b"AT\r")
    os.close(next_client[0])
    port.close()


async def test_of_many_clients_that_are_told_of_together_the_one_that_stays_has_its_bytes(
    port: PtyPort, listener: KeepingListener
) -> None:
    """DTR has been off for long enough at once here, as it has on a busy machine before all of them are told."""
    listener.answer = lambda _: port.send(b"OK")
    with client(port):
        await listener.until_told(ON)
    for _ in range(3):
        with client(port):
            pass
    with client(port) as fd:
        os.write(fd, b"AT\r")
        await listener.until(lambda: bool(listener.sent))
        assert listener.told[-2:] == [ON, b"AT\r"]
        assert await read(fd, 2) == b"OK"


async def test_a_client_that_goes_before_dtr_is_on_for_it_does_not_get_what_the_next_has_sent(
    port: PtyPort, listener: KeepingListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = []
    told_on = port.client_came

    def come_with(data: bytes) -> None:
        clients.append(os.open(port.name, os.O_RDWR | os.O_NOCTTY))
        os.write(clients[-1], data)

    def follow() -> None:
        os.close(clients.pop())
        come_with(b"AT\r")

    def came() -> None:
        monkeypatch.setattr(port, "client_came", told_on)
        told_on()
        asyncio.get_running_loop().call_soon(follow)

    with client(port):
        await listener.until_told(ON)
        monkeypatch.setattr(port, "client_came", came)
    come_with(b"AT")
    await listener.until_told(OFF, ON, OFF, ON, b"ATAT\r")
    os.close(clients.pop())


async def test_a_client_that_comes_and_goes_within_that_moment_is_told_of(tmp_path: Path) -> None:
    listener = KeepingListener()
    port = PtyPort(tmp_path / "modem0", least_off=60)
    port.start(listener)
    listener.told.clear()
    with client(port):
        await listener.until_told(ON)
    await listener.until_told(OFF)
    with client(port) as fd:
        os.write(fd, b"ATH\r")
        await turn()
        assert listener.told == []
    await listener.until_told(ON, b"ATH\r", OFF)
    with client(port):
        await turn()
        port.close()
    assert listener.told == []


async def test_a_flood_of_clients_beyond_what_the_kernel_tells_ends_in_the_truth(
    port: PtyPort, listener: KeepingListener
) -> None:
    for last in (False, True):
        for _ in range(4200):  # four events each, the kernel keeps 16384
            with client(port):
                pass
        if last:
            with client(port) as fd:
                os.write(fd, b"AT\r")
                await listener.until(lambda: listener.told[-1:] == [b"AT\r"])
                assert ON in listener.told
            await listener.until(lambda: listener.told[-1:] == [OFF])
        else:
            await turn(10)
            assert listener.told[-1:] != [ON]
    listener.told.clear()
    with client(port):
        await listener.until_told(ON)
    await listener.until_told(OFF)


async def test_lost_events_are_made_good(port: PtyPort, listener: KeepingListener) -> None:
    with client(port):
        port._attachment.openings_unknown()
        assert listener.told == [ON]
        with client(port):
            port._attachment.openings_unknown()
        await turn()
        assert listener.told == [ON]
    await listener.until_told(ON, OFF)
    port._attachment.openings_unknown()
    with client(port):
        await listener.until_told(ON)
    await listener.until_told(OFF)


async def test_looking_for_lost_clients_leaves_exclusive_use_as_it_was(
    port: PtyPort, listener: KeepingListener
) -> None:
    with client(port) as fd:
        fcntl.ioctl(fd, termios.TIOCEXCL)
        port._attachment.openings_unknown()
        assert fcntl.ioctl(fd, 0x80045440, bytes(4)) != bytes(4)


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
