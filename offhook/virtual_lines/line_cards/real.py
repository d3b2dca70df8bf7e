"""A line card with a real modem: a port to it, the dialogue that runs it, and one leg for each call.

A call that comes in is answered first and then put through to a number of the exchange, as if the caller had dialled it
there. A call from the exchange to the telephone network is placed like one to any host outside: the card is a
`Carrier`.
"""

import logging

from offhook.modem.dte import (
    Action,
    AllSent,
    BreakToDce,
    CallWanted,
    DceCame,
    DceSent,
    DceSignals,
    DceWent,
    Dialogue,
    Drain,
    EndCall,
    Event,
    Failure,
    HangUpWanted,
    Join,
    Note,
    PassOn,
    PutThrough,
    Refuse,
    SendToDce,
    SetDteSignals,
    ShowReady,
    Tick,
)
from offhook.modem.hayes import CallerId
from offhook.modem.ports import ModemPort
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.exchange import Away, Cause, Leg, Route
from offhook.virtual_lines.line_cards.driven import Driven
from offhook.virtual_lines.line_cards.far_end import FarEnd
from offhook.virtual_lines.line_cards.partners import Entries, OuterExchange
from offhook.virtual_lines.switchboard import CallFacts, TerminalFacts

log = logging.getLogger(__name__)

NOT_NOW = b"\r\nYour call cannot be put through now. Please call later.\r\n"
MOST_EARLY = 16384
"""Bytes of a caller that are kept while the call is put through; the port is not read meanwhile."""
_CAUSES = {
    Failure.BUSY: Cause.BUSY,
    Failure.NO_ANSWER: Cause.NO_ANSWER,
    Failure.NO_DIALTONE: Cause.NO_ROUTE,
    Failure.NO_CARRIER: Cause.REJECTED,
    Failure.BARRED: Cause.BARRED,
    Failure.NO_NUMBER: Cause.UNOBTAINABLE,
    Failure.IN_USE: Cause.CONGESTION,
    Failure.NOT_READY: Cause.OUT_OF_SERVICE,
}


class _Placed:
    """A call through the modem that is being placed for a line of the exchange: an `OutsideCall`."""

    def __init__(self, card: "RealLineCard", line: str) -> None:
        self._card = card
        self.line = line

    def connected(self, leg: Leg) -> None:
        self._card._join(leg)

    def give_up(self) -> None:
        self._card._given_up(self)


