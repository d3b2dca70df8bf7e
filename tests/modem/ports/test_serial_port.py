import errno
import itertools
import os
import pty
import socket
import tty
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from offhook.modem.ports import Port, PortError, SerialOptions, SerialPort, held_device, serial_port
from offhook.modem.ports.uucp_lock import LockHeld, UucpLock
from offhook.modem.rs232 import Pin, Signals, Wiring
from tests.support.port_listener import KeepingListener

DTE = Signals.DTR | Signals.RTS
NUMBERS = itertools.count()


class FakeDevice:
    """A serial device whose line is a socket pair: `wire` is the cable's other end."""

    def __init__(self, rate: int, outputs: dict[Pin, bool]) -> None:
        self.wire, self._own = socket.socketpair()
        self._own.setblocking(False)
        self.fd = self._own.fileno()
        self.rates = [rate]
        self.on: frozenset[Pin] | None = frozenset()
        self.shown: list[object] = [outputs]
        self.in_kernel = 0
        self.closed = False

    def set_rate(self, rate: int) -> None:
        self.rates.append(rate)

    def read(self) -> bytes | None:
        try:
            return self._own.recv(65536)
        except BlockingIOError:
            return None

    def write(self, data: bytes) -> int:
        return self._own.send(data)

    def queued(self) -> int:
        return self.in_kernel

    def inputs(self) -> frozenset[Pin] | None:
        return self.on

    def set_outputs(self, levels: dict[Pin, bool]) -> None:
        self.shown.append(levels)

    def set_break(self, on: bool) -> None:
        self.shown.append("break" if on else "no break")

    def close(self) -> None:
        self.closed = True
        self._own.close()


class Bench:
    """A port on fake devices; `plugged` is whether there is one to open."""

    def __init__(self, options: SerialOptions | None = None) -> None:
        self.plugged = True
        self.devices: list[FakeDevice] = []
        self.listener = KeepingListener()
        # A name of its own, since its lock is where those of all programs are.
        self.port = SerialPort(f"/nowhere/tty-{os.getpid()}-{next(NUMBERS)}", options, self._open)

    def _open(self, path: str, rate: int, flow: str, outputs: dict[Pin, bool]) -> FakeDevice:
        if not self.plugged:
            raise OSError(errno.ENOENT, "no such device")
        self.devices.append(FakeDevice(rate, outputs))
        return self.devices[-1]

    @property
    def device(self) -> FakeDevice:
        return self.devices[-1]

    async def dtr(self, on: bool) -> None:
        self.device.on = frozenset({Pin.DSR}) if on else frozenset()
        await self.listener.until_told(DTE if on else Signals.RTS)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK", "LOOK_FOR_DEVICE", "BREAK"):
        monkeypatch.setattr(held_device, name, 0.005)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    bench.port.start(bench.listener)
    await bench.listener.until_told(Signals.NONE, 115200, Signals.RTS)
    yield bench
    bench.port.close()
    assert bench.device.closed


async def test_bytes_signals_and_breaks_go_both_ways(bench: Bench) -> None:
    port: Port = bench.port
    await bench.dtr(True)
    bench.device.wire.send(b"AT\xff\xff\r\xff\0\0x")
    await bench.listener.until_told(b"AT\xff\r", "break", b"x")
    port.send(b"OK\xff")
    assert bench.device.wire.recv(99) == b"OK\xff"
    port.send_break()
    assert bench.device.shown[-1] == "break"
    await bench.listener.loop_until(lambda: bench.device.shown[-1] == "no break")
    await bench.dtr(False)


async def test_cts_is_shown_by_rts_and_the_machine_may_talk_from_the_start(bench: Bench) -> None:
    assert bench.device.shown[0] == {Pin.DTR: False, Pin.RTS: True}
    bench.port.set_signals(Signals.DSR | Signals.DCD)
    assert bench.device.shown[-1] == {Pin.DTR: True, Pin.RTS: False}
    bench.port.set_signals(Signals.DSR | Signals.DCD | Signals.CTS)
    assert bench.device.shown[-1] == {Pin.DTR: True, Pin.RTS: True}


async def test_dcd_rises_at_once_and_falls_when_the_dte_has_what_was_said(bench: Bench) -> None:
    bench.port.set_signals(Signals.DSR | Signals.CTS | Signals.DCD)
    assert bench.device.shown[-1] == {Pin.DTR: True, Pin.RTS: True}
    bench.device.in_kernel = 7
    bench.port.send(b"goodbye")
    bench.port.set_signals(Signals.DSR | Signals.CTS)
    bench.port.send(b"NO CARRIER")
    assert bench.device.shown[-1] == {Pin.DTR: True, Pin.RTS: True}
    assert bench.device.wire.recv(99) == b"goodbye"
    bench.device.in_kernel = 0
    bench.device.wire.setblocking(False)
    await bench.listener.loop_until(lambda: bench.device.shown[-1] == {Pin.DTR: False, Pin.RTS: True})
    await bench.listener.loop_until(lambda: _arrived(bench.device.wire) == b"NO CARRIER")


def _arrived(wire: socket.socket) -> bytes:
    try:
        return wire.recv(99)
    except BlockingIOError:
        return b""


async def test_a_device_that_goes_is_dtr_off_and_one_that_comes_is_used(bench: Bench) -> None:
    await bench.dtr(True)
    bench.plugged = False
    bench.device.wire.close()
    await bench.listener.until_told(Signals.NONE)
    bench.port.send(b"lost")
    bench.port.set_signals(Signals.DCD | Signals.CTS)
    bench.plugged = True
    await bench.listener.until_told(Signals.RTS)
    assert len(bench.devices) == 2
    assert bench.device.shown == [{Pin.DTR: True, Pin.RTS: True}], "it is opened with the lines as they are now"
    bench.device.wire.send(b"AT\r")
    await bench.listener.until_told(b"AT\r")


