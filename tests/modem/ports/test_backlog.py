import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from offhook.modem.ports.backlog import BOUND, Backlog


class Pipe:
    """A pipe as the descriptor, and what the backlog asked of its sender."""

    def __init__(self) -> None:
        self.out, self.into = os.pipe2(os.O_NONBLOCK)
        self.asked: list[str] = []
        self.gone = False
        self.backlog = Backlog(
            self.into, self._write, 1000, lambda: self.asked.append("pause"), lambda: self.asked.append("resume")
        )

    def _write(self, data: bytes | bytearray) -> int:
        if self.gone:
            return -1
        try:
            return os.write(self.into, data)
        except BlockingIOError:
            return 0

    def fill(self) -> int:
        """Fill the pipe itself, so that all that follows has to wait."""
        count = 0
        while (written := self._write(bytes(4096))) > 0:
            count += written
        return count


@pytest.fixture
async def pipe() -> AsyncIterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.backlog.close()
    os.close(pipe.out)
    os.close(pipe.into)


async def test_what_fits_is_written_at_once(pipe: Pipe) -> None:
    assert pipe.backlog.send(b"now") == 0
    assert os.read(pipe.out, 10) == b"now"
    assert pipe.asked == []


async def test_what_does_not_fit_is_written_in_order_when_there_is_room(pipe: Pipe) -> None:
    filled = pipe.fill()
    for word in (b"one ", b"two ", b"three"):
        assert pipe.backlog.send(word) == 0
    got = b""
    while len(got) < filled + 13:
        try:
            got += os.read(pipe.out, 65536)
        except BlockingIOError:
            await asyncio.sleep(0)
    assert got[filled:] == b"one two three"
    assert pipe.asked == []


async def test_the_sender_pauses_above_the_watermark_and_resumes_at_a_quarter(pipe: Pipe) -> None:
    pipe.fill()
    pipe.backlog.send(bytes(1000))
    assert pipe.asked == []
    pipe.backlog.send(b"x")
    pipe.backlog.send(b"x")
    assert pipe.asked == ["pause"]
    os.read(pipe.out, 65536)
    for _ in range(5):
        await asyncio.sleep(0)
    assert pipe.asked == ["pause", "resume"]


async def test_what_waits_is_bounded_and_the_excess_is_told(pipe: Pipe) -> None:
    pipe.fill()
    assert pipe.backlog.send(bytes(BOUND * 1000 - 1)) == 0
    assert pipe.backlog.send(bytes(10)) == 9
    assert pipe.backlog.send(bytes(10)) == 10


async def test_clearing_drops_what_waits_and_releases_the_sender(pipe: Pipe) -> None:
    pipe.fill()
    pipe.backlog.send(bytes(2000))
    pipe.backlog.clear()
    assert pipe.asked == ["pause", "resume"]
    os.read(pipe.out, 65536)
    pipe.backlog.send(b"next")


async def test_a_descriptor_that_has_gone_takes_nothing(pipe: Pipe) -> None:
    pipe.gone = True
    assert pipe.backlog.send(b"void") == 4
    pipe.gone = False
    pipe.backlog.close()
    assert pipe.backlog.send(b"void") == 4
