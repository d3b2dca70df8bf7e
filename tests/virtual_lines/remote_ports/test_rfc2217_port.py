import asyncio
from collections.abc import AsyncIterator

import pytest

from offhook.modem.ports import Port, PortError
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.remote_ports import Rfc2217Port
from offhook.virtual_lines.telnet import subnegotiation
from tests.support.port_listener import KeepingListener
from tests.support.tcp_client import TcpClient

ON = Signals.DTR | Signals.RTS
OFF = Signals.NONE
READY = Signals.DSR | Signals.CTS
OFFERS = bytes.fromhex("fffb01 fffb03 fffd03 fffb00 fffd00 fffd2c")
AGREES = bytes.fromhex("fffd01 fffd03 fffb03 fffd00 fffb00 fffb2c")


def request(*content: int) -> bytes:
    return subnegotiation(44, bytes(content))


answer = request


@pytest.fixture
def listener() -> KeepingListener:
    return KeepingListener()


@pytest.fixture
async def port(listener: KeepingListener) -> AsyncIterator[Rfc2217Port]:
    port = Rfc2217Port("127.0.0.1", 0, watermark=8192, least_off=0)
    port.set_signals(READY)
    port.start(listener)
    await listener.until_told(OFF)
    yield port
    port.close()


async def agree(client: TcpClient, listener: KeepingListener) -> None:
    assert await client.read(len(OFFERS)) == OFFERS
    await client.send(AGREES)
    assert await client.read(7) == answer(0x6B, 0x30)
    await listener.until_told(ON)


async def test_it_keeps_the_contract_and_its_name_says_where_it_really_listens(port: Port) -> None:
    assert port.name.startswith("rfc2217:127.0.0.1:")
    assert int(port.name.rsplit(":", 1)[1]) > 0


async def test_a_client_sets_its_side_and_leaves(port: Rfc2217Port, listener: KeepingListener) -> None:
    with TcpClient(port.name) as client:
        await agree(client, listener)
        await client.send(request(1, 0, 0, 0x25, 0x80) + b"AT\r" + request(5, 9) + request(5, 8) + request(5, 5))
        assert await client.read(10) == answer(101, 0, 0, 0x25, 0x80)
        await listener.until_told(9600, b"AT\r", Signals.RTS, ON, "break")
    await listener.until_told(OFF)


async def test_signals_are_notified_at_once_and_the_next_client_is_told_those_there_are(
    port: Rfc2217Port, listener: KeepingListener
) -> None:
    with TcpClient(port.name) as client:
        await agree(client, listener)
        port.set_signals(READY | Signals.RI)
        assert await client.read(7) == answer(0x6B, 0x70)
        port.send(b"\r\nRING\r\n")
        port.set_signals(READY)
        assert await client.read(15) == b"\r\nRING\r\n" + answer(0x6B, 0x34)
        port.set_signals(Signals.NONE)
        assert await client.read(7) == answer(0x6B, 0x03)
    await listener.until_told(OFF)
    port.set_signals(READY | Signals.DTR)
    with TcpClient(port.name) as client:
        await agree(client, listener)


async def test_the_rate_of_one_client_is_what_the_next_one_finds(port: Rfc2217Port, listener: KeepingListener) -> None:
    for expected in (115200, 300):
        with TcpClient(port.name) as client:
            await agree(client, listener)
            await client.send(request(1, 0, 0, 0, 0))
            assert await client.read(10) == answer(101, *expected.to_bytes(4))
            await client.send(request(1, 0, 0, 1, 0x2C))
            assert await client.read(10) == answer(101, *(300).to_bytes(4))
        await listener.until(lambda: listener.told[-1:] == [OFF])
        listener.told.clear()


async def test_a_break_is_notified(port: Rfc2217Port, listener: KeepingListener) -> None:
    with TcpClient(port.name) as client:
        await agree(client, listener)
        await client.send(request(10, 16))
        assert await client.read(7) == answer(110, 16)
        port.send_break()
        assert await client.read(7) == answer(0x6A, 16)


async def test_a_raw_client_is_a_dte_too(port: Rfc2217Port, listener: KeepingListener) -> None:
    listener.answer = lambda sent: port.send(b"\r\nOK\r\n")
    with TcpClient(port.name) as client:
        await client.send(b"AT\r")
        assert await client.read(len(OFFERS) + 6) == OFFERS + b"\r\nOK\r\n"
        port.set_signals(READY | Signals.DCD)
        port.send_break()
        port.send(b"x")
        assert await client.read(1) == b"x"
    await listener.until_told(ON, b"AT\r", OFF)


async def test_every_byte_passes_both_ways_however_much(port: Rfc2217Port, listener: KeepingListener) -> None:
    much = bytes(range(256)) * 400
    wire = much.replace(b"\xff", b"\xff\xff")
    with TcpClient(port.name) as client:
        await agree(client, listener)
        await client.send(wire)
        await listener.until(lambda: len(listener.sent) >= len(much))
        assert listener.sent == much
        port.send(much)
        assert await client.read(len(wire)) == wire
        assert port.dropped == 0


