"""What is promised of every port, held to by the ones in memory and by those that carry real DTEs alike."""

import asyncio
import itertools
import os
import tty
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest
import serial

import offhook.serial_urls
from offhook.modem.ports import Port, PtyPort, TcpPort
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.pairs import LINES, MemoryPair, Wire, WirePort
from offhook.virtual_lines.remote_ports import Rfc2217Port
from tests.support.port_listener import KeepingListener
from tests.support.tcp_client import TcpClient

assert offhook.serial_urls
THERE = Signals.DTR | Signals.RTS
NUMBERS = itertools.count()


class Dte(Protocol):
    """A terminal in miniature at the outer side of a port."""

    def come(self) -> None: ...

    def go(self) -> None: ...

    async def write(self, data: bytes) -> None: ...

    async def read(self, count: int) -> bytes: ...


class OtherPort:
    """The other port of a pair in memory."""

    def __init__(self, port: WirePort) -> None:
        self.port = port
        self.listener = KeepingListener()

    def come(self) -> None:
        self.listener = KeepingListener()
        self.port.start(self.listener)
        self.port.set_signals(Signals.DSR | Signals.DCD | Signals.CTS)

    def go(self) -> None:
        self.port.close()

    async def write(self, data: bytes) -> None:
        self.port.send(data)

    async def read(self, count: int) -> bytes:
        await self.listener.until(lambda: len(self.listener.sent) >= count)
        data = self.listener.sent
        self.listener.told.clear()
        return data


class SerialUrl:
    """pyserial on a line in memory."""

    def __init__(self, name: str) -> None:
        self.url = f"offhook://{name}/a"

    def come(self) -> None:
        self.port = serial.serial_for_url(self.url, timeout=60)

    def go(self) -> None:
        self.port.close()

    async def write(self, data: bytes) -> None:
        await asyncio.to_thread(self.port.write, data)

    async def read(self, count: int) -> bytes:
        return await asyncio.to_thread(self.port.read, count)


class Tty:
    """A program on a pty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def come(self) -> None:
        self.descriptor = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.descriptor)

    def go(self) -> None:
        os.close(self.descriptor)

    async def write(self, data: bytes) -> None:
        await asyncio.to_thread(os.write, self.descriptor, data)

    async def read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += await asyncio.to_thread(os.read, self.descriptor, count - len(data))
        return data


class Connection:
    """A client on the network, that speaks no more Telnet than it hears."""

    def __init__(self, port: TcpPort | Rfc2217Port) -> None:
        self.port = port

    def come(self) -> None:
        self.client = TcpClient(self.port.name)

    def go(self) -> None:
        self.client.socket.close()

    async def write(self, data: bytes) -> None:
        await self.client.send(data)

    async def read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            byte = await self.client.read(1)
            if byte == b"\xff":
                await self.client.read(2)  # what the server offers
            else:
                data += byte
        return data


Pair = tuple[Port, Dte]


@pytest.fixture(params=["memory", "offhook", "pty", "tcp", "rfc2217"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    port: Port
    dte: Dte
    match request.param:
        case "memory":
            memory = MemoryPair()
            port, dte = memory.one, OtherPort(memory.other)
        case "offhook":
            name = f"contract{next(NUMBERS)}"
            wire = Wire(crossing=lambda on: on)
            LINES.put(name, wire)
            port, dte = WirePort(wire, 1, name), SerialUrl(name)
        case "pty":
            port, dte = PtyPort(tmp_path / "tty"), Tty(tmp_path / "tty")
        case "tcp":
            port = TcpPort("127.0.0.1", 0)
            dte = Connection(port)
        case _:
            port = Rfc2217Port("127.0.0.1", 0)
            dte = Connection(port)
    yield port, dte
    port.close()
    if request.param == "offhook":
        LINES.remove(name)


def signals(listener: KeepingListener) -> list[object]:
    return [told for told in listener.told if isinstance(told, (Signals, bytes))]


async def test_a_dte_comes_sends_and_goes_and_is_heard_in_this_order(pair: Pair) -> None:
    port, dte = pair
    listener = KeepingListener()
    port.start(listener)
    assert signals(listener) == [Signals.NONE]
    for _ in range(2):
        dte.come()
        await listener.until(lambda: THERE in listener.told)
        await dte.write(b"the first and ")
        await dte.write(b"the last")
        dte.go()
        await listener.until(lambda: listener.told[-1] == Signals.NONE)
        assert signals(listener) == [Signals.NONE, THERE, b"the first and the last", Signals.NONE]
        listener.told[:] = [Signals.NONE]


async def test_bytes_arrive_in_order_both_ways(pair: Pair) -> None:
    port, dte = pair
    listener = KeepingListener()
    port.start(listener)
    dte.come()
    await listener.until(lambda: THERE in listener.told)
    text = bytes(range(32, 127)) * 20
    for at in range(0, len(text), 100):
        port.send(text[at : at + 100])
    assert await dte.read(len(text)) == text
    await dte.write(text)
    await listener.until(lambda: len(listener.sent) >= len(text))
    assert listener.sent == text
    dte.go()


async def test_while_nobody_takes_them_bytes_wait_and_none_is_lost(pair: Pair) -> None:
    port, dte = pair
    listener = KeepingListener()
    port.start(listener)
    dte.come()
    await listener.until(lambda: THERE in listener.told)
    port.pause_reading()
    await dte.write(b"x" * 2000)
    for _ in range(50):
        await asyncio.sleep(0)
    assert listener.sent == b""
    port.resume_reading()
    await listener.until(lambda: len(listener.sent) >= 2000)
    assert listener.sent == b"x" * 2000
    dte.go()


async def test_what_is_sent_to_nobody_is_read_by_nobody_later(pair: Pair) -> None:
    port, dte = pair
    listener = KeepingListener()
    port.start(listener)
    port.send(b"stale")
    port.set_signals(Signals.DSR)
    port.send_break()
    dte.come()
    await listener.until(lambda: THERE in listener.told)
    port.send(b"fresh")
    assert await dte.read(5) == b"fresh"
    dte.go()


async def test_a_port_that_is_closed_is_silent_and_takes_everything(pair: Pair) -> None:
    port, dte = pair
    listener = KeepingListener()
    port.start(listener)
    dte.come()
    await listener.until(lambda: THERE in listener.told)
    listener.told.clear()
    port.close()
    port.close()
    port.send(b"x")
    port.set_signals(Signals.DSR)
    port.send_break()
    port.pause_reading()
    port.resume_reading()
    dte.go()
    for _ in range(50):
        await asyncio.sleep(0)
    assert listener.told == []
