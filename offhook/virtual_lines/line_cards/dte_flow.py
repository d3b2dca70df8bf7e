"""The DTE's bytes while the far end takes no more: they wait in its port, and the modem is told.

A DTE that has sent XOFF is heard on for a while, since its XON is among its bytes: a far end that waits for the DTE
before it takes more, as one that echoes, would wait for ever.
"""

from collections.abc import Callable

from offhook.modem.hayes import Event, FarDrained, FarFilled
from offhook.modem.ports import Port
from offhook.virtual_lines.line_cards.partners import Modem

FOR_AN_XON = 128 * 1024
"""Bytes beyond the slack that go into a stalled call in search of an XON: what a socket has on its way."""


class DteFlow:
    """Acts on the port of one card; `happened` takes what the modem is told."""

    def __init__(self, port: Port, modem: Modem, happened: Callable[[Event], None]) -> None:
        self._port = port
        self._modem = modem
        self._happened = happened
        self._stalled = False
        self._paused = False

    def stall(self, beyond: int) -> None:
        """The far end takes no more, and has `beyond` bytes more than it was to have."""
        heard = beyond < FOR_AN_XON and self._modem.awaits_xon
        if self._paused or (heard and self._stalled):
            return
        self._stalled = True
        if not heard:
            self._paused = True
            self._port.pause_reading()
        self._tell(FarFilled(heard))

    def go_on(self) -> None:
        """It takes bytes again, or there is none any longer."""
        if not self._stalled:
            return
        self._stalled = False
        if self._paused:
            self._paused = False
            self._port.resume_reading()
        self._tell(FarDrained())

    def _tell(self, event: Event) -> None:
        """Tell the modem, where it makes something of it: else it costs time."""
        if self._modem.shows_cts:
            self._happened(event)
