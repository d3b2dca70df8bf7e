"""A terminal on a server that we connect to: there while the connection is; over real sockets."""

import asyncio

import pytest

from offhook.modem.ports import TcpPort
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.remote_ports import ReachedPort, bare_client, remote_modem
from tests.support.port_listener import KeepingListener

ON = Signals.DTR | Signals.RTS


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_modem, "AGAIN", 0.005)
    monkeypatch.setattr(bare_client, "SETTLING", 0.005)


async def test_a_terminal_has_dtr_while_the_connection_is_up_and_is_found_again() -> None:
    far, listener = KeepingListener(), KeepingListener()
    server = TcpPort("127.0.0.1", 0, least_off=0)
    server.start(far)
    number = int(server.name.rsplit(":", 1)[1])
    port = ReachedPort("127.0.0.1", number)
    assert port.name == f"tcp:127.0.0.1:{number}?connect"
    port.start(listener)
    await listener.until_told(Signals.NONE, ON)
    port.set_signals(Signals.DSR)
    port.send_break()
    port.send(b"login: \xff")
    await far.until(lambda: far.sent == b"login: \xff")
    port.pause_reading()
    port.resume_reading()
    server.send(b"alice\r")
    await listener.until_told(b"alice\r")
    server.close()
    await listener.until_told(Signals.NONE)
    again = TcpPort("127.0.0.1", number, least_off=0)
    again.start(far)
    await listener.until_told(ON)
    port.close()
    port.close()
    await far.until(lambda: far.told[-1] == Signals.NONE)
    again.close()
    await asyncio.sleep(0)
    assert listener.told == []


async def reached(far: KeepingListener, listener: KeepingListener) -> tuple[TcpPort, ReachedPort]:
    """A server that `far` hears, and a port that has reached it, which `listener` hears."""
    server = TcpPort("127.0.0.1", 0, least_off=0)
    server.start(far)
    port = ReachedPort("127.0.0.1", int(server.name.rsplit(":", 1)[1]))
    port.start(listener)
    await listener.until_told(Signals.NONE, ON)
    return server, port


async def test_a_server_that_takes_no_more_pauses_the_sender() -> None:
    far, listener = KeepingListener(), KeepingListener()
    server, port = await reached(far, listener)
    server.pause_reading()
    sent = 0
    while "pause" not in listener.told:
        port.send(bytes(65536))
        sent += 65536
        await asyncio.sleep(0)
    server.resume_reading()
    await listener.until(lambda: listener.told[-1] == "resume")
    await far.until(lambda: len(far.sent) == sent)
    port.close()
    server.close()


async def test_a_server_that_ends_while_it_is_not_read_is_heard_after_all_that_it_sent() -> None:
    far, listener = KeepingListener(), KeepingListener()
    server, port = await reached(far, listener)
    port.pause_reading()
    server.send(b"the last words")
    server.close()
    await listener.until_told(b"the last words", Signals.NONE)
    port.close()


async def test_a_terminal_that_speaks_first_is_heard_when_it_is_taken_to_be_there() -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"AT\r")

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    listener = KeepingListener()
    port = ReachedPort("127.0.0.1", server.sockets[0].getsockname()[1], keeps_early=True)
    port.start(listener)
    await listener.until_told(Signals.NONE, ON, b"AT\r")
    port.close()
    server.close()


async def test_a_name_that_no_host_can_have_is_told_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    listener = KeepingListener()
    port = ReachedPort("a..b", 23)
    port.start(listener)
    await listener.loop_until(lambda: "tcp:a..b:23 is not to be had" in caplog.text)
    port.close()
