"""The way to a real modem, whatever carries it: what a DTE has of the cable.

Our DTR and RTS are the modem's inputs, and its DSR, CTS, DCD and RI ours.
"""

from collections.abc import Callable
from typing import Protocol

from offhook.modem.rs232 import Signals


class DteListener(Protocol):
    """Who uses the modem. Calls come from the event loop and must return at once."""

    def dce_came(self, lines: bool) -> None:
        """The port is open; `lines`: it has modem lines, which `dce_signals` tells next."""

    def dce_went(self) -> None:
        """It has gone; it is looked for."""

    def dce_sent(self, data: bytes) -> None:
        """Bytes of the modem, never empty, in any chunking."""

    def dce_signals(self, on: Signals) -> None:
        """The modem's outputs changed to these; what it had sent before has come as `dce_sent`."""

    def pause_sending(self) -> None:
        """The modem takes bytes slower than they come: stop calling `send` soon."""

    def resume_sending(self) -> None:
        """It has taken nearly all; send again."""


class ModemPort(Protocol):
    """One modem as its DTE has it."""

    @property
    def name(self) -> str:
        """What people call the port: a path or an address."""

    def start(self, listener: DteListener) -> None:
        """Open the port; needs a running event loop. One that is not to be had is waited for, or raises PortError."""

    def send(self, data: bytes) -> None:
        """Write to the modem; dropped while there is none."""

    def send_break(self) -> None:
        """Send the modem a break."""

    def set_outputs(self, on: Signals) -> None:
        """Set DTR and RTS, at once."""

    def once_sent(self, then: Callable[[], None]) -> None:
        """Call `then` when all that was sent is out, after half a minute at the latest."""

    def pause_reading(self) -> None:
        """Take no more bytes of the modem."""

    def resume_reading(self) -> None:
        """Take bytes again."""

    def close(self) -> None:
        """Drop DTR, which hangs up, and let go of the port; idempotent. The listener hears nothing more."""
