"""A real serial port as a DCE: a machine at the other end of a null-modem cable finds a modem there.

The port's own connector is a DTE's, so the cable crosses the lines; which pin does what is the wiring's matter. The
inputs are looked at every 50 ms: there is no other way that every driver knows.

A device that goes, as a USB adapter does, is DTR off; it is looked for every second and used again when it is back.
"""

import asyncio
import errno
import logging
import os
import stat
import termios
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from offhook.modem.ports.marked_bytes import MarkedBytes
from offhook.modem.ports.outlet import Outlet
from offhook.modem.ports.port import PortError, PortListener
from offhook.modem.ports.report import Report
from offhook.modem.ports.serial_device import SerialDevice
from offhook.modem.ports.uucp_lock import LockHeld, UucpLock
from offhook.modem.rs232 import Autobaud, Pin, Signals, Wiring

log = logging.getLogger(__name__)

LOOK = 0.05
"""Seconds between two looks at the inputs."""
LOOK_FOR_DEVICE = 1.0
"""Seconds between two tries to open a device that is not there."""
BREAK = 0.3
"""Seconds that a break lasts: longer than a character at 50 bit/s."""
DRAIN = 3.0
"""Seconds that DCD waits, at the end of a call, for the line to take what was said before."""
WATERMARK = 4096
"""Bytes kept for a slow DTE before the sender is paused."""
FLOWS = ("none", "rtscts", "xonxoff")


@dataclass(frozen=True, slots=True)
class SerialOptions:
    """How a device is used: its rates in bit/s, several to be found out from AT; flow control; the wiring."""

    rates: tuple[int, ...] = (115200,)
    flow: str = "none"
    wiring: Wiring = field(default_factory=Wiring)


class Device(Protocol):
    """An open device; `SerialDevice` is one, and says what each does."""

    fd: int

    def set_rate(self, rate: int) -> None: ...  # noqa: D102

    def read(self) -> bytes | None: ...  # noqa: D102

    def write(self, data: bytes) -> int: ...  # noqa: D102

    def queued(self) -> int: ...  # noqa: D102

    def inputs(self) -> frozenset[Pin] | None: ...  # noqa: D102

    def set_outputs(self, levels: dict[Pin, bool]) -> None: ...  # noqa: D102

    def set_break(self, on: bool) -> None: ...  # noqa: D102

    def close(self) -> None: ...  # noqa: D102


Opener = Callable[[str, int, str, dict[Pin, bool]], Device]


