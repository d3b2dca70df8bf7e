"""A port that serves RFC 2217: a client on the network has the modem's line with all its signals, rate and breaks.

A client that speaks Telnet only, or nothing but bytes, is a DTE too; for bytes as they are there is the TCP port,
since here FF begins a command.
"""

import asyncio
from collections import deque

from offhook.modem.ports import OneClient, PortListener, Report
from offhook.modem.rs232 import EIGHT_N_ONE, Framing, Signals
from offhook.virtual_lines.telnet import (
    Closed,
    ComPortAction,
    ComPortEvent,
    ComPortServer,
    DceBreak,
    DceSent,
    DceSignals,
    DceTakes,
    Deliver,
    NetSent,
    NetTakes,
    Opened,
    ReadNet,
    SendToNet,
    TakeDce,
    TellBreak,
    TellRate,
    TellSignals,
)

WATERMARK = 32 * 1024
"""Bytes that may wait in the connection before the sender is asked to pause."""
LEAST_OFF = 0.06
"""Seconds that DTR stays off between two clients: a little more than a modem asks for (S25, 50 ms)."""
FIRST_RATE = 115200
"""Bit/s, told to a client that asks before any has set a rate."""
_PIECE = 32 * 1024
_OUTPUTS = Signals.DSR | Signals.CTS | Signals.DCD | Signals.RI


class Rfc2217Port:
    """A `Port` whose DTE is whoever connects to `host` and `port`, one at a time.

    `host` is a name or an address of this machine, "" all of them; port 0 picks a free one. `watermark`
    is in bytes, `least_off` in seconds.
    """

    def __init__(self, host: str, port: int, *, watermark: int = WATERMARK, least_off: float = LEAST_OFF) -> None:
        self._place = OneClient(host, port, self, watermark=watermark, least_off=least_off)
        self._most_held = 4 * watermark  # doubled and in Telnet's clothes it still fits into what the place keeps
        self._report = Report()
        self._machine: ComPortServer | None = None
        self._inbox: deque[ComPortEvent] = deque()
        self._busy = False
        self._signals = Signals.NONE
        self._rate = FIRST_RATE
        self._taken = True
        self._dropped = 0

    @property
    def name(self) -> str:
        """`rfc2217:HOST:PORT`, with the port that is really listened on once the port has started."""
        return f"rfc2217:{self._place.address}"

    @property
    def framing(self) -> Framing:
        """Data bits, parity and stop bits as the client has set them; 8N1 while there is none."""
        return self._machine.framing if self._machine else EIGHT_N_ONE

    @property
    def dropped(self) -> int:
        """Bytes sent that no client was there to read, or that the sender did not keep back when asked to."""
        return self._dropped + (self._machine.dropped if self._machine else 0)

    def start(self, listener: PortListener) -> None:
        """Listen, and tell the listener that nobody is there yet. Raises PortError."""
        self._loop = asyncio.get_running_loop()
        self._place.open()
        self._report.begin(listener)

    def send(self, data: bytes) -> None:
        """Write to the client at once; what does not fit waits, and the sender is paused."""
        if self._machine is None:
            self._dropped += len(data)
        for at in range(0, len(data), _PIECE):
            self._happened(DceSent(data[at : at + _PIECE]))

    def set_signals(self, on: Signals) -> None:
        """Notify the client of the change, behind the bytes sent before, if it wants to know."""
        self._signals = on & _OUTPUTS
        self._happened(DceSignals(self._signals))

    def send_break(self) -> None:
        """Notify the client of a break, if it wants to know; it overtakes bytes that wait."""
        self._happened(DceBreak())

    def pause_reading(self) -> None:
        """Ask the client to suspend its data; requests still pass, unless it sends a great deal more all the same."""
        self._taken = False
        self._happened(DceTakes(False))

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._taken = True
        self._happened(DceTakes(True))

    def close(self) -> None:
        """Show out the client and listen no more; idempotent."""
        self._report.listener = None
        self._machine = None
        self._place.close()

    # From the place where clients plug in.

    def client_came(self) -> None:
        """A machine for it."""
        self._machine = ComPortServer(self._signals, self._rate, self._most_held)
        self._place.resume_reading()
        self._happened(Opened())
        if not self._taken:
            self._happened(DceTakes(False))

    def client_sent(self, data: bytes) -> None:
        """Bytes of its Telnet."""
        self._happened(NetSent(data))

    def client_left(self) -> None:
        """DTR and RTS off."""
        self._happened(Closed())
        self._dropped, self._machine = self.dropped, None

    def pause_sending(self) -> None:
        """Its connection is full."""
        self._happened(NetTakes(False))

    def resume_sending(self) -> None:
        """Its connection takes bytes again."""
        self._happened(NetTakes(True))

    # Events in, actions out.

    def _happened(self, event: ComPortEvent) -> None:
        if self._machine is None:
            return
        self._inbox.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._inbox:
                self._handle(self._inbox.popleft())
        finally:
            self._busy = False

    def _handle(self, event: ComPortEvent) -> None:
        machine = self._machine
        if machine is None:
            return  # closed from within
        for action in machine.handle(event, self._loop.time()):
            self._carry_out(action)

    def _carry_out(self, action: ComPortAction) -> None:
        match action:
            case Deliver(data):
                self._report.sent(data)
            case SendToNet(data):
                self._dropped += self._place.send(data)
            case TellSignals(on):
                self._report.signals(on)
            case TellRate(rate):
                self._rate = rate
                self._report.rate(rate)
            case TellBreak():
                self._report.broke()
            case TakeDce(on):
                if on:
                    self._report.resume_sending()
                else:
                    self._report.pause_sending()
            case ReadNet(on):
                if on:
                    self._place.resume_reading()
                else:
                    self._place.pause_reading()
