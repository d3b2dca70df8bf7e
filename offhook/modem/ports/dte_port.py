"""A serial port as a DTE: our side of the cable to a real modem.

Our DTR and RTS are its inputs, and its DSR, CTS, DCD and RI ours, straight through. A tty without modem lines, such as
that of an emulated modem on a pty, is told DTR off as programs tell it: by a rate of 0.
"""

import asyncio
from collections.abc import Callable

from offhook.modem.ports.held_device import ABSENT, IN_USE, Device, HeldDevice
from offhook.modem.ports.modem_port import DteListener
from offhook.modem.ports.serial_port import Opener, opened
from offhook.modem.rs232 import Pin, Signals

WATERMARK = 2048
"""Bytes kept for a modem that takes no more, before the sender is paused."""
DRAIN = 30.0
"""Seconds that what was sent may take on its way out."""
_LINES = {Pin.DSR: Signals.DSR, Pin.CTS: Signals.CTS, Pin.DCD: Signals.DCD, Pin.RI: Signals.RI}


class DtePort:
    """A `ModemPort`: the device at `path`, at `rate` bit/s. The `Owner` of that device."""

    def __init__(self, path: str, rate: int = 115200, flow: str = "none", opener: Opener = opened) -> None:
        """`flow` is one of `FLOWS`."""
        self._path = path
        self._rate = rate
        self._flow = flow
        self._opener = opener
        self._listener: DteListener | None = None
        self._held = HeldDevice(path, self, WATERMARK, waited_for=ABSENT | IN_USE)
        self._outputs = Signals.DTR | Signals.RTS
        self._shown: Signals | None = None

    @property
    def name(self) -> str:
        """The device's path."""
        return self._path

    def start(self, listener: DteListener) -> None:
        """Open the device; one that is absent or in use is waited for. Raises PortError if it cannot be had."""
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._held.start()

    def send(self, data: bytes) -> None:
        """Write to the modem; dropped while there is none."""
        if self._held.outlet is not None:
            self._held.outlet.send(data)

    def send_break(self) -> None:
        """Send the modem a break."""
        self._held.send_break()

    def set_outputs(self, on: Signals) -> None:
        """Set DTR and RTS, at once."""
        self._outputs = on
        self._held.attempt(self._show)

    def once_sent(self, then: Callable[[], None]) -> None:
        """Call `then` when all that was sent is out, after half a minute at the latest."""
        if self._held.outlet is None:
            self._loop.call_soon(then)
        else:
            self._held.outlet.once_sent(then, DRAIN)

    def pause_reading(self) -> None:
        """Let bytes wait in the kernel, which holds the modem off where flow control is on."""
        self._held.pause_reading()

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._held.resume_reading()

    def close(self) -> None:
        """Drop DTR, which hangs up, and close the device; idempotent. The listener hears nothing more."""
        self._listener = None
        self.set_outputs(Signals.NONE)
        self._held.close()

    def _show(self, device: Device) -> None:
        if device.inputs() is None:
            device.set_rate(self._rate if Signals.DTR in self._outputs else 0)
        device.set_outputs({Pin.DTR: Signals.DTR in self._outputs, Pin.RTS: Signals.RTS in self._outputs})

    # From the device.

    def open_device(self) -> Device:
        """Open it with DTR as it is now."""
        outputs = {Pin.DTR: Signals.DTR in self._outputs, Pin.RTS: Signals.RTS in self._outputs}
        return self._opener(self._path, self._rate, self._flow, outputs)

    def device_came(self) -> None:
        """It is open."""
        self._shown = None
        if self._held.outlet is not None:
            self._held.outlet.rate = self._rate

    def device_went(self) -> None:
        """It has gone."""
        if self._listener is not None and self._shown is not None:
            self._listener.dce_went()
        self._shown = None

    def device_inputs(self, on: frozenset[Pin] | None) -> None:
        """The modem's lines; the first look after the opening tells whether there are any."""
        if self._listener is None:
            return
        signals = Signals.NONE
        for pin in on or ():
            signals |= _LINES[pin]
        if self._shown is None:
            self._listener.dce_came(on is not None)
        elif self._shown == signals:
            return
        self._shown = signals
        self._listener.dce_signals(signals)

    def device_sent(self, data: bytes | None) -> None:
        """Bytes of the modem; its breaks mean nothing."""
        if data and self._listener is not None:
            self._listener.dce_sent(data)

    def pause_sending(self) -> None:
        """The modem takes no more."""
        if self._listener is not None:
            self._listener.pause_sending()

    def resume_sending(self) -> None:
        """It takes bytes again."""
        if self._listener is not None:
            self._listener.resume_sending()
