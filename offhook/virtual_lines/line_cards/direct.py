"""A line card with a terminal on a cable: a port, the terminal's line and one leg of a call; there is no modem."""

import logging

from offhook.modem.hayes import CallerId
from offhook.modem.ports import Port
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.direct import (
    Action,
    Call,
    CallEnded,
    CallUp,
    Event,
    HangUp,
    Note,
    PassOn,
    SendBreak,
    SendToTerminal,
    ShowCarrier,
    TerminalBroke,
    TerminalLine,
    TerminalSent,
    TerminalSignals,
    Tick,
    ToTerminal,
)
from offhook.virtual_lines.exchange import Cause, Leg
from offhook.virtual_lines.line_cards.driven import Driven
from offhook.virtual_lines.line_cards.far_end import FarEnd
from offhook.virtual_lines.line_cards.partners import Entries, OuterExchange
from offhook.virtual_lines.switchboard import TerminalFacts

log = logging.getLogger(__name__)

NOT_NOW = b"\r\nNobody can be reached now.\r\n"
_HERE = Signals.DSR | Signals.CTS


class DirectLineCard:
    """Joins the terminal on `port` to `line` of the exchange, to call `number`.

    A `PortListener` of the port and a `Subscriber` of the switchboard.
    """

    def __init__(
        self,
        line: str,
        port: Port,
        terminal: TerminalLine,
        exchange: OuterExchange,
        number: str,
        trace: Entries | None = None,
    ) -> None:
        self.line = line
        self._port = port
        self._terminal = terminal
        self._exchange = exchange
        self._number = number
        self._traced = trace is not None
        self._driven: Driven[Event, Action] = Driven(line, terminal, Tick(), self._carry_out, trace)
        self._far: FarEnd | None = None
        self._calling = False

    def start(self) -> None:
        """Open the port; needs a running event loop. Raises PortError."""
        self._driven.start()
        self._port.start(self)
        self._port.set_signals(_HERE | Signals.DCD)

    def close(self) -> None:
        """End the call and close the port; idempotent."""
        self._driven.stop()
        self._hang_up()
        self._port.close()

    # From the port: a PortListener.

    def dte_sent(self, data: bytes) -> None:
        """Keys."""
        far = self._far
        if far is not None and self._terminal.passes and not self._traced and not self._driven.busy:
            far.leg.send(data)
        else:
            self._driven.happened(TerminalSent(data))

    def dte_signals(self, on: Signals) -> None:
        """The terminal was switched on or off."""
        self._driven.happened(TerminalSignals(Signals.DTR in on))

    def dte_rate(self, rate: int) -> None:
        """Its rate."""
        self._exchange.learned(self.line, TerminalFacts(rate=rate))

    def dte_break(self) -> None:
        """Its break key."""
        self._driven.happened(TerminalBroke())

    def pause_sending(self) -> None:
        """It is slow: let the far end wait."""
        if self._far is not None:
            self._far.leg.pause()

    def resume_sending(self) -> None:
        """It takes bytes again."""
        if self._far is not None:
            self._far.leg.resume()

    # From the switchboard: a Subscriber.

    def ring_began(self, caller: CallerId) -> None:
        """A terminal has no bell, and no number."""

    def ring_ended(self) -> None:
        """As `ring_began`."""

    def ring_stopped(self) -> None:
        """As `ring_began`."""

    def far_ringing(self) -> None:
        """The number rings."""

    def joined(self, leg: Leg) -> None:
        """The call is up; one that nobody waits for any longer is closed."""
        if not self._calling or self._far is not None:
            leg.close()
            return
        far = self._far = FarEnd(leg, self._port, self._far_sent, self._far_closed)
        self._driven.happened(CallUp())
        if self._far is far:
            leg.attach(far)

    def failed(self, cause: Cause) -> None:
        """The number cannot be had."""
        log.warning("%s: %s cannot be had: %s", self.line, self._number, cause.value)
        self._driven.happened(CallEnded(NOT_NOW))

    # What the line wants.

    def _carry_out(self, action: Action) -> None:
        match action:
            case Call():
                self._calling = True
                self._exchange.dial(self.line, self._number)
            case HangUp():
                self._hang_up()
            case PassOn(data):
                if self._far is not None:
                    self._far.leg.send(data)
            case SendBreak():
                if self._far is not None:
                    self._far.leg.send_break()
            case SendToTerminal(data):
                self._port.send(data)
            case ShowCarrier(on):
                self._port.set_signals(_HERE | Signals.DCD if on else _HERE)
            case Note(text):
                log.debug("%s: %s", self.line, text)

    def _far_sent(self, data: bytes) -> None:
        if self._terminal.passes and not self._traced and not self._driven.busy:
            self._port.send(data)
        else:
            self._driven.happened(ToTerminal(data))

    def _far_closed(self, far: FarEnd) -> None:
        if far is self._far:
            self._driven.happened(CallEnded())

    def _hang_up(self) -> None:
        far, self._far = self._far, None
        if far is not None:
            far.leg.close()
            self._port.resume_reading()
        if self._calling:
            self._calling = False
            self._exchange.hang_up(self.line)