class RealLineCard:
    """Joins the modem on `port` to `line` of the exchange; calls that come in go to `number`.

    A `DteListener` of the port, a `Subscriber` and a `Carrier` of the switchboard.
    """

    def __init__(
        self,
        line: str,
        port: ModemPort,
        dialogue: Dialogue,
        exchange: OuterExchange,
        number: str,
        trace: Entries | None = None,
    ) -> None:
        self.line = line
        self._port = port
        self._dialogue = dialogue
        self._exchange = exchange
        self._number = number
        self._driven: Driven[Event, Action] = Driven(line, dialogue, Tick(), self._carry_out, trace)
        self._traced = trace is not None
        self._far: FarEnd | None = None
        self._placed: _Placed | None = None
        self._inward = False
        self._early = b""

    def start(self) -> None:
        """Open the port; needs a running event loop. Raises PortError."""
        self._driven.start()
        self._port.start(self)

    def close(self) -> None:
        """Hang up and close the port; idempotent."""
        self._driven.stop()
        self._end_call()
        self._port.close()

    # From the port: a DteListener.

    def dce_came(self, lines: bool) -> None:
        """The modem is there."""
        self._driven.happened(DceCame(lines))

    def dce_went(self) -> None:
        """The modem has gone."""
        self._driven.happened(DceWent())

    def dce_sent(self, data: bytes) -> None:
        """Bytes of the modem: data of a call go straight on."""
        far = self._far
        if far is not None and not self._traced and not self._driven.busy and self._dialogue.far_chunk(data):
            far.leg.send(data)
        else:
            self._driven.happened(DceSent(data))

    def dce_signals(self, on: Signals) -> None:
        """The modem's lines changed."""
        self._driven.happened(DceSignals(on))

    def pause_sending(self) -> None:
        """The modem is slow: let the far end wait."""
        if self._far is not None:
            self._far.leg.pause()

    def resume_sending(self) -> None:
        """The modem takes bytes again."""
        if self._far is not None:
            self._far.leg.resume()

    # From the switchboard: a Subscriber, for calls that come in by the modem.

    def ring_began(self, caller: CallerId) -> None:
        """Nobody at the exchange has the number of the modem's line."""

    def ring_ended(self) -> None:
        """As `ring_began`."""

    def ring_stopped(self) -> None:
        """As `ring_began`."""

    def far_ringing(self) -> None:
        """The number that the caller is put through to rings."""

    def joined(self, leg: Leg) -> None:
        """The caller has been put through."""
        if self._inward and self._far is None:
            self._join(leg)
        else:
            leg.close()

    def failed(self, cause: Cause) -> None:
        """The caller cannot be put through."""
        log.warning("%s: a caller could not be put through to %s: %s", self.line, self._number, cause.value)
        self._port.resume_reading()
        self._port.send(NOT_NOW)
        self._end_call()
        self._driven.happened(HangUpWanted())

    # From the switchboard: a Carrier, for calls that go out by the modem.

    def place(self, line: str, route: Away, facts: CallFacts) -> _Placed:
        """Dial the route's number for `line`."""
        placed = _Placed(self, line)
        if self._placed is not None or self._inward or self._far is not None:
            self._exchange.unreachable(line, Cause.CONGESTION)
            return placed
        self._placed = placed
        self._driven.happened(CallWanted(route.number if isinstance(route, Route) else ""))
        return placed

    def _given_up(self, placed: _Placed) -> None:
        if placed is self._placed:
            self._placed = None
            self._driven.happened(HangUpWanted())

    # What the dialogue wants.

    def _carry_out(self, action: Action) -> None:
        match action:
            case SendToDce(data):
                self._port.send(data)
            case SetDteSignals(on):
                self._port.set_outputs(on)
            case BreakToDce():
                self._port.send_break()
            case Drain():
                self._port.once_sent(lambda: self._driven.happened(AllSent()))
            case PassOn(data):
                if self._far is not None:
                    self._far.leg.send(data)
                else:
                    self._early = (self._early + data)[:MOST_EARLY]
            case PutThrough(caller, connect):
                log.info("%s: a call from %s, %s", self.line, caller.number or "an unknown number", connect)
                self._inward = True
                self._port.pause_reading()
                self._exchange.learned(self.line, TerminalFacts(rate=connect.rate))
                self._exchange.dial(self.line, self._number, caller)
            case Join():
                self._port.pause_reading()
                self._reached()
            case Refuse(failure):
                self._refused(failure)
            case EndCall(why):
                log.info("%s: the call has ended: %s", self.line, why)
                self._end_call()
            case ShowReady(ready):
                log.info("%s: the modem is %s", self.line, "ready" if ready else "not idle")
            case Note(text):
                log.info("%s: %s", self.line, text)

    # Calls.

    def _reached(self) -> None:
        if self._placed is not None:
            self._exchange.reached(self._placed.line)

    def _refused(self, failure: Failure) -> None:
        placed, self._placed = self._placed, None
        if placed is not None:
            self._exchange.unreachable(placed.line, _CAUSES[failure])

    def _join(self, leg: Leg) -> None:
        self._placed = None
        far = self._far = FarEnd(leg, self._port, self._port.send, self._far_closed)
        self._port.resume_reading()
        leg.attach(far)
        early, self._early = self._early, b""
        if early and self._far is far:
            leg.send(early)

    def _far_closed(self, far: FarEnd) -> None:
        if far is self._far:
            self._end_call()
            self._driven.happened(HangUpWanted())

    def _end_call(self) -> None:
        far, self._far = self._far, None
        if far is not None:
            far.leg.close()
        self._early = b""
        self._port.resume_reading()
        self._refused(Failure.NO_CARRIER)
        if self._inward:
            self._inward = False
            self._exchange.hang_up(self.line)