async def test_a_slow_client_pauses_the_sender_and_its_requests_are_still_answered_in_order(
    port: Rfc2217Port, listener: KeepingListener
) -> None:
    with TcpClient(port.name, receive_buffer=4096) as client:
        await agree(client, listener)
        sent = bytearray()
        piece = bytes(range(256)) * 16
        while "pause" not in listener.told:
            port.send(piece)
            sent += piece.replace(b"\xff", b"\xff\xff")
            assert len(sent) < 64 * 1024 * 1024
        await client.send(request(5, 9))
        await listener.until_told("pause", Signals.RTS)
        port.set_signals(READY | Signals.DCD)
        got = await client.read(len(sent) + 14)
        assert got.replace(answer(105, 9), b"") == sent + answer(0x6B, 0xB8)
        await listener.until_told("resume")
        assert port.dropped == 0


async def test_a_sender_that_does_not_pause_loses_bytes_and_never_the_thread_of_telnet(
    port: Rfc2217Port, listener: KeepingListener
) -> None:
    with TcpClient(port.name, receive_buffer=4096) as client:
        await agree(client, listener)
        total = 0
        while not port.dropped:
            port.send(b"\xff" * 32768)
            total += 32768
        await client.send(request(5, 10))
        got = await client.read(2 * (total - port.dropped) + 7)
        assert got.replace(answer(105, 11), b"") == b"\xff\xff" * (total - port.dropped)


async def test_a_paused_client_is_asked_to_suspend_and_can_still_drop_dtr(
    port: Rfc2217Port, listener: KeepingListener
) -> None:
    with TcpClient(port.name) as client:
        await agree(client, listener)
        port.pause_reading()
        assert await client.read(6) == answer(0x6C)
        await client.send(b"waits" + request(1, 0, 0, 1, 0x2C))
        await listener.until_told(300)
        await client.send(request(5, 9))
        await listener.until_told(b"waits", Signals.RTS)
        port.resume_reading()
        assert await client.read(10 + 7 + 6) == answer(101, 0, 0, 1, 0x2C) + answer(105, 9) + answer(0x6D)


async def test_a_client_that_floods_a_paused_port_is_held_back_and_loses_nothing(
    port: Rfc2217Port, listener: KeepingListener
) -> None:
    much = bytes(8_000_000)
    with TcpClient(port.name) as client:
        await agree(client, listener)
        port.pause_reading()
        sending = asyncio.create_task(client.send(much))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not sending.done()
        assert listener.told == []
        port.resume_reading()
        await sending
        await listener.until(lambda: len(listener.sent) >= len(much))
        assert listener.sent == much


async def test_a_pause_outlasts_the_client_that_met_it(port: Rfc2217Port, listener: KeepingListener) -> None:
    with TcpClient(port.name) as client:
        await agree(client, listener)
        port.pause_reading()
        await client.send(bytes(100_000))
        await asyncio.sleep(0)
    await listener.until(lambda: listener.told[-1:] == [OFF])
    listener.told.clear()
    with TcpClient(port.name) as client:
        await client.send(b"next")
        await listener.until_told(ON)
        port.resume_reading()
        await listener.until_told(b"next")


async def test_a_client_that_resets_while_it_is_slow_releases_the_sender(
    port: Rfc2217Port, listener: KeepingListener
) -> None:
    client = TcpClient(port.name, receive_buffer=4096)
    await agree(client, listener)
    while "pause" not in listener.told:
        port.send(bytes(32768))
    client.reset()
    await listener.until(lambda: listener.told[-1:] == [OFF])
    assert listener.told == ["pause", "resume", OFF]
    with TcpClient(port.name) as client:
        listener.told.clear()
        await agree(client, listener)


async def test_nonsense_ends_nothing(port: Rfc2217Port, listener: KeepingListener) -> None:
    with TcpClient(port.name) as client:
        await agree(client, listener)
        await client.send(b"\xff\xfa\x2c" + bytes(5000) + b"\xff\xf0" + request(99) + request() + b"\xff\xf0\xff\xf1ok")
        await listener.until_told(b"ok")


async def test_the_listener_may_answer_and_close_from_within_a_call(
    port: Rfc2217Port, listener: KeepingListener
) -> None:
    def last_word(sent: bytes) -> None:
        port.send(b"bye")
        port.close()

    listener.answer = last_word
    with TcpClient(port.name) as client:
        await agree(client, listener)
        await client.send(b"x" + request(5, 9))
        assert await client.closed()
    assert listener.told == [b"x"]


async def test_a_second_client_is_told_of_it_and_shown_out(port: Rfc2217Port, listener: KeepingListener) -> None:
    with TcpClient(port.name) as first, TcpClient(port.name) as second:
        assert await second.read(100) == b"Busy.\r\n"
        await agree(first, listener)


async def test_a_port_in_use_is_refused_with_a_remedy(port: Rfc2217Port, listener: KeepingListener) -> None:
    other = Rfc2217Port("127.0.0.1", int(port.name.rsplit(":", 1)[1]))
    with pytest.raises(PortError, match="choose another"):
        other.start(listener)
