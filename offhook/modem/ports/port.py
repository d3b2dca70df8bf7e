"""What every port is to the modem behind it, whatever carries the bytes.

The theory is that of a transport and its protocol: the port calls its listener from the event
loop, one call at a time; the listener may call the port back from inside such a call. Flow
control runs both ways: `pause_sending` tells the listener that the DTE takes its bytes too
slowly, `pause_reading` tells the port that nobody can take the DTE's.
"""

from typing import Protocol, runtime_checkable

from offhook.modem.rs232 import Framing, Signals


class PortError(Exception):
    """A port cannot be opened; the text says why and what to do about it."""


class PortListener(Protocol):
    """Who sits behind a port. Calls come from the event loop and must return at once."""

    def dte_sent(self, data: bytes) -> None:
        """Bytes from the DTE, never empty, in any chunking."""

    def dte_signals(self, on: Signals) -> None:
        """The DTE's outputs (DTR, RTS) changed to these; all it sent before has come as `dte_sent`."""

    def dte_rate(self, rate: int) -> None:
        """The DTE set its side to `rate` bit/s, never 0 (a rate of 0 is DTR off)."""

    def dte_break(self) -> None:
        """The DTE sent a break: its line was in space condition longer than a character."""

    def pause_sending(self) -> None:
        """The DTE takes bytes slower than they come: stop calling `send` soon."""

    def resume_sending(self) -> None:
        """The DTE has taken nearly all; send again."""


class Port(Protocol):
    """One serial line as the DCE has it."""

    @property
    def name(self) -> str:
        """What people call the port: a path or an address."""

    def start(self, listener: PortListener) -> None:
        """Open the port; needs a running event loop. Raises PortError."""

    def send(self, data: bytes) -> None:
        """Write bytes to the DTE after all earlier ones; never blocks and never raises."""

    def send_break(self) -> None:
        """Send the DTE a break, where the port can; it may overtake bytes."""

    def set_signals(self, on: Signals) -> None:
        """Set the DCE's outputs (DSR, CTS, DCD, RI) to exactly these, once earlier bytes are out."""

    def pause_reading(self) -> None:
        """Take no more bytes from the DTE; its signals and rate are still told."""

    def resume_reading(self) -> None:
        """Take the DTE's bytes again."""

    def close(self) -> None:
        """Close the port; idempotent. The listener hears nothing more."""


@runtime_checkable
class FramedPort(Port, Protocol):
    """A port that knows how its DTE frames characters."""

    @property
    def framing(self) -> Framing:
        """Of what the DTE sends now."""
