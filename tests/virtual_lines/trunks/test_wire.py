"""A connection as a stream: its two directions, its bounds, and the order of its end."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from offhook.virtual_lines.trunks import wire as wire_module
from offhook.virtual_lines.trunks.wire import CHUNK, WATERMARK, SocketWire
from tests.support.outside_calls import until
from tests.support.wire_listener import WireHolder


class Pair:
    """A wire, who holds it, and the host's end as a plain socket."""

    def __init__(self, one: socket.socket, other: socket.socket) -> None:
        for sock in (one, other):
            sock.setblocking(False)
        self.far = other
        self.near = one
        self.holder = WireHolder()
        self._wire: SocketWire | None = None

    @property
    def wire(self) -> SocketWire:
        """Made when it is first asked for, in the running loop."""
        if self._wire is None:
            self._wire = SocketWire(self.near, self.holder)
        return self._wire

    def fill(self) -> int:
        """Send until the holder is asked to stop; how many bytes."""
        sent = 0
        while not self.holder.full:
            self.wire.send(b"f" * CHUNK)
            sent += CHUNK
        return sent

    async def far_hears(self, count: int) -> bytes:
        got = bytearray()
        async with asyncio.timeout(60):
            while len(got) < count and (data := await asyncio.get_running_loop().sock_recv(self.far, 1 << 20)):
                got += data
        return bytes(got)

    def far_resets(self) -> None:
        self.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.far.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as near:
        far, _ = listener.accept()
        with far:
            yield Pair(near, far)


async def test_nothing_is_read_before_the_start_and_then_everything(pair: Pair):
    pair.far.send(b"early")
    pair.wire.send(b"out")
    assert await pair.far_hears(3) == b"out"
    assert pair.holder.heard == b""
    pair.wire.start()
    await until(lambda: pair.holder.heard == b"early")
    pair.wire.abort()


async def test_a_pause_before_the_start_holds(pair: Pair):
    pair.wire.pause_reading()
    pair.wire.start()
    pair.far.send(b"x")
    for _ in range(10):
        await asyncio.sleep(0)
    assert pair.holder.heard == b""
    pair.wire.resume_reading()
    await until(lambda: pair.holder.heard)
    pair.wire.abort()


async def test_a_pause_from_within_stops_after_this_chunk(pair: Pair):
    pair.holder.on_data = lambda data: pair.wire.pause_reading()
    pair.wire.start()
    pair.far.send(b"x" * CHUNK * 3)
    await until(lambda: pair.holder.heard)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(pair.holder.chunks) == 1
    assert pair.holder.chunks[0] <= CHUNK
    pair.wire.abort()


async def test_a_host_that_reads_nothing_fills_it_once_and_empties_it_once(pair: Pair):
    sent = pair.fill()
    assert pair.wire._backlog.waiting <= WATERMARK + CHUNK
    pair.wire.send(b"and this")
    assert await pair.far_hears(sent + 8) == b"f" * sent + b"and this"
    await until(lambda: not pair.holder.full)
    assert pair.holder.told == ["full", "ready"]
    pair.wire.abort()


async def test_the_end_of_the_host_s_stream_comes_after_its_bytes_and_once(pair: Pair):
    pair.wire.start()
    pair.far.send(b"bye")
    pair.far.shutdown(socket.SHUT_WR)
    await until(lambda: pair.holder.closed)
    for _ in range(10):
        await asyncio.sleep(0)
    assert (pair.holder.heard, pair.holder.closed) == (b"bye", 1)
    assert pair.wire.open
    pair.wire.send(b"to one who listens")
    pair.wire.close()
    assert await pair.far_hears(99) == b"to one who listens"
    assert not pair.wire.open


async def test_a_reset_is_an_end_after_what_had_come(pair: Pair):
    pair.far.send(b"last")
    pair.far_resets()
    pair.wire.send(b"into the void")
    pair.wire.send(b"into the void")
    pair.wire.start()
    await until(lambda: pair.holder.closed)
    assert pair.holder.heard == b"last"
    pair.wire.close()
    await until(lambda: not pair.wire.open)


async def test_a_host_that_is_gone_while_nobody_reads_keeps_nothing_waiting_and_the_loop_idle(pair: Pair):
    pair.wire.start()
    pair.wire.pause_reading()
    pair.fill()
    pair.far_resets()
    await until(lambda: not pair.holder.full)
    assert pair.wire._backlog.waiting == 0
    assert pair.near.fileno() not in asyncio.get_running_loop()._selector.get_map()  # type: ignore[attr-defined]
    assert not pair.holder.closed, "nobody wanted to read, so nobody knows"
    pair.wire.resume_reading()
    await until(lambda: pair.holder.closed)
    pair.wire.abort()


async def test_after_close_what_waits_is_written_and_what_comes_is_thrown_away(pair: Pair):
    pair.wire.start()
    sent = pair.fill()
    pair.wire.close()
    pair.wire.close()
    pair.wire.send(b"too late")
    pair.far.send(b"unwanted")
    assert await pair.far_hears(sent + 1) == b"f" * sent
    assert pair.wire.open, "the host has not shut its side"
    pair.far.shutdown(socket.SHUT_WR)
    await until(lambda: not pair.wire.open)
    assert pair.holder.heard == b""
    assert pair.holder.closed == 0


async def test_after_close_a_reset_lets_go_of_the_socket(pair: Pair):
    pair.wire.start()
    pair.fill()
    pair.wire.close()
    pair.far_resets()
    await until(lambda: not pair.wire.open)


async def test_a_paused_wire_that_is_closed_hears_the_end(pair: Pair):
    pair.wire.start()
    pair.wire.pause_reading()
    pair.wire.close()
    pair.far.close()
    await until(lambda: not pair.wire.open)


async def test_a_host_that_never_shuts_its_side_is_left_after_the_linger(pair: Pair, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire_module, "LINGER", 0.01)
    pair.wire.start()
    pair.fill()
    pair.wire.close()
    await until(lambda: not pair.wire.open)


@pytest.mark.parametrize("ending", ["close", "abort"])
async def test_an_end_from_within_a_chunk_is_one(pair: Pair, ending: str):
    pair.holder.on_data = lambda data: getattr(pair.wire, ending)()
    pair.wire.start()
    pair.far.send(b"x" * CHUNK * 2)
    await until(lambda: pair.holder.heard)
    pair.far.close()
    await until(lambda: not pair.wire.open)
    assert pair.holder.closed == 0


async def test_after_abort_nothing_is_heard_and_nothing_harms(pair: Pair):
    pair.wire.start()
    pair.far.send(b"x")
    pair.wire.abort()
    pair.wire.abort()
    pair.wire.close()
    pair.wire.send(b"x")
    pair.wire.start()
    pair.wire.pause_reading()
    pair.wire.resume_reading()
    for _ in range(5):
        await asyncio.sleep(0)
    assert (pair.holder.heard, pair.holder.closed, pair.holder.told) == (b"", 0, [])
