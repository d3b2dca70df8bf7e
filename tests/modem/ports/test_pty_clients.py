"""Programs one after the other on a pty port: each is told of, and no byte of one is taken for another's."""

import asyncio
import fcntl
import os
import termios
from pathlib import Path

import pytest

from offhook.modem.ports import PtyPort
from tests.support.port_listener import KeepingListener, LateListener
from tests.support.pty_client import OFF, ON, client, read, set_rate, turn


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
