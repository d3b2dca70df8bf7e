"""One opening of a real serial device, from which a lost one is known: pyserial for the settings, bytes by ourselves.

pyserial's own reading and writing wait in `select`, and its asyncio transport drains at the close; here every call
returns at once. The device is 8N1 and raw, breaks are marked (see `marked_bytes.py`).
"""

import errno
import fcntl
import os
import struct
import termios
from contextlib import suppress

import serial

from offhook.modem.rs232 import Pin

_READ = 65536
_INPUTS = {
    Pin.DSR: termios.TIOCM_DSR,
    Pin.DCD: termios.TIOCM_CAR,
    Pin.CTS: termios.TIOCM_CTS,
    Pin.RI: termios.TIOCM_RNG,
}
_NO_LINES = (errno.ENOTTY, errno.EINVAL)
"""What a device without modem lines answers, as a pty does."""


class SerialDevice:
    """An open device. Every method may raise OSError when it has gone."""

    def __init__(self, path: str, rate: int, *, flow: str, outputs: dict[Pin, bool]) -> None:
        """Open it with its outputs as they should be; `flow` is "none", "rtscts" or "xonxoff". Raises OSError."""
        port = serial.Serial()
        port.port, port.baudrate, port.timeout, port.exclusive = path, rate, 0, True
        port.rtscts, port.xonxoff = flow == "rtscts", flow == "xonxoff"
        port.dtr, port.rts = outputs[Pin.DTR], outputs[Pin.RTS]
        port.open()  # a SerialException is an OSError
        self._port = port
        self.fd = int(port.fileno())
        self._mark()

    def set_rate(self, rate: int) -> None:
        """Go on at `rate` bit/s."""
        self._port.baudrate = rate
        self._mark()

    def _mark(self) -> None:
        """Have breaks marked; pyserial takes that back with each setting."""
        settings = termios.tcgetattr(self.fd)
        settings[0] = settings[0] & ~(termios.BRKINT | termios.IGNPAR) | termios.PARMRK
        settings[6][termios.VMIN] = 1  # with 0 nothing to read would look like the end
        termios.tcsetattr(self.fd, termios.TCSANOW, settings)

    def read(self) -> bytes | None:
        """What has come, b"" if the device has gone, None if nothing has come yet."""
        try:
            return os.read(self.fd, _READ)
        except (BlockingIOError, InterruptedError):
            return None

    def write(self, data: bytes) -> int:
        """Write without waiting; how many bytes were taken."""
        try:
            return os.write(self.fd, data)
        except (BlockingIOError, InterruptedError):
            return 0

    def queued(self) -> int:
        """Bytes that the kernel has and the line has not sent."""
        count: int = struct.unpack("i", fcntl.ioctl(self.fd, termios.TIOCOUTQ, b"\0\0\0\0"))[0]
        return count

    def inputs(self) -> frozenset[Pin] | None:
        """The inputs that are on; None if the device has no such lines."""
        try:
            on = struct.unpack("i", fcntl.ioctl(self.fd, termios.TIOCMGET, b"\0\0\0\0"))[0]
        except OSError as error:
            if error.errno in _NO_LINES:
                return None
            raise
        return frozenset(pin for pin, bit in _INPUTS.items() if on & bit)

    def set_outputs(self, levels: dict[Pin, bool]) -> None:
        """Set DTR, and RTS unless flow control has it."""
        try:
            self._port.dtr = levels[Pin.DTR]
            if not self._port.rtscts:
                self._port.rts = levels[Pin.RTS]
        except OSError as error:
            if error.errno not in _NO_LINES:
                raise

    def set_break(self, on: bool) -> None:
        """Hold the line in space condition, or let go of it."""
        self._port.break_condition = on

    def close(self) -> None:
        """Close it; what the kernel has still is dropped, for a close would wait for the line to take it."""
        with suppress(OSError, termios.error):
            termios.tcflush(self.fd, termios.TCOFLUSH)
        with suppress(OSError, termios.error):
            self._port.close()
