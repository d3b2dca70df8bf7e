"""A serial device that a port holds: opened, locked, looked at, lost when it is unplugged and found when it is back.

Its inputs are looked at every 50 ms: there is no other way that every driver knows. A device that is not there is
looked for every second. What it is used for, as a modem or with one, is its owner's matter.
"""

import asyncio
import errno
import logging
import os
import stat
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from offhook.modem.ports.marked_bytes import MarkedBytes
from offhook.modem.ports.outlet import Outlet
from offhook.modem.ports.port import PortError
from offhook.modem.ports.uucp_lock import LockHeld, UucpLock
from offhook.modem.rs232 import Pin

log = logging.getLogger(__name__)

LOOK = 0.05
"""Seconds between two looks at the inputs."""
LOOK_FOR_DEVICE = 1.0
"""Seconds between two tries to open a device that is not there."""
BREAK = 0.3
"""Seconds that a break lasts: longer than a character at 50 bit/s."""
ABSENT = frozenset({errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO})
"""How opening fails when there is no device, which is waited for."""
IN_USE = frozenset({errno.EBUSY, errno.EAGAIN})
"""How it fails when another program has it."""


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


class Owner(Protocol):
    """Whose device it is. Calls come from the event loop, and may close it."""

    def open_device(self) -> Device:
        """Open it as it is to be. Raises OSError."""

    def device_came(self) -> None:
        """It is open."""

    def device_sent(self, data: bytes | None) -> None:
        """Bytes, never empty; None stands for a break."""

    def device_inputs(self, on: frozenset[Pin] | None) -> None:
        """Its inputs, each time that they are looked at; None if it has none."""

    def device_went(self) -> None:
        """It has gone, and is looked for."""

    def pause_sending(self) -> None:
        """Too much waits for it: stop calling `send` soon."""

    def resume_sending(self) -> None:
        """Nearly all is out, or it has gone."""


class HeldDevice:
    """The device at `path`, from `start` to `close`."""

    def __init__(self, path: str, owner: Owner, watermark: int, *, waited_for: frozenset[int] = ABSENT) -> None:
        """`watermark` is in bytes; an opening that fails with an error in `waited_for` is tried again."""
        self._path = path
        self._owner = owner
        self._watermark = watermark
        self._waited_for = waited_for
        self._lock = UucpLock(path)
        self._marked = MarkedBytes()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._reading = True
        self._told_missing = False
        self._open = False
        self.device: Device | None = None
        """The device while there is one."""
        self.outlet: Outlet | None = None
        """The way out to it."""

    def start(self) -> None:
        """Open it, or wait for it. Raises PortError if it cannot be had."""
        self._loop = asyncio.get_running_loop()
        _check(self._path)
        self._open = True
        try:
            self._open_now()
        except PortError:
            self._open = False
            raise
        except OSError as error:
            if error.errno not in self._waited_for:
                self._open = False
                self._lock.give_back()
                raise PortError(f"{self._path} cannot be opened: {_why(error)}") from error
            self._missing(error)

    def send_break(self) -> None:
        """Send a break; bytes written meanwhile come after it."""
        if self.device is not None:
            self.attempt(lambda device: device.set_break(True))
            self._later("break", BREAK, lambda: self.attempt(lambda device: device.set_break(False)))

    def pause_reading(self) -> None:
        """Let bytes wait in the kernel, which holds the other end off where flow control is on."""
        self._reading = False
        if self.device is not None:
            self._loop.remove_reader(self.device.fd)

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._reading = True
        if self.device is not None:
            self._loop.add_reader(self.device.fd, self._readable)

    def attempt(self, deed: Callable[[Device], None]) -> None:
        """Do something with it, if it is there; it may be gone after that."""
        if self.device is None:
            return
        try:
            deed(self.device)
        except (OSError, termios.error):
            self._loop.call_soon(self._lost)  # the owner may be in the midst of something

    def close(self) -> None:
        """Let go of it and look for it no more; idempotent. The owner hears nothing more."""
        self._open = False
        self._let_go()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._lock.give_back()

    def _open_now(self) -> None:
        try:
            self._lock.take()
        except LockHeld as error:
            if errno.EBUSY in self._waited_for:
                raise OSError(errno.EBUSY, str(error)) from None
            raise PortError(f"{self._path} is in use: {error}") from None
        device = self.device = self._owner.open_device()
        self._marked = MarkedBytes()
        self.outlet = Outlet(device, self._watermark, self._owner.pause_sending, self._owner.resume_sending, self._lost)
        self._owner.device_came()
        if self._reading and self.device is device:
            self._loop.add_reader(device.fd, self._readable)
        self.look()

    def _missing(self, error: OSError | None) -> None:
        if not self._told_missing:
            if error is not None and error.errno not in ABSENT:
                log.warning("%s cannot be opened: %s: it is tried again", self._path, _why(error))
            else:
                log.warning("%s is not there: it will be used when it is plugged in", self._path)
            self._told_missing = True
        self._later("device", LOOK_FOR_DEVICE, self._look_for_device)

    def _look_for_device(self) -> None:
        try:
            self._open_now()
        except OSError as error:
            self._missing(error)
        except PortError as error:  # another program has taken the lock meanwhile
            log.warning("%s", error)
            self._missing(None)
        else:
            log.warning("%s is there again", self._path)
            self._told_missing = False

    def _let_go(self) -> None:
        device, self.device = self.device, None
        if device is None:
            return
        self._loop.remove_reader(device.fd)
        if self.outlet is not None:
            self.outlet.close()
            self.outlet = None
        device.close()

    def _lost(self) -> None:
        """The device has gone: nobody is at the other end."""
        if self.device is None:
            return
        self._let_go()
        self._owner.device_went()
        if self._open:
            self._missing(None)

    def _later(self, name: str, seconds: float, deed: Callable[[], None]) -> None:
        if name in self._timers:
            self._timers[name].cancel()
        self._timers[name] = self._loop.call_later(seconds, deed)

    def look(self) -> None:
        """See how the inputs are, now and from time to time; a device without them is asked once."""
        device = self.device
        if device is None:
            return
        try:
            inputs = device.inputs()
        except OSError:
            self._lost()
            return
        self._owner.device_inputs(inputs)
        if inputs is not None and self.device is device:
            self._later("look", LOOK, self.look)

    def _readable(self) -> None:
        try:
            data = self.device.read() if self.device is not None else None
        except OSError:
            data = b""
        if data is None:
            return
        if not data:
            self._lost()
            return
        for piece in self._marked.read(data):
            self._owner.device_sent(piece)


def _check(path: str) -> None:
    """Raises PortError if what is at `path` can be no serial device."""
    with suppress(OSError):
        if not stat.S_ISCHR(os.stat(path).st_mode):
            raise PortError(f"{path} is no serial device: write the path of one, as in /dev/ttyUSB0")


def _why(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "you may not use it: join its group (ls -l shows which), for most `sudo usermod -aG dialout $USER`"
    if error.errno in IN_USE:
        return "another program has it: end that first (fuser -v shows which)"
    settings = error.__context__
    if isinstance(settings, termios.error) and settings.args[:1] == (errno.ENOTTY,):  # pyserial's says it in a text
        return "it is no serial device: write the path of one, as in /dev/ttyUSB0"
    return os.strerror(error.errno) if error.errno else str(error)
