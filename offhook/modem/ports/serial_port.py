"""A real serial port as a DCE: a machine at the other end of a null-modem cable finds a modem there.

The port's own connector is a DTE's, so the cable crosses the lines; which pin does what is the wiring's matter. A
device that goes, as a USB adapter does, is DTR off.
"""

import asyncio
import termios
from collections.abc import Callable
from dataclasses import dataclass, field

from offhook.modem.ports.held_device import Device, HeldDevice
from offhook.modem.ports.port import PortListener
from offhook.modem.ports.report import Report
from offhook.modem.ports.serial_device import SerialDevice
from offhook.modem.rs232 import Autobaud, Pin, Signals, Wiring

DRAIN = 3.0
"""Seconds that DCD waits, at the end of a call, for the line to take what was said before."""
WATERMARK = 4096
"""Bytes kept for a slow DTE before the sender is paused."""
FLOWS = ("none", "rtscts", "xonxoff")


@dataclass(frozen=True, slots=True)
class SerialOptions:
    """How a device is used: its rates in bit/s, several to be found out; flow control; the wiring.

    `terminal`: there is no modem and no AT, so the rate is found by Return, and a break asks for the next one.
    """

    rates: tuple[int, ...] = (115200,)
    flow: str = "none"
    wiring: Wiring = field(default_factory=Wiring)
    terminal: bool = False


Opener = Callable[[str, int, str, dict[Pin, bool]], Device]


def opened(path: str, rate: int, flow: str, outputs: dict[Pin, bool]) -> Device:
    """Open the device at `path` as an `Opener` does. Raises OSError."""
    try:
        return SerialDevice(path, rate, flow=flow, outputs=outputs)
    except termios.error as error:
        raise OSError(*error.args) from error


class SerialPort:
    """A `Port` on the device `path`, and the `Owner` of that device."""

    def __init__(self, path: str, options: SerialOptions | None = None, opener: Opener = opened) -> None:
        self._path = path
        self._options = options or SerialOptions()
        self._opener = opener
        self._autobaud = Autobaud(self._options.rates, b"\r" if self._options.terminal else b"AT")
        self._report = Report()
        self._held = HeldDevice(path, self, WATERMARK)
        self._shown = Signals.CTS

    @property
    def name(self) -> str:
        """The device's path."""
        return self._path

    def start(self, listener: PortListener) -> None:
        """Open the device, or wait for it if there is none. Raises PortError if it cannot be had for another reason."""
        self._loop = asyncio.get_running_loop()
        self._report.begin(listener)
        self._held.start()

    def send(self, data: bytes) -> None:
        """Write to the DTE at the pace of its line; dropped while there is no device."""
        if self._held.outlet is not None:
            self._held.outlet.send(data)

    def send_break(self) -> None:
        """Send a break; bytes written meanwhile come after it."""
        self._held.send_break()

    def set_signals(self, on: Signals) -> None:
        """Show the modem's lines on the pins; DCD falls when the DTE has what was sent before."""
        fell = Signals.DCD in self._shown and Signals.DCD not in on
        self._shown = on
        if self._held.outlet is not None and fell:
            self._held.outlet.once_sent(self._show, DRAIN)
        else:
            self._show()

    def pause_reading(self) -> None:
        """Let bytes wait in the kernel, which holds the DTE off where flow control is on."""
        self._held.pause_reading()

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._held.resume_reading()

    def close(self) -> None:
        """Close the device and look for it no more; idempotent."""
        self._report.listener = None
        self._held.close()

    def _show(self) -> None:
        levels = self._options.wiring.outputs(self._shown)
        self._held.attempt(lambda device: device.set_outputs(levels))

    # From the device.

    def open_device(self) -> Device:
        """Open it with the lines as they are now, at the first rate."""
        options = self._options
        self._autobaud.begin_anew()
        return self._opener(self._path, self._autobaud.rate, options.flow, options.wiring.outputs(self._shown))

    def device_came(self) -> None:
        """It is open."""
        if self._held.outlet is not None:
            self._held.outlet.rate = self._autobaud.rate
        self._report.rate(self._autobaud.rate)

    def device_went(self) -> None:
        """Nobody is at the other end."""
        self._report.signals(Signals.NONE)

    def device_inputs(self, on: frozenset[Pin] | None) -> None:
        """The DTE's outputs, by the wiring; a device without lines has somebody at its end."""
        signals = Signals.DTR | Signals.RTS if on is None else self._options.wiring.dte(on)
        if Signals.DTR not in signals:
            self._autobaud.begin_anew()
        self._report.signals(signals)

    def device_sent(self, data: bytes | None) -> None:
        """Bytes of the DTE, or its break."""
        if data is None:
            self._broke()
            return
        settled = self._autobaud.settled
        if not settled and self._autobaud.heard(data):
            self._listen_at(self._autobaud.rate)
            return  # what was read at the wrong rate is nothing
        if not settled and self._autobaud.settled and self._held.outlet is not None:
            self._held.outlet.rate = self._autobaud.rate
            self._report.rate(self._autobaud.rate)
        self._report.sent(data)

    def _broke(self) -> None:
        asks = self._options.terminal and not self._autobaud.settled
        self._autobaud.begin_anew()
        if asks:
            self._autobaud.next_rate()
            self._listen_at(self._autobaud.rate)
        self._report.broke()

    def _listen_at(self, rate: int) -> None:
        self._held.attempt(lambda device: device.set_rate(rate))

    def pause_sending(self) -> None:
        """The DTE takes no more."""
        self._report.pause_sending()

    def resume_sending(self) -> None:
        """It takes bytes again."""
        self._report.resume_sending()
