"""What a port tells its listener: every change once, and nothing before the start or after the close."""

from offhook.modem.ports.port import PortListener
from offhook.modem.rs232 import Signals


class Report:
    """Stands between a port and its listener; silent while `listener` is None."""

    def __init__(self) -> None:
        self.listener: PortListener | None = None
        self._rate = 0
        self._on = Signals.NONE

    def begin(self, listener: PortListener) -> None:
        """Tell `listener` from now on; first, that nobody is there."""
        self.listener = listener
        listener.dte_signals(Signals.NONE)

    def sent(self, data: bytes) -> None:
        """Tell of bytes, if there are any."""
        if data and self.listener:
            self.listener.dte_sent(data)

    def rate(self, rate: int) -> None:
        """Tell of a rate in bit/s, if it is another."""
        if rate != self._rate and self.listener:
            self._rate = rate
            self.listener.dte_rate(rate)

    def signals(self, on: Signals) -> None:
        """Tell of DTR and RTS, if they are others."""
        if on != self._on and self.listener:
            self._on = on
            self.listener.dte_signals(on)

    def broke(self) -> None:
        """Tell of a break."""
        if self.listener:
            self.listener.dte_break()

    def pause_sending(self) -> None:
        """Tell that the DTE takes no more."""
        if self.listener:
            self.listener.pause_sending()

    def resume_sending(self) -> None:
        """Tell that the DTE takes bytes again."""
        if self.listener:
            self.listener.resume_sending()
