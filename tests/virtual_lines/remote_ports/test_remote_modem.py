"""A modem behind a server of RFC 2217, or of bytes: connected to, lost, found again; over real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from offhook.modem.ports import TcpPort
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.remote_ports import RemoteModem, Rfc2217Port, bare_client, remote_modem
from tests.modem.ports.test_dte_port import Listener
from tests.support.port_listener import KeepingListener

ON = Signals.DTR | Signals.RTS
READY = Signals.DSR | Signals.CTS


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_modem, "AGAIN", 0.005)
    monkeypatch.setattr(bare_client, "SETTLING", 0.005)


class Server:
    """A port of ours that serves RFC 2217; the test is the modem."""

    def __init__(self) -> None:
        self.listener = KeepingListener()
        self.port = Rfc2217Port("127.0.0.1", 0, least_off=0)
        self.port.set_signals(READY)

    def start(self) -> RemoteModem:
        self.port.start(self.listener)
        return RemoteModem("127.0.0.1", int(self.port.name.rsplit(":", 1)[1]), 38400)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    yield server
    server.port.close()


async def test_a_modem_is_there_with_its_lines_and_both_sides_hear_of_each_other(server: Server) -> None:
    listener, modem = Listener(), server.start()
    modem.start(listener)
    assert modem.name == server.port.name
    await listener.until_told("came True", READY)
    await server.listener.until_told(Signals.NONE, ON, 38400)
    modem.send(b"AT\r\xff")
    await server.listener.until_told(b"AT\r\xff")
    server.port.send(b"\r\nOK\r\n")
    await listener.until_told(b"\r\nOK\r\n")
    server.port.set_signals(READY | Signals.DCD)
    await listener.until_told(READY | Signals.DCD)
    modem.set_outputs(Signals.RTS)
    await server.listener.until_told(Signals.RTS)
    modem.send_break()
    await server.listener.until_told("break")
    modem.close()
    modem.close()
    await server.listener.until_told(Signals.NONE)
    await asyncio.sleep(0)
    assert listener.told == []


async def test_dtr_that_was_off_is_off_when_the_server_comes(server: Server) -> None:
    listener, modem = Listener(), server.start()
    modem.set_outputs(Signals.NONE)
    modem.start(listener)
    await server.listener.until(lambda: server.listener.told[-1:] == [Signals.NONE] and ON in server.listener.told)
    modem.close()


async def test_a_server_that_is_not_there_is_waited_for_and_one_that_goes_is_found_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    listener, modem = Listener(), RemoteModem("127.0.0.1", port)
    modem.start(listener)
    await listener.loop_until(lambda: bool(caplog.records))
    for _ in range(2):
        server = Rfc2217Port("127.0.0.1", port, least_off=0)
        server.set_signals(READY)
        server.start(KeepingListener())
        await listener.until_told("came True", READY)
        server.close()
        await listener.until_told("went")
    modem.close()
    told = [record.getMessage() for record in caplog.records if "not to be had" in record.getMessage()]
    assert 1 <= len(told) <= 3, "once for each time that it is missed"


async def test_a_port_that_another_has_is_waited_for_and_its_refusal_is_no_word_of_the_modem(server: Server) -> None:
    first, second, modem = Listener(), Listener(), server.start()
    modem.start(first)
    await first.until_told("came True", READY)
    other = RemoteModem("127.0.0.1", int(modem.name.rsplit(":", 1)[1]))
    other.start(second)
    for _ in range(100):  # it is shown out each time
        await asyncio.sleep(0)
    assert second.told == []
    modem.close()
    await second.until_told("came True", READY)
    other.close()


async def test_when_all_is_out_is_told_once_the_line_has_had_time_for_it(server: Server) -> None:
    listener, modem = Listener(), server.start()
    modem.start(listener)
    await listener.until_told("came True", READY)
    loop, told = asyncio.get_running_loop(), []
    began = loop.time()
    modem.send(bytes(384))  # a tenth of a second at 38400 bit/s
    modem.once_sent(lambda: told.append(loop.time()))
    await listener.loop_until(lambda: bool(told))
    assert told[0] - began >= 0.1
    assert len(server.listener.sent) == 384
    modem.close()
    modem.once_sent(lambda: told.append(0.0))
    await listener.loop_until(lambda: len(told) == 2)


async def test_a_modem_that_takes_no_more_pauses_the_sender_and_loses_nothing(server: Server) -> None:
    listener, modem = Listener(), server.start()
    modem.start(listener)
    await listener.until_told("came True", READY)
    server.port.pause_reading()
    await listener.until_told("pause")
    modem.send(b"kept")
    server.port.resume_reading()
    await listener.until_told("resume")
    await server.listener.until(lambda: server.listener.sent.endswith(b"kept"))
    modem.close()


async def test_while_nobody_takes_the_modems_bytes_its_lines_are_heard(server: Server) -> None:
    listener, modem = Listener(), server.start()
    modem.start(listener)
    await listener.until_told("came True", READY)
    modem.pause_reading()
    modem.send(b"AT\r")
    await server.listener.until(lambda: server.listener.sent == b"AT\r")
    server.port.set_signals(READY | Signals.RI)
    await listener.until_told(READY | Signals.RI)
    server.port.send(b"later")
    await server.listener.until(lambda: "pause" in server.listener.told)
    assert listener.told == []
    modem.resume_reading()
    await listener.until_told(b"later")
    modem.close()


async def test_a_modem_behind_a_server_of_bytes_is_there_while_the_connection_is() -> None:
    listener, far = Listener(), KeepingListener()
    place = TcpPort("127.0.0.1", 0, least_off=0)
    place.start(far)
    port = int(place.name.rsplit(":", 1)[1])
    modem = RemoteModem("127.0.0.1", port, 38400, bare=True)
    modem.start(listener)
    assert modem.name == place.name
    await listener.until_told("came False")
    await far.until_told(Signals.NONE, ON)
    modem.set_outputs(Signals.RTS)
    modem.send_break()
    modem.send(bytes(range(256)))
    await far.until_told(bytes(range(256)))
    place.send(bytes(range(256)))
    await listener.until(lambda: listener.sent == bytes(range(256)))
    place.close()
    await listener.until(lambda: listener.told[-1] == "went")
    again = TcpPort("127.0.0.1", port, least_off=0)
    again.start(far)
    await listener.until(lambda: listener.told[-1] == "came False")
    modem.close()
    await far.until(lambda: far.told[-1] == Signals.NONE)
    again.close()


async def test_what_a_server_of_bytes_says_of_a_port_in_use_is_no_word_of_the_modem(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bare_client, "SETTLING", 60.0)  # the server ends the connection earlier, however busy it is
    first, second, far = Listener(), Listener(), KeepingListener()
    place = TcpPort("127.0.0.1", 0, least_off=0)
    place.start(far)
    port = int(place.name.rsplit(":", 1)[1])
    holder = RemoteModem("127.0.0.1", port, bare=True)
    holder.start(first)
    await far.until(lambda: far.told[-1] == ON)
    other = RemoteModem("127.0.0.1", port, bare=True)
    other.start(second)
    await second.loop_until(lambda: bool(caplog.records))
    assert second.told == []
    assert "the server has ended the connection" in caplog.text
    other.close()
    holder.close()
    place.close()


async def test_while_nobody_takes_a_modems_bytes_its_server_has_to_keep_them() -> None:
    listener, far = Listener(), KeepingListener()
    place = TcpPort("127.0.0.1", 0, least_off=0)
    place.start(far)
    modem = RemoteModem("127.0.0.1", int(place.name.rsplit(":", 1)[1]), bare=True)
    modem.pause_reading()
    modem.start(listener)
    await listener.until_told("came False")
    place.send(b"later")
    modem.send(b"AT\r")
    await far.until(lambda: far.sent == b"AT\r")
    assert listener.told == []
    modem.resume_reading()
    await listener.until_told(b"later")
    modem.close()
    place.close()
