from collections.abc import AsyncIterator

import pytest

from offhook.modem.ports import Ip232Port, Port
from offhook.modem.rs232 import Signals
from tests.support.port_listener import KeepingListener
from tests.support.tcp_client import TcpClient

ON = Signals.DTR | Signals.RTS
OFF = Signals.NONE


@pytest.fixture
async def port(listener: KeepingListener) -> AsyncIterator[Ip232Port]:
    port = Ip232Port("127.0.0.1", 0, least_off=0)
    port.start(listener)
    await listener.until_told(OFF)
    yield port
    port.close()


async def test_it_keeps_the_contract_and_its_name_says_where_it_really_listens(port: Port) -> None:
    scheme, host, number = port.name.split(":")
    assert (scheme, host) == ("ip232", "127.0.0.1")
    assert int(number) > 0


async def test_a_client_sets_dtr_and_its_going_drops_it(port: Ip232Port, listener: KeepingListener) -> None:
    for _ in range(2):
        with TcpClient(port.name) as client:
            await client.send(b"\xff\x01AT\xff\xff\r\xff\x00\xff\x01")
            await listener.until_told(ON, b"AT\xff\r", OFF, ON)
        await listener.until_told(OFF)


async def test_a_client_that_never_speaks_of_dtr_has_it_on_from_its_first_character(
    port: Ip232Port, listener: KeepingListener
) -> None:
    with TcpClient(port.name) as client:
        await client.send(b"AT\r")
        await listener.until_told(ON, b"AT\r")
        await client.send(b"\xff\x00")
        await listener.until_told(OFF)


async def test_carrier_and_ring_are_shown_once_each_behind_the_bytes_before(
    port: Ip232Port, listener: KeepingListener
) -> None:
    with TcpClient(port.name) as client:
        await client.send(b"\xff\x01")
        await listener.until_told(ON)
        port.set_signals(Signals.DSR | Signals.RI)
        port.send(b"RING\r\n\xff")
        port.set_signals(Signals.DSR | Signals.CTS | Signals.RI)
        port.set_signals(Signals.DSR | Signals.DCD)
        port.set_signals(Signals.NONE)
        wanted = b"\xff\x02RING\r\n\xff\xff\xff\x01\xff\x00"
        assert await client.read(len(wanted)) == wanted


async def test_a_client_is_shown_what_was_on_before_it_came(port: Ip232Port, listener: KeepingListener) -> None:
    port.set_signals(Signals.DCD)
    for _ in range(2):
        with TcpClient(port.name) as client:
            assert await client.read(2) == b"\xff\x01"


async def test_half_a_unit_of_a_client_that_left_is_not_the_next_ones(
    port: Ip232Port, listener: KeepingListener
) -> None:
    with TcpClient(port.name) as client:
        await client.send(b"x\xff")
        await listener.until_told(ON, b"x")
    await listener.until_told(OFF)
    with TcpClient(port.name) as client:
        await client.send(b"\x01y")
        await listener.until_told(ON, b"\x01y")


async def test_what_is_sent_while_nobody_is_there_is_not_for_the_next(
    port: Ip232Port, listener: KeepingListener
) -> None:
    port.send(b"RING\r\n")
    assert port.dropped == 6
    with TcpClient(port.name) as client:
        await client.send(b"\xff\x01")
        await listener.until_told(ON)
        port.send(b"hello")
        assert await client.read(5) == b"hello"