async def test_a_device_that_is_not_there_at_the_start_is_waited_for() -> None:
    bench = Bench()
    bench.plugged = False
    bench.port.start(bench.listener)
    await bench.listener.until_told(Signals.NONE)
    bench.plugged = True
    await bench.listener.until_told(115200, Signals.RTS)
    bench.port.close()


async def test_the_rate_is_found_by_at_and_looked_for_anew_when_dtr_drops() -> None:
    bench = Bench(SerialOptions(rates=(9600, 1200)))
    bench.port.start(bench.listener)
    await bench.listener.until_told(Signals.NONE, 9600, Signals.RTS)
    await bench.dtr(True)
    bench.device.wire.send(b"\x86\x1e")
    await bench.listener.loop_until(lambda: bench.device.rates == [9600, 1200])
    bench.device.wire.send(b"AT\r")
    await bench.listener.until_told(1200, b"AT\r")
    bench.device.wire.send(b"\x86\x1e")
    await bench.listener.until_told(b"\x86\x1e")
    await bench.dtr(False)
    await bench.dtr(True)
    bench.device.wire.send(b"\x86\x1e")
    await bench.listener.loop_until(lambda: bench.device.rates == [9600, 1200, 9600])
    bench.port.close()


async def test_a_terminals_rate_is_found_by_return_and_a_break_asks_for_the_next() -> None:
    bench = Bench(SerialOptions(rates=(9600, 2400, 1200), terminal=True))
    bench.port.start(bench.listener)
    await bench.listener.until_told(Signals.NONE, 9600, Signals.RTS)
    await bench.dtr(True)
    bench.device.wire.send(b"\x06\x18")
    await bench.listener.loop_until(lambda: bench.device.rates == [9600, 2400])
    bench.device.wire.send(b"\xff\0\0")
    await bench.listener.until_told("break")
    assert bench.device.rates == [9600, 2400, 1200]
    bench.device.wire.send(b"\x8d")
    await bench.listener.until_told(1200, b"\x8d")
    bench.device.wire.send(b"\x06\x18")
    await bench.listener.until_told(b"\x06\x18")
    assert bench.device.rates == [9600, 2400, 1200], "binary data of a call changes nothing"
    bench.port.close()


async def test_a_device_without_lines_has_its_dte_always_there() -> None:
    bench = Bench(SerialOptions(wiring=Wiring(dtr=Pin.NONE)))
    bench.port.start(bench.listener)
    await bench.listener.until_told(Signals.NONE, 115200, DTE)
    bench.port.close()


async def test_bytes_wait_while_they_are_not_taken(bench: Bench) -> None:
    bench.port.pause_reading()
    bench.device.wire.send(b"AT\r")
    await bench.dtr(True)
    bench.port.resume_reading()
    await bench.listener.until_told(b"AT\r")


async def test_a_slow_line_pauses_the_sender_and_little_goes_ahead(bench: Bench) -> None:
    bench.device.in_kernel = 100_000
    bench.port.send(bytes(serial_port.WATERMARK + 1))
    await bench.listener.until_told("pause")
    bench.device.wire.setblocking(False)
    assert _arrived(bench.device.wire) == b""
    bench.device.in_kernel = 0
    await bench.listener.until_told("resume")
    assert len(_arrived(bench.device.wire)) <= 2880


@pytest.mark.parametrize("path", ["/", "/etc/passwd", "/dev/null"])
async def test_what_is_no_device_is_said_to_be_none(path: str) -> None:
    with pytest.raises(PortError, match="is no serial device"):
        SerialPort(path).start(KeepingListener())


@pytest.fixture
def cable() -> Iterator[tuple[int, str]]:
    """A pty as a device: its other end, and its path."""
    other, own = pty.openpty()
    tty.setraw(own)
    path = os.ttyname(own)
    yield other, path
    os.close(other)
    os.close(own)


async def test_on_a_real_tty_bytes_of_every_value_pass_and_it_is_had_alone(cable: tuple[int, str]) -> None:
    other, path = cable
    listener = KeepingListener()
    port = SerialPort(path, SerialOptions(rates=(9600,)))
    port.start(listener)
    await listener.until_told(Signals.NONE, 9600, DTE)
    every = bytes(range(256))
    os.write(other, every)
    await listener.until_told(every)
    port.send(every[:200])
    assert os.read(other, 999) == every[:200]
    with pytest.raises(PortError, match="another program has it"):
        SerialPort(path).start(KeepingListener())
    port.close()
    port.close()


async def test_a_path_that_is_not_there_yet_is_no_error(tmp_path: Path, cable: tuple[int, str]) -> None:
    _, path = cable
    link = tmp_path / f"tty-{os.getpid()}-{next(NUMBERS)}"
    listener = KeepingListener()
    port = SerialPort(str(link))
    port.start(listener)
    await listener.until_told(Signals.NONE)
    link.symlink_to(path)
    await listener.until_told(115200, DTE)
    port.close()


async def test_a_device_that_comes_back_into_other_hands_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.plugged = False
    bench.port.start(bench.listener)
    await bench.listener.until_told(Signals.NONE)
    held: list[str] = []

    def take(lock: UucpLock) -> None:
        held.append("tried")
        raise LockHeld("process 1 has it")

    with monkeypatch.context() as other:
        other.setattr(UucpLock, "take", take)
        bench.plugged = True
        await bench.listener.loop_until(lambda: len(held) > 2)
    await bench.listener.until_told(115200, Signals.RTS)
    bench.port.close()
