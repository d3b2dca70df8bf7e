"""TLS as a wire, against a host's TLS that the test turns by hand: every cut and every order of ends."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from offhook.virtual_lines.trunks import tls_wire
from offhook.virtual_lines.trunks.tls_wire import TlsWire, secured
from offhook.virtual_lines.trunks.wire import CHUNK
from tests.support.outside_calls import until
from tests.support.smarthost_server import CERTIFICATE, trusting
from tests.support.wire_listener import WireHolder

MEGABYTE = bytes(range(256)) * 4096


class FarTls:
    """The host: TLS between two memories and a socket, which moves only when it is told to."""

    def __init__(self, sock: socket.socket, version: ssl.TLSVersion | None = None) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
        if version is not None:
            context.maximum_version = version
        self.socket = sock
        sock.setblocking(False)
        self.heard = bytearray()
        self.ended = self.goodbye = False
        self._came, self.to_go = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._came, self.to_go, server_side=True)

    async def flush(self) -> None:
        async with asyncio.timeout(60):
            await asyncio.get_running_loop().sock_sendall(self.socket, self.to_go.read())

    async def shakes_hands(self) -> None:
        async with asyncio.timeout(60):
            while True:
                try:
                    self.tls.do_handshake()
                except ssl.SSLWantReadError:
                    await self.flush()
                    self._came.write(await asyncio.get_running_loop().sock_recv(self.socket, 65536))
                else:
                    return await self.flush()

    async def hears(self, count: int = 1 << 40) -> None:
        """Read until so many bytes have been heard, or to the end."""
        async with asyncio.timeout(60):
            while len(self.heard) < count and not self.ended and not self.goodbye:
                data = await asyncio.get_running_loop().sock_recv(self.socket, 65536)
                self.ended = not data
                self._came.write(data)
                with suppress(ssl.SSLWantReadError):
                    while text := self.tls.read(65536):
                        self.heard += text
                    self.goodbye = True

    async def says(self, data: bytes, record: int = CHUNK) -> None:
        """Send it in records of so many bytes."""
        for at in range(0, len(data), record):
            self.tls.write(data[at : at + record])
        await self.flush()


class Talk:
    def __init__(self, near: TlsWire, holder: WireHolder, far: FarTls) -> None:
        self.near, self.holder, self.far = near, holder, far


@asynccontextmanager
async def talk(version: ssl.TLSVersion | None = None) -> AsyncIterator[Talk]:
    near, other = socket.socketpair()
    near.setblocking(False)
    with near, other:
        holder, far = WireHolder(), FarTls(other, version)
        wire, _ = await asyncio.gather(secured(near, "localhost", trusting(), holder), far.shakes_hands())
        yield Talk(wire, holder, far)
        wire.abort()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_megabyte_goes_both_ways_at_once(version: ssl.TLSVersion):
    async with talk(version) as it:
        it.near.start()
        for at in range(0, len(MEGABYTE), 50_000):
            it.near.send(MEGABYTE[at : at + 50_000])
        await asyncio.gather(it.far.says(MEGABYTE), it.far.hears(len(MEGABYTE)))
        await until(lambda: len(it.holder.heard) >= len(MEGABYTE))
        assert it.holder.heard == MEGABYTE
        assert it.far.heard == MEGABYTE
        assert max(it.holder.chunks) <= CHUNK


@pytest.mark.parametrize("record", [1, 7, 1000, 5000, CHUNK - 1])
async def test_records_of_any_size_arrive_in_order(record: int):
    async with talk() as it:
        data = MEGABYTE[: min(len(MEGABYTE) // 4, record * 2000)]
        it.near.start()
        await it.far.says(data, record)
        await until(lambda: len(it.holder.heard) >= len(data))
        assert it.holder.heard == data


async def test_records_that_come_byte_by_byte_are_put_together():
    async with talk() as it:
        it.near.start()
        it.far.tls.write(b"hello")
        for each in it.far.to_go.read():
            it.far.socket.send(bytes([each]))
            await asyncio.sleep(0)
        await until(lambda: it.holder.heard == b"hello")


async def test_nothing_is_heard_before_the_start_and_little_is_read_ahead():
    async with talk() as it:
        task = asyncio.create_task(it.far.says(MEGABYTE * 4))
        for _ in range(50):
            await asyncio.sleep(0)
        assert it.holder.heard == b""
        assert it.near._came.pending < 1 << 18
        assert not task.done(), "nobody reads: the host must wait"
        it.near.start()
        await task
        await until(lambda: len(it.holder.heard) == 4 * len(MEGABYTE))


async def test_a_pause_stops_after_this_chunk_and_what_had_come_is_told_before_more_is_read():
    async with talk() as it:
        it.holder.on_data = lambda data: it.near.pause_reading()
        it.near.start()
        await it.far.says(b"abc" * 10, record=3)
        await until(lambda: it.holder.heard)
        for _ in range(10):
            await asyncio.sleep(0)
        assert it.holder.heard == b"abc"
        it.holder.on_data = lambda data: None
        it.near.resume_reading()
        assert it.holder.heard == b"abc" * 10


@pytest.mark.parametrize("goodbye", [True, False])
async def test_the_host_s_end_comes_after_its_bytes_with_a_goodbye_or_without(goodbye: bool):
    async with talk() as it:
        it.far.tls.write(MEGABYTE[:100_000])
        if goodbye:
            with suppress(ssl.SSLWantReadError):
                it.far.tls.unwrap()
        await it.far.flush()
        it.far.socket.close()
        for _ in range(20):
            await asyncio.sleep(0)
        assert it.holder.closed == 0
        it.near.start()
        await until(lambda: it.holder.closed)
        assert it.holder.heard == MEGABYTE[:100_000]
        assert it.holder.closed == 1


async def test_an_end_while_the_caller_pauses_waits_for_him():
    async with talk() as it:
        it.holder.on_data = lambda data: it.near.pause_reading()
        it.near.start()
        await it.far.says(b"abc" * 3, record=3)
        it.far.socket.close()
        for _ in range(20):
            await asyncio.sleep(0)
        assert it.holder.closed == 0
        while not it.holder.closed:
            it.near.resume_reading()
            await asyncio.sleep(0)
        assert it.holder.heard == b"abcabcabc"


async def test_a_goodbye_with_the_connection_left_open_is_an_end():
    async with talk() as it:
        it.near.start()
        with suppress(ssl.SSLWantReadError):
            it.far.tls.unwrap()
        await it.far.flush()
        await until(lambda: it.holder.closed)


async def test_close_writes_what_waits_says_goodbye_and_shuts():
    async with talk() as it:
        it.near.start()
        it.near.send(MEGABYTE)
        it.near.close()
        it.near.close()
        it.near.send(b"too late")
        await it.far.hears()
        assert it.far.goodbye
        assert it.far.heard == MEGABYTE
        assert it.near.open
        it.far.socket.close()
        await until(lambda: not it.near.open)
        assert it.holder.closed == 0


async def test_a_slow_host_is_told_once_and_once_again():
    async with talk() as it:
        sent = 0
        while not it.holder.full:
            it.near.send(MEGABYTE[:50_000])
            sent += 50_000
        await it.far.hears(sent)
        await until(lambda: not it.holder.full)
        assert it.holder.told == ["full", "ready"]


async def test_bytes_that_are_no_tls_end_it_after_what_had_come(caplog: pytest.LogCaptureFixture):
    async with talk() as it:
        it.near.start()
        await it.far.says(b"good")
        it.far.socket.send(b"\x17\x03\x03\x00\x20" + b"forged" * 10)
        await until(lambda: it.holder.closed)
        assert it.holder.heard == b"good"
        it.near.send(b"to nobody")


async def test_new_keys_in_the_middle_change_nothing():
    async with talk(ssl.TLSVersion.TLSv1_3) as it:
        it.near.start()
        await it.far.says(b"one")
        for _ in range(300):  # more records than a session ticket or two
            await it.far.says(b"x")
        await until(lambda: len(it.holder.heard) == 303)


@pytest.mark.parametrize("ending", ["close", "abort", "pause_reading"])
async def test_whatever_is_done_from_within_a_chunk(ending: str):
    async with talk() as it:
        it.holder.on_data = lambda data: getattr(it.near, ending)()
        it.near.start()
        await it.far.says(b"ab", record=1)
        await until(lambda: it.holder.heard)
        for _ in range(10):
            await asyncio.sleep(0)
        assert it.holder.heard == b"a"
        assert it.holder.closed == 0


async def test_an_answer_from_within_a_chunk_is_sent():
    async with talk() as it:
        it.holder.on_data = it.near.send
        it.near.start()
        await it.far.says(b"echo", record=1)
        await it.far.hears(4)
        assert it.far.heard == b"echo"


async def test_a_handshake_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tls_wire, "HANDSHAKE_TIME", 0.01)
    near, far = socket.socketpair()
    near.setblocking(False)
    with near, far:
        with pytest.raises(TimeoutError):
            await secured(near, "localhost", trusting(), WireHolder())
        assert near.fileno() == -1


async def test_a_host_that_does_not_get_through_is_told_by_tls_why():
    near, other = socket.socketpair()
    near.setblocking(False)
    with near, other:
        far = FarTls(other)
        shaking = asyncio.create_task(far.shakes_hands())
        with pytest.raises(ssl.SSLCertVerificationError):
            await secured(near, "localhost", ssl.create_default_context(), WireHolder())
        (said,) = await asyncio.gather(shaking, return_exceptions=True)
        if said is None:
            (said,) = await asyncio.gather(far.hears(), return_exceptions=True)
        assert "unknown ca" in str(said)
