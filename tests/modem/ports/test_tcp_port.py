import asyncio
import os
import socket
from collections.abc import AsyncIterator

import pytest

from offhook.modem.ports import Port, PortError, TcpPort
from offhook.modem.rs232 import Signals
from tests.support.port_listener import KeepingListener, LateListener
from tests.support.tcp_client import TcpClient

ON = Signals.DTR | Signals.RTS
OFF = Signals.NONE


@pytest.fixture
async def port(listener: KeepingListener) -> AsyncIterator[TcpPort]:
    port = TcpPort("127.0.0.1", 0, watermark=8192, least_off=0)
    port.start(listener)
    await listener.until_told(OFF)
    yield port
    port.close()


async def test_it_keeps_the_contract_and_its_name_says_where_it_really_listens(port: Port) -> None:
    scheme, host, number = port.name.split(":")
    assert (scheme, host) == ("tcp", "127.0.0.1")
    assert int(number) > 0


async def test_a_client_that_comes_raises_dtr_and_one_that_leaves_drops_it(
    port: TcpPort, listener: KeepingListener
) -> None:
    for _ in range(2):
        with TcpClient(port.name) as client:
            await listener.until_told(ON)
            await client.send(b"AT\r")
            await listener.until_told(b"AT\r")
        await listener.until_told(OFF)


async def test_bytes_pass_both_ways_as_they_are(port: TcpPort, listener: KeepingListener) -> None:
    every = bytes(range(256))
    with TcpClient(port.name) as client:
        await client.send(every)
        await listener.until_told(ON, every)
        port.send(every)
        assert await client.read(256) == every


async def test_what_is_sent_while_nobody_is_there_is_not_for_the_next(port: TcpPort, listener: KeepingListener) -> None:
    port.send(b"RING\r\n")
    assert port.dropped == 6
    with TcpClient(port.name) as client:
        await listener.until_told(ON)
        port.send(b"hello")
        assert await client.read(5) == b"hello"


async def test_a_second_client_is_told_of_it_and_shown_out(port: TcpPort, listener: KeepingListener) -> None:
    with TcpClient(port.name) as first:
        await listener.until_told(ON)
        with TcpClient(port.name) as second:
            await second.send(b"\xff\xfb\x2c" * 100)  # unread bytes must not make a reset of the refusal
            assert await second.read(100) == b"Busy.\r\n"
        await first.send(b"still here")
        await listener.until_told(b"still here")


async def test_many_second_clients_that_stay_are_bounded(port: TcpPort, listener: KeepingListener) -> None:
    with TcpClient(port.name) as first:
        await listener.until_told(ON)
        others = [TcpClient(port.name) for _ in range(12)]
        told = [await other.read(7) for other in others]
        assert told.count(b"Busy.\r\n") == 8
        for other in others:
            other.socket.close()
        await first.send(b"x")
        await listener.until_told(b"x")


async def test_the_last_bytes_of_a_client_come_before_it_leaves(port: TcpPort, listener: KeepingListener) -> None:
    with TcpClient(port.name) as client:
        await client.send(b"ATH\r")
    await listener.until_told(ON, b"ATH\r", OFF)


async def test_a_half_closed_client_has_left_and_reads_what_was_said_to_it(
    port: TcpPort, listener: KeepingListener
) -> None:
    listener.answer = lambda sent: port.send(b"OK\r\n")
    with TcpClient(port.name) as client:
        await client.send(b"AT\r")
        client.socket.shutdown(socket.SHUT_WR)
        assert await client.read(100) == b"OK\r\n"
    await listener.until_told(ON, b"AT\r", OFF)


async def test_a_client_that_resets_has_left_and_the_next_may_come(port: TcpPort, listener: KeepingListener) -> None:
    for _ in range(3):
        client = TcpClient(port.name)
        await listener.until_told(ON)
        client.reset()
        await listener.until_told(OFF)


async def test_sending_to_a_client_that_has_reset_raises_nothing(port: TcpPort, listener: KeepingListener) -> None:
    client = TcpClient(port.name)
    await listener.until_told(ON)
    client.reset()
    for _ in range(3):
        port.send(b"x" * 1000)
    await listener.until_told(OFF)


async def test_a_client_that_goes_while_its_bytes_are_not_taken_is_missed_at_once(
    port: TcpPort, listener: KeepingListener
) -> None:
    with TcpClient(port.name) as client:
        await listener.until_told(ON)
        port.pause_reading()
        await client.send(b"unheard so far")
        await asyncio.sleep(0)
        assert listener.told == []
    await listener.until_told(b"unheard so far", OFF)
    port.resume_reading()
    with TcpClient(port.name) as client:
        await client.send(b"next")
        await listener.until_told(ON, b"next")


async def test_all_that_the_kernel_holds_of_a_client_is_told_before_it_leaves(
    port: TcpPort, listener: KeepingListener
) -> None:
    sent = 0
    with TcpClient(port.name) as client:
        await listener.until_told(ON)
        port.pause_reading()
        try:
            while True:
                sent += client.socket.send(bytes(4096))
                await asyncio.sleep(0)
        except BlockingIOError:
            pass
        before, room = sent, 4 * 64 * 1024
        client.socket.shutdown(socket.SHUT_WR)
        port.resume_reading()
        await listener.until(lambda: len(listener.sent) >= before)
    await listener.until(lambda: listener.told[-1:] == [OFF])
    assert len(listener.sent) == sent > room // 4


