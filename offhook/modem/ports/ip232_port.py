"""An ip232 port: emulators of old machines (VICE, openMSX, BeebEm) connect and have DTR, DCD and RI of their modem.

A program that connects and sends characters before it has said anything of DTR is there, and does not say so: some set
DTR only when they reset it, and some do not speak ip232 at all. For those DTR is on from their first character.
"""

import logging

from offhook.modem.ports.one_client import LEAST_OFF, WATERMARK, OneClient
from offhook.modem.ports.port import PortListener
from offhook.modem.ports.report import Report
from offhook.modem.rs232 import Ip232Reader, Signals, ip232_characters, ip232_signals

log = logging.getLogger(__name__)

_SHOWN = Signals.DCD | Signals.RI


class Ip232Port:
    """A `Port` whose DTE is whoever connects to `host` and `port`, one at a time; arguments as those of `TcpPort`."""

    def __init__(self, host: str, port: int, *, watermark: int = WATERMARK, least_off: float = LEAST_OFF) -> None:
        self._place = OneClient(host, port, self, watermark=watermark, least_off=least_off)
        self._report = Report()
        self._reader = Ip232Reader()
        self._shown = Signals.NONE  # to the client that is there
        self._signals = Signals.NONE
        self._spoken = False
        self.dropped = 0
        """Bytes sent that no client was there to read."""

    @property
    def name(self) -> str:
        """`ip232:HOST:PORT`, with the port that is really listened on once the port has started."""
        return f"ip232:{self._place.address}"

    def start(self, listener: PortListener) -> None:
        """Listen, and tell the listener that nobody is there yet. Raises PortError."""
        self._place.open()
        self._report.begin(listener)

    def send(self, data: bytes) -> None:
        """Write to the client at once; what does not fit waits, and beyond the watermark the sender is paused."""
        self.dropped += self._place.send(ip232_characters(data))

    def set_signals(self, on: Signals) -> None:
        """Show DCD and RI, behind the bytes sent before; DSR and CTS cannot be shown."""
        self._signals = on & _SHOWN
        self._show()

    def send_break(self) -> None:
        """Nothing: ip232 carries no break in either direction."""

    def pause_reading(self) -> None:
        """Let the client's bytes wait in the kernel, its DTR with them, until it goes."""
        self._place.pause_reading()

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._place.resume_reading()

    def close(self) -> None:
        """Show out the client and listen no more; idempotent."""
        self._report.listener = None
        self._place.close()

    def _show(self) -> None:
        if self._place.taken and self._signals != self._shown:
            self._shown = self._signals
            self._place.send(ip232_signals(self._shown))

    # From the place where clients plug in.

    def client_came(self) -> None:
        """Its DTR is off, as it takes DCD and RI to be, until it is told."""
        self._reader = Ip232Reader()
        self._shown = Signals.NONE
        self._spoken = False
        self._show()

    def client_sent(self, data: bytes) -> None:
        """Characters and signals of the DTE."""
        for each in self._reader.take(data):
            if isinstance(each, Signals):
                self._spoken = True
                self._report.signals(each)
                continue
            if not self._spoken:
                self._spoken = True
                log.info("%s: characters came before any word of DTR, which is taken to be on", self.name)
                self._report.signals(Signals.DTR | Signals.RTS)
            self._report.sent(each)

    def client_left(self) -> None:
        """DTR and RTS off."""
        self._report.signals(Signals.NONE)

    def pause_sending(self) -> None:
        """The client takes no more."""
        self._report.pause_sending()

    def resume_sending(self) -> None:
        """It takes bytes again."""
        self._report.resume_sending()
