"""A TCP port as a serial port: a terminal program connects and finds a modem's line there, bytes as they are.

TCP has no control lines, so they are deduced: while a client is connected, DTR and RTS are on. DSR, CTS,
DCD and RI cannot be shown to it, a rate cannot be told and a break cannot be sent; RFC 2217 has them all.
"""

from offhook.modem.ports.one_client import LEAST_OFF, WATERMARK, OneClient
from offhook.modem.ports.port import PortListener
from offhook.modem.ports.report import Report
from offhook.modem.rs232 import Signals


class TcpPort:
    """A `Port` whose DTE is whoever connects to `host` and `port`, one at a time.

    `host` is a name or an address of this machine, "" all of them; port 0 picks a free one. `watermark`
    is in bytes, `least_off`, for which DTR stays off between two clients, in seconds.
    """

    def __init__(self, host: str, port: int, *, watermark: int = WATERMARK, least_off: float = LEAST_OFF) -> None:
        self._place = OneClient(host, port, self, watermark=watermark, least_off=least_off)
        self._report = Report()
        self.dropped = 0
        """Bytes sent that no client was there to read."""

    @property
    def name(self) -> str:
        """`tcp:HOST:PORT`, with the port that is really listened on once the port has started."""
        return f"tcp:{self._place.address}"

    def start(self, listener: PortListener) -> None:
        """Listen, and tell the listener that nobody is there yet. Raises PortError."""
        self._place.open()
        self._report.begin(listener)

    def send(self, data: bytes) -> None:
        """Write to the client at once; what does not fit waits, and beyond the watermark the sender is paused."""
        self.dropped += self._place.send(data)

    def set_signals(self, on: Signals) -> None:
        """Nothing: TCP has no lines to show them on."""

    def send_break(self) -> None:
        """Nothing: TCP carries no break in either direction."""

    def pause_reading(self) -> None:
        """Let the client's bytes wait in the kernel, which then makes the client wait."""
        self._place.pause_reading()

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._place.resume_reading()

    def close(self) -> None:
        """Show out the client and listen no more; idempotent."""
        self._report.listener = None
        self._place.close()

    # From the place where clients plug in.

    def client_came(self) -> None:
        """DTR and RTS on."""
        self._report.signals(Signals.DTR | Signals.RTS)

    def client_sent(self, data: bytes) -> None:
        """Bytes of the DTE."""
        self._report.sent(data)

    def client_left(self) -> None:
        """DTR and RTS off."""
        self._report.signals(Signals.NONE)

    def pause_sending(self) -> None:
        """The client takes no more."""
        self._report.pause_sending()

    def resume_sending(self) -> None:
        """It takes bytes again."""
        self._report.resume_sending()
