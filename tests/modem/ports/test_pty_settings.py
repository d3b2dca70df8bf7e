"""What a program sets on a pty port: its rate, raw or cooked, echo, exclusive use; and what the next one finds."""

import fcntl
import os
import termios
from dataclasses import replace

from offhook.modem.ports import PtyPort
from offhook.modem.ports.termios2 import CBAUD, EXTPROC, read_settings, write_settings
from tests.support.port_listener import KeepingListener
from tests.support.pty_client import OFF, ON, client, read, set_rate, turn, unread


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
