"""A port whose DTE is behind a TCP port elsewhere, connected to by us: a terminal on a terminal server in raw mode."""

from offhook.modem.ports import PortListener, Report
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.remote_ports.remote_modem import RemoteModem


class ReachedPort:
    """A `Port`: while the connection is up, DTR and RTS are on.

    A `DteListener`, for the connection is kept as one to a modem is.
    """

    def __init__(self, host: str, port: int, *, keeps_early: bool = False) -> None:
        """`keeps_early` is as `BareClient` has it."""
        self._way = RemoteModem(host, port, bare=True, keeps_early=keeps_early)
        self._report = Report()

    @property
    def name(self) -> str:
        """`tcp:HOST:PORT?connect`."""
        return f"{self._way.name}?connect"

    def start(self, listener: PortListener) -> None:
        """Connect, and tell the listener that nobody is there yet; a server that is not there is waited for."""
        self._report.begin(listener)
        self._way.start(self)

    def send(self, data: bytes) -> None:
        """Write to the DTE; dropped while there is none."""
        self._way.send(data)

    def set_signals(self, on: Signals) -> None:
        """Nothing: TCP has no lines to show them on."""

    def send_break(self) -> None:
        """Nothing: TCP carries no break in either direction."""

    def pause_reading(self) -> None:
        """Let the DTE's bytes wait in the kernel, which then makes the server wait."""
        self._way.pause_reading()

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._way.resume_reading()

    def close(self) -> None:
        """Leave; idempotent."""
        self._report.listener = None
        self._way.close()

    # From the connection.

    def dce_came(self, lines: bool) -> None:
        """DTR and RTS on."""
        self._report.signals(Signals.DTR | Signals.RTS)

    def dce_went(self) -> None:
        """DTR and RTS off."""
        self._report.signals(Signals.NONE)

    def dce_sent(self, data: bytes) -> None:
        """Bytes of the DTE."""
        self._report.sent(data)

    def dce_signals(self, on: Signals) -> None:
        """Nothing: no lines come."""

    def pause_sending(self) -> None:
        """The DTE takes no more."""
        self._report.pause_sending()

    def resume_sending(self) -> None:
        """It takes bytes again."""
        self._report.resume_sending()
