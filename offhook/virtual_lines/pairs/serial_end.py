"""A pyserial port on one end of a line in memory, with all that pyserial promises of a port.

Threads may share it as they share a port of the system: one reads while another writes, `cancel_read` and
`cancel_write` come from a third. It has no descriptor, so nobody can `select` on it.
"""

from typing import Any

from serial import PortNotOpenError, SerialException, SerialTimeoutException
from serial.serialutil import SerialBase, to_bytes  # type: ignore[attr-defined]  # the types do not know it

from offhook.modem.rs232 import EIGHT_N_ONE, Framing, Signals
from offhook.virtual_lines.pairs.lines import LINES, parse_url
from offhook.virtual_lines.pairs.received import Received, as_sent
from offhook.virtual_lines.pairs.wire import Wire


class Serial(SerialBase):
    """An end of a line: what `serial_for_url("offhook://NAME/a")` gives."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        self._wire = Wire()
        self._name = ""
        self._end = 0
        self._framing = EIGHT_N_ONE
        self._read_cancelled = False
        self._write_cancelled = False
        self._received = Received(self._wire, 0)
        super().__init__(*args, **settings)

    @property
    def breaks(self) -> int:
        """Breaks received since the port was opened; each reads as a NUL too."""
        return self._received.breaks

    # Opening and closing.

    def open(self) -> None:
        """Hold the end. Raises `SerialException`."""
        if self.port is None:
            raise SerialException("Port must be configured before it can be used.")
        if self.is_open:
            raise SerialException("Port is already open.")
        try:
            url = parse_url(self.port)
            wire, received = LINES.take(url, lambda wire: Received(wire, url.end))
        except ValueError as error:
            raise SerialException(str(error)) from error
        with wire.changed:
            self._wire, self._name, self._end, self._received = wire, url.name, url.end, received
            self._read_cancelled = self._write_cancelled = False
            self.is_open = True
            self._reconfigure_port()
            self._show()

    def close(self) -> None:
        """Let go of the end: DTR and RTS off; whoever waits for it stops waiting."""
        if self.is_open:
            with self._wire.changed:
                self.is_open = False
                self._received.heed(rtscts=False, xonxoff=False)
                self._wire.leave(self._end)
                self._wire.stir()
            LINES.left(self._name, self._wire)

    def _reconfigure_port(self, force_update: bool = False) -> None:
        self._framing = Framing(self.bytesize, self.parity, self.stopbits)
        with self._wire.changed:
            self._wire.set_rate(self._end, self.baudrate, self._framing.bits)
            self._received.framing = self._framing
            self._received.heed(rtscts=bool(self.rtscts), xonxoff=bool(self.xonxoff))

    def _show(self) -> None:
        on = Signals.DTR if self.dtr else Signals.NONE
        if self.rts:
            on |= Signals.RTS
        with self._wire.changed:
            self._wire.show(self._end, on)

    # Reading.

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        self._check()
        with self._wire.changed:
            self._wire.settle()
            count = len(self._received.unread)
        if not count:
            self._wire.clock.looked()
        return count

    def read(self, size: int = 1) -> bytes:
        """As pyserial has it: up to `size` bytes, fewer when the time is over."""
        self._check()
        clock, changed = self._wire.clock, self._wire.changed
        got = bytearray()
        with changed:
            began = clock.now()
            until = None if self.timeout is None else began + self.timeout
            while True:
                self._wire.settle()
                got += self._received.take(size - len(got))
                if len(got) >= size or self._cancelled() or not self.is_open:
                    break
                limits = [until] if until is not None else []
                if got and self.inter_byte_timeout is not None:
                    limits.append(clock.now() + self.inter_byte_timeout)
                if self._nothing_within(min(limits, default=None)):
                    break
            if not self.is_open and not got:
                raise PortNotOpenError
        if not got and self.timeout == 0:
            clock.looked()
        return bytes(got)

    def read_until(self, expected: bytes = b"\n", size: int | None = None) -> bytes:
        """As pyserial has it, in the time of the line."""
        clock, line = self._wire.clock, bytearray()
        until = None if self.timeout is None else clock.now() + self.timeout
        while not line.endswith(expected) and (size is None or len(line) < size):
            character = self.read(1)
            line += character
            if not character or (until is not None and clock.now() >= until):
                break
        return bytes(line)

    def _nothing_within(self, limit: float | None) -> bool:
        """Wait for bytes, for cancelling or closing; whether it is `limit` and there are none."""
        wire = self._wire
        while not self._received.unread and not self._read_cancelled and self.is_open:
            if limit is not None and wire.clock.now() >= limit:
                return True
            self._wait(limit)
            wire.settle()
        return False

    def _cancelled(self) -> bool:
        cancelled, self._read_cancelled = self._read_cancelled, False
        return cancelled

    def cancel_read(self) -> None:
        """End a `read` of another thread, or the next one."""
        with self._wire.changed:
            self._read_cancelled = True
            self._wire.stir()

    def reset_input_buffer(self) -> None:
        """Forget what has arrived."""
        self._check()
        with self._wire.changed:
            self._wire.settle()
            self._received.take(len(self._received.unread))

    # Writing.

    @property
    def out_waiting(self) -> int:
        """Bytes written that have not left."""
        self._check()
        with self._wire.changed:
            self._wire.settle()
            return self._wire.unsent(self._end)

    def write(self, data: Any) -> int:
        """As pyserial has it: waits for room, raises `SerialTimeoutException` when `write_timeout` is over."""
        self._check()
        waiting = memoryview(as_sent(to_bytes(data), self._framing))
        wire, sent = self._wire, 0
        with wire.changed:
            self._write_cancelled = False
            until = None if self.write_timeout is None else wire.clock.now() + self.write_timeout
            while sent < len(waiting):
                self._check()
                wire.settle()
                if room := wire.room(self._end):
                    wire.send(self._end, bytes(waiting[sent : sent + room]))
                    sent += min(room, len(waiting) - sent)
                elif self._write_cancelled or self.write_timeout == 0:
                    break
                elif until is not None and wire.clock.now() >= until:
                    raise SerialTimeoutException("Write timeout")
                else:
                    self._wait(until)
        return sent

    def cancel_write(self) -> None:
        """End a `write` of another thread."""
        with self._wire.changed:
            self._write_cancelled = True
            self._wire.stir()

    def flush(self) -> None:
        """Wait until all that was written has left."""
        self._check()
        with self._wire.changed:
            while self.is_open and self._wire.unsent(self._end):
                self._wait(None)
                self._wire.settle()

    def reset_output_buffer(self) -> None:
        """Take back what has not left."""
        self._check()
        with self._wire.changed:
            self._wire.purge(self._end)

    # Lines and breaks.

    def send_break(self, duration: float = 0.25) -> None:
        """A break, and `duration` seconds in the time of the line."""
        self._check()
        self.break_condition = True
        with self._wire.changed:
            until = self._wire.clock.now() + duration
            while self.is_open and self._wire.clock.now() < until:
                self._wait(until)
                self._wire.settle()
        self.break_condition = False

    def _update_break_state(self) -> None:
        if self.break_condition:
            with self._wire.changed:
                self._wire.send_break(self._end)

    def _update_rts_state(self) -> None:
        self._show()

    def _update_dtr_state(self) -> None:
        self._show()

    def _line(self, line: Signals) -> bool:
        self._check()
        self._wire.clock.looked()
        with self._wire.changed:
            return line in self._wire.inputs(self._end)

    @property
    def cts(self) -> bool:
        """Clear To Send: RTS of the other end."""
        return self._line(Signals.CTS)

    @property
    def dsr(self) -> bool:
        """Data Set Ready: DTR of the other end."""
        return self._line(Signals.DSR)

    @property
    def ri(self) -> bool:
        """Ring Indicator: of the modem at the other end."""
        return self._line(Signals.RI)

    @property
    def cd(self) -> bool:
        """Data Carrier Detect: DTR of the other end, or the carrier of the modem there."""
        return self._line(Signals.DCD)

    def _check(self) -> None:
        if not self.is_open:
            raise PortNotOpenError

    def _wait(self, until: float | None) -> None:
        deadline = self._wire.deadline
        times = [each for each in (until, deadline) if each is not None]
        self._wire.clock.wait(self._wire.changed, min(times, default=None))