async def test_reading_pauses_and_goes_on(port: TcpPort, listener: KeepingListener) -> None:
    with TcpClient(port.name) as client:
        await listener.until_told(ON)
        for _ in range(2):
            port.pause_reading()
            await client.send(b"later")
            for _ in range(5):
                await asyncio.sleep(0)
            assert listener.told == []
            port.resume_reading()
            await listener.until_told(b"later")


async def test_a_slow_client_pauses_the_sender_and_loses_nothing(port: TcpPort, listener: KeepingListener) -> None:
    with TcpClient(port.name, receive_buffer=4096) as client:
        await listener.until_told(ON)
        sent = bytearray()
        while "pause" not in listener.told:
            piece = bytes(range(256)) * 16
            port.send(piece)
            sent += piece
            assert len(sent) < 64 * 1024 * 1024
        assert await client.read(len(sent)) == sent
        await listener.until_told("pause", "resume")
        assert port.dropped == 0


async def test_a_client_that_leaves_with_bytes_waiting_for_it_releases_the_sender(
    port: TcpPort, listener: KeepingListener
) -> None:
    with TcpClient(port.name, receive_buffer=4096):
        await listener.until_told(ON)
        while "pause" not in listener.told:
            port.send(bytes(4096))
    await listener.until_told("pause", "resume", OFF)


async def test_between_two_clients_dtr_is_off_for_a_moment(listener: KeepingListener) -> None:
    loop = asyncio.get_running_loop()
    port = TcpPort("127.0.0.1", 0, least_off=0.05)
    port.start(listener)
    listener.told.clear()
    with TcpClient(port.name):
        await listener.until_told(ON)
        off = loop.time()
    await listener.until_told(OFF)
    with TcpClient(port.name) as second:
        await second.send(b"AT\r")
        await listener.until_told(ON, b"AT\r")
        assert loop.time() - off >= 0.049
    port.close()


async def test_a_client_that_follows_at_once_is_not_refused_for_the_one_before(
    port: TcpPort, listener: KeepingListener
) -> None:
    with TcpClient(port.name) as first:
        await listener.until_told(ON)
        await first.send(b"ATH\r")
    with TcpClient(port.name) as second:
        await second.send(b"AT\r")
        await listener.until_told(b"ATH\r", OFF, ON, b"AT\r")


async def test_that_moment_begins_when_dtr_off_has_been_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    listener = LateListener(loop.time)
    monkeypatch.setattr(loop, "time", listener.time)
    port = TcpPort("127.0.0.1", 0, least_off=0.5)
    port.start(listener)
    listener.told.clear()
    with TcpClient(port.name):
        await listener.until_told(ON)
    with TcpClient(port.name):
        await listener.until_told(OFF, ON)
    port.close()
    assert listener.off_for >= 0.5


async def test_closing_shows_the_client_out_and_frees_the_port(port: TcpPort, listener: KeepingListener) -> None:
    with TcpClient(port.name) as client:
        await listener.until_told(ON)
        port.close()
        port.close()
        assert await client.closed()
    assert listener.told == []
    again = TcpPort("127.0.0.1", int(port.name.rsplit(":", 1)[1]))
    again.start(listener)
    again.close()


async def test_the_listener_may_close_the_port_from_within_any_call(listener: KeepingListener) -> None:
    port = TcpPort("127.0.0.1", 0)
    listener.answer = lambda sent: port.close()
    port.start(listener)
    with TcpClient(port.name) as client:
        await client.send(b"x")
        assert await client.closed()
    await listener.until_told(OFF, ON, b"x")


async def test_a_port_in_use_is_refused_with_a_remedy(port: TcpPort, listener: KeepingListener) -> None:
    other = TcpPort("127.0.0.1", int(port.name.rsplit(":", 1)[1]))
    with pytest.raises(PortError, match=r"127\.0\.0\.1:\d+: Address already in use; .*choose another"):
        other.start(listener)
    other.close()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 80])
def test_an_unknown_host_is_refused(host: str, listener: KeepingListener) -> None:
    async def start() -> None:
        TcpPort(host, 0).start(listener)

    with pytest.raises(PortError, match="no such host"):
        asyncio.run(start())


async def test_an_address_of_another_machine_and_a_number_that_is_no_port_are_refused(
    listener: KeepingListener,
) -> None:
    with pytest.raises(PortError, match="this machine has no such address"):
        TcpPort("192.0.2.1", 0).start(listener)
    with pytest.raises(PortError, match="ports are 0 to 65535"):
        TcpPort("127.0.0.1", 65536).start(listener)


async def test_a_failed_start_leaves_no_socket_behind(listener: KeepingListener) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(PortError):
        TcpPort("192.0.2.1", 0).start(listener)
    assert len(os.listdir("/proc/self/fd")) == before


async def test_no_host_means_all_addresses_of_this_machine(listener: KeepingListener) -> None:
    port = TcpPort("", 0)
    port.start(listener)
    number = port.name.rsplit(":", 1)[1]
    with TcpClient(f"tcp:127.0.0.1:{number}"):
        await listener.until_told(OFF, ON)
    port.close()
