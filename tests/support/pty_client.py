"""A program on a pty port, played by the test."""

import asyncio
import contextlib
import os
import termios
from collections.abc import Iterator

from offhook.modem.ports import PtyPort
from offhook.modem.rs232 import Signals

ON = Signals.DTR | Signals.RTS
OFF = Signals.NONE


@contextlib.contextmanager
def client(port: PtyPort, flags: int = os.O_RDWR) -> Iterator[int]:
    """Its descriptor, closed in the end."""
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
    """So many bytes, however they come."""
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
    """What is there to be read at this moment."""
    try:
        return os.read(fd, 65536)
    except BlockingIOError:
        return b""


def set_rate(fd: int, rate: int) -> None:
    """Set both rates, as one of the constants of termios."""
    attributes = termios.tcgetattr(fd)
    attributes[4] = attributes[5] = rate
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