class SerialPort:
    """A `Port` on the device `path`."""

    def __init__(self, path: str, options: SerialOptions | None = None, opener: Opener | None = None) -> None:
        self._path = path
        self._options = options or SerialOptions()
        self._opener = opener or _opened
        self._autobaud = Autobaud(self._options.rates)
        self._report = Report()
        self._device: Device | None = None
        self._lock = UucpLock(path)
        self._outlet: Outlet | None = None
        self._marked = MarkedBytes()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._shown = Signals.NONE
        self._reading = True
        self._told_missing = False

    @property
    def name(self) -> str:
        """The device's path."""
        return self._path

    def start(self, listener: PortListener) -> None:
        """Open the device, or wait for it if there is none. Raises PortError if it cannot be had for another reason."""
        self._loop = asyncio.get_running_loop()
        _check(self._path)
        try:
            self._lock.take()
        except LockHeld as error:
            raise PortError(f"{self._path} is in use: {error}") from None
        self._report.begin(listener)
        try:
            self._open()
        except OSError as error:
            if error.errno not in _MISSING:
                self._lock.give_back()
                raise PortError(f"{self._path} cannot be opened: {_why(error)}") from error
            self._missing()

    def send(self, data: bytes) -> None:
        """Write to the DTE at the pace of its line; dropped while there is no device."""
        if self._outlet is not None:
            self._outlet.send(data)

    def send_break(self) -> None:
        """Send a break; bytes written meanwhile come after it."""
        if self._device is not None:
            self._try(lambda device: device.set_break(True))
            self._later("break", BREAK, lambda: self._try(lambda device: device.set_break(False)))

    def set_signals(self, on: Signals) -> None:
        """Show the modem's lines on the pins; DCD falls when the DTE has what was sent before."""
        fell = Signals.DCD in self._shown and Signals.DCD not in on
        self._shown = on
        if self._outlet is not None and fell:
            self._outlet.once_sent(self._show, DRAIN)
        else:
            self._show()

    def pause_reading(self) -> None:
        """Let bytes wait in the kernel, which holds the DTE off where flow control is on."""
        self._reading = False
        if self._device is not None:
            self._loop.remove_reader(self._device.fd)

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._reading = True
        if self._device is not None:
            self._loop.add_reader(self._device.fd, self._readable)

    def close(self) -> None:
        """Close the device and look for it no more; idempotent."""
        self._report.listener = None
        self._let_go()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._lock.give_back()

    # The device comes and goes.

    def _open(self) -> None:
        options = self._options
        self._autobaud.begin_anew()
        levels = options.wiring.outputs(self._shown)
        device = self._device = self._opener(self._path, self._autobaud.rate, options.flow, levels)
        self._outlet = Outlet(device, WATERMARK, self._report.pause_sending, self._report.resume_sending, self._lost)
        self._outlet.rate = self._autobaud.rate
        self._marked = MarkedBytes()
        self._report.rate(self._autobaud.rate)
        if self._reading:
            self._loop.add_reader(device.fd, self._readable)
        self._look()

    def _missing(self) -> None:
        if not self._told_missing:
            log.warning("%s is not there: it will be used when it is plugged in", self._path)
            self._told_missing = True
        self._later("device", LOOK_FOR_DEVICE, self._look_for_device)

    def _look_for_device(self) -> None:
        try:
            self._open()
        except OSError as error:
            if error.errno not in _MISSING and not self._told_missing:
                log.warning("%s cannot be opened: %s", self._path, _why(error))
            self._missing()
        else:
            log.warning("%s is there again", self._path)
            self._told_missing = False

    def _let_go(self) -> None:
        device, self._device = self._device, None
        if device is None:
            return
        self._loop.remove_reader(device.fd)
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None
        device.close()

    def _lost(self) -> None:
        """The device has gone: nobody is at the other end."""
        if self._device is None:
            return
        self._let_go()
        self._report.signals(Signals.NONE)
        if self._report.listener is not None:
            self._missing()

    def _try(self, deed: Callable[[Device], None]) -> None:
        device = self._device
        if device is None:
            return
        try:
            deed(device)
        except (OSError, termios.error):
            self._loop.call_soon(self._lost)  # the listener may be in the midst of something

    def _show(self) -> None:
        levels = self._options.wiring.outputs(self._shown)
        self._try(lambda device: device.set_outputs(levels))

    def _later(self, name: str, seconds: float, deed: Callable[[], None]) -> None:
        if name in self._timers:
            self._timers[name].cancel()
        self._timers[name] = self._loop.call_later(seconds, deed)

    # What the DTE does.

    def _look(self) -> None:
        """See whether the inputs have changed, now and from time to time; a device without lines is asked once."""
        device = self._device
        if device is None:
            return
        try:
            inputs = device.inputs()
        except OSError:
            self._lost()
            return
        on = Signals.DTR | Signals.RTS if inputs is None else self._options.wiring.dte(inputs)
        if Signals.DTR not in on:
            self._autobaud.begin_anew()
        self._report.signals(on)
        if inputs is not None and self._device is device:
            self._later("look", LOOK, self._look)

    def _readable(self) -> None:
        try:
            data = self._device.read() if self._device is not None else None
        except OSError:
            data = b""
        if data is None:
            return
        if not data:
            self._lost()
            return
        for piece in self._marked.read(data):
            if piece is None:
                self._autobaud.begin_anew()
                self._report.broke()
            else:
                self._heard(piece)

    def _heard(self, data: bytes) -> None:
        settled = self._autobaud.settled
        if not settled and self._autobaud.heard(data):
            rate = self._autobaud.rate
            self._try(lambda device: device.set_rate(rate))
            return  # what was read at the wrong rate is nothing
        if not settled and self._autobaud.settled and self._outlet is not None:
            self._outlet.rate = self._autobaud.rate
            self._report.rate(self._autobaud.rate)
        self._report.sent(data)


_MISSING = (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO)


def _opened(path: str, rate: int, flow: str, outputs: dict[Pin, bool]) -> Device:
    try:
        return SerialDevice(path, rate, flow=flow, outputs=outputs)
    except termios.error as error:
        raise OSError(*error.args) from error


def _check(path: str) -> None:
    """Raises PortError if what is at `path` can be no serial device."""
    with suppress(OSError):
        if not stat.S_ISCHR(os.stat(path).st_mode):
            raise PortError(f"{path} is no serial device: write the path of one, as in /dev/ttyUSB0")


def _why(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "you may not use it: join its group (ls -l shows which), for most `sudo usermod -aG dialout $USER`"
    if error.errno in (errno.EBUSY, errno.EAGAIN):
        return "another program has it: end that first (fuser -v shows which)"
    return os.strerror(error.errno) if error.errno else str(error)
