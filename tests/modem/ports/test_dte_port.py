"""The DTE's side of a serial port, on devices that a test plays and on a tty without modem lines."""

import errno
import itertools
import os
import pty
import termios
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from offhook.modem.ports import DtePort, PortError, held_device
from offhook.modem.rs232 import Pin, Signals
from tests.modem.ports.test_serial_port import FakeDevice
from tests.support.port_listener import KeepingListener

NUMBERS = itertools.count()


class Listener(KeepingListener):
    """Keeps what a `DtePort` tells."""

    def dce_came(self, lines: bool) -> None:
        self._keep(f"came {lines}")

    def dce_went(self) -> None:
        self._keep("went")

    def dce_sent(self, data: bytes) -> None:
        self.dte_sent(data)

    def dce_signals(self, on: Signals) -> None:
        self._keep(on)


class Bench:
    def __init__(self) -> None:
        self.failing: OSError | None = None
        self.devices: list[FakeDevice] = []
        self.listener = Listener()
        self.port = DtePort(f"/nowhere/dte-{os.getpid()}-{next(NUMBERS)}", 9600, "rtscts", self._open)

    def _open(self, path: str, rate: int, flow: str, outputs: dict[Pin, bool]) -> FakeDevice:
        assert (rate, flow) == (9600, "rtscts")
        if self.failing is not None:
            raise self.failing
        self.devices.append(FakeDevice(rate, outputs))
        return self.devices[-1]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK", "LOOK_FOR_DEVICE"):
        monkeypatch.setattr(held_device, name, 0.005)


async def test_a_modem_is_there_with_its_lines_and_dtr_is_on_from_the_opening() -> None:
    bench = Bench()
    bench.port.start(bench.listener)
    await bench.listener.until_told("came True", Signals.NONE)
    device = bench.devices[0]
    assert device.shown == [{Pin.DTR: True, Pin.RTS: True}]
    device.on = frozenset({Pin.DSR, Pin.DCD})
    await bench.listener.until_told(Signals.DSR | Signals.DCD)
    device.wire.send(b"\r\nRING\r\n")
    await bench.listener.until_told(b"\r\nRING\r\n")
    bench.port.send(b"ATA\r")
    assert device.wire.recv(99) == b"ATA\r"
    bench.port.set_outputs(Signals.RTS)
    assert device.shown[-1] == {Pin.DTR: False, Pin.RTS: True}
    bench.port.close()
    bench.port.close()
    assert device.shown[-1] == {Pin.DTR: False, Pin.RTS: False}, "a port that is closed hangs up"
    assert device.closed


@pytest.mark.parametrize("error", [errno.ENOENT, errno.EBUSY, errno.EAGAIN])
async def test_a_modem_that_is_absent_or_had_by_another_program_is_waited_for(error: int) -> None:
    bench = Bench()
    bench.failing = OSError(error, os.strerror(error))
    bench.port.start(bench.listener)
    bench.failing = None
    await bench.listener.until_told("came True", Signals.NONE)
    bench.devices[0].wire.close()
    await bench.listener.loop_until(lambda: len(bench.devices) == 2)
    await bench.listener.until_told("went", "came True", Signals.NONE)
    bench.port.close()


async def test_one_that_may_not_be_used_is_an_error_that_says_so() -> None:
    bench = Bench()
    bench.failing = PermissionError(errno.EACCES, "Permission denied")
    with pytest.raises(PortError, match="dialout"):
        bench.port.start(bench.listener)


async def test_when_all_is_out_is_told_once() -> None:
    bench = Bench()
    bench.port.start(bench.listener)
    bench.devices[0].in_kernel = 5
    told: list[str] = []
    bench.port.once_sent(lambda: told.append("out"))
    assert told == []
    bench.devices[0].in_kernel = 0
    await bench.listener.loop_until(lambda: told == ["out"])
    bench.port.close()
    bench.port.once_sent(lambda: told.append("at once"))
    await bench.listener.loop_until(lambda: told == ["out", "at once"])


@pytest.fixture
def cable() -> Iterator[tuple[int, str]]:
    """A pty: the modem's end, and the path of ours."""
    other, own = pty.openpty()
    tty.setraw(own)
    yield other, os.ttyname(own)
    os.close(other)
    os.close(own)


async def test_on_a_tty_without_modem_lines_dtr_is_dropped_by_the_rate(cable: tuple[int, str], tmp_path: Path) -> None:
    other, path = cable
    listener = Listener()
    port = DtePort(path, 19200)
    port.start(listener)
    await listener.until_told("came False", Signals.NONE)
    assert termios.tcgetattr(other)[5] == termios.B19200
    port.set_outputs(Signals.RTS)
    assert termios.tcgetattr(other)[5] == termios.B0
    port.set_outputs(Signals.DTR | Signals.RTS)
    assert termios.tcgetattr(other)[5] == termios.B19200
    port.close()
