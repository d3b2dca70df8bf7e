"""A line card with a modem of its own: a port, a `HayesModem` and one leg of a call.

What happens to the port, at the switchboard, on the leg and on the clock becomes an event; the modem
answers with actions and the card carries them out. What happens while it does so waits in the inbox:
the modem is never entered twice.

Bulk does not pay for the machine: while a call is up the modem is only asked whether a chunk passes, and then
the chunk goes straight on. With a trace every chunk is an event, so that the record is whole.

The far end's bytes are held back while the modem wants it (`HoldFar`) or the DTE is slow, whichever
lasts longer. A DTE that sends faster than the far end takes is paused only after a little more has gone
into the stalled call: an escape sequence typed by hand still reaches the modem, and DTR always does.
"""

import asyncio
from collections import deque
from dataclasses import replace
from datetime import datetime

from offhook.modem.hayes import (
    Action,
    Answer,
    BreakToDte,
    BreakToFar,
    CallerId,
    CarrierLost,
    Dial,
    DteBreak,
    DteRate,
    DteSent,
    DteSignals,
    Event,
    FarAnswered,
    FarBarred,
    FarBreak,
    FarBusy,
    FarNoAnswer,
    FarRinging,
    FarSent,
    FarUnobtainable,
    HangUp,
    HoldFar,
    KeepNumber,
    KeepProfiles,
    LetHear,
    NoDialTone,
    Note,
    ReleaseFar,
    RingBegan,
    RingEnded,
    RingStopped,
    SeizeLine,
    SendToDte,
    SendToFar,
    SetSignals,
    Tick,
)
from offhook.modem.ports import Port
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.charsets import CHARSETS, Translation, translation
from offhook.virtual_lines.exchange import Cause, Leg
from offhook.virtual_lines.line_cards.dte_flow import DteFlow
from offhook.virtual_lines.line_cards.partners import Bystanders, Ear, Exchange, Keeper, Modem
from offhook.virtual_lines.line_cards.trace import Trace
from offhook.virtual_lines.switchboard import TerminalFacts

SLACK = 4096
"""Bytes a DTE may still send into a call whose far end takes no more."""


class _FarEnd:
    """The card's hold on the leg of one call: a `Receiver`."""

    def __init__(self, card: "EmulatedLineCard", leg: Leg, translated: Translation | None) -> None:
        self._card = card
        self.leg = leg
        self._translated = translated
        self.full = False
        self.slack = SLACK

    def far_sent(self, data: bytes) -> None:
        if self._translated is not None:
            data = self._translated.to_machine(data)
        if data:
            self._card._far_sent(data)

    def send(self, data: bytes) -> bool:
        """Send; whether it has now had all that it is to have while it takes nothing."""
        self.leg.send(data if self._translated is None else self._translated.from_machine(data))
        if self.full:
            self.slack -= len(data)
        return self.full and self.slack <= 0

    def far_break(self) -> None:
        self._card.happened(FarBreak())

    def far_closed(self) -> None:
        self._card.happened(CarrierLost())

    def pause_sending(self) -> None:
        self.full = True
        self.slack = SLACK

    def resume_sending(self) -> None:
        self.full = False
        self._card._dte.go_on()


class EmulatedLineCard:
    """Joins `port` by `modem` to `line` of the exchange. A `Subscriber` there, a `PortListener` here."""

    def __init__(
        self,
        line: str,
        port: Port,
        modem: Modem,
        exchange: Exchange,
        trace: Trace | None = None,
        keeper: Keeper | None = None,
        charset: str | None = None,
        ear: Ear | None = None,
    ) -> None:
        """`charset` is that of the machine on the line, if it is an old one's."""
        self.line = line
        self._port = port
        self._modem = modem
        self._exchange = exchange
        self.trace = trace
        self._bystanders = Bystanders(line, modem, keeper, ear)
        self._charset = charset
        self._inbox: deque[Event] = deque()
        self._busy = False
        self._started = False
        self._far: _FarEnd | None = None
        self._off_hook = False
        self._held = False  # the modem wants no bytes from the far end
        self._slow = False  # the DTE takes no bytes
        self._dte = DteFlow(port, modem, self.happened)
        self._passing = False  # a call is up
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Open the port; needs a running event loop. Raises PortError."""
        self._loop = asyncio.get_running_loop()
        self._started = True
        try:
            self._port.start(self)
        except BaseException:  # raised again: a card whose port did not open is not started
            self._started = False
            raise
        self._port.set_signals(self._modem.signals)
        if self._charset is not None:
            self._exchange.learned(self.line, _facts(self._charset))

    def close(self) -> None:
        """Hang up and close the port; idempotent."""
        if not self._started:
            return
        self._started = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._hang_up()
        self._port.close()

    # From the port: a PortListener.

    def dte_sent(self, data: bytes) -> None:
        """Bytes from the DTE."""
        quick = self._passing and self.trace is None and not self._busy
        if quick and self._modem.online_chunk(data, self._loop.time()):
            self._send_far(data)
        else:
            self.happened(DteSent(data))

    def dte_signals(self, on: Signals) -> None:
        """The DTE's outputs changed."""
        self.happened(DteSignals(on))
        self._exchange.attended(self.line, Signals.DTR in on)

    def dte_rate(self, rate: int) -> None:
        """The DTE changed its rate."""
        self.happened(DteRate(rate))
        self._exchange.learned(self.line, _facts(self._charset, rate))

    def dte_break(self) -> None:
        """The DTE sent a break."""
        self.happened(DteBreak())

    def pause_sending(self) -> None:
        """The DTE is slow: let the far end wait."""
        self._slow = True
        self._balance()

    def resume_sending(self) -> None:
        """The DTE takes bytes again."""
        self._slow = False
        self._balance()

    # From the switchboard: a Subscriber.

    def ring_began(self, caller: CallerId) -> None:
        """A burst of ringing begins."""
        now = datetime.now()
        self.happened(RingBegan(replace(caller, date=f"{now:%m%d}", time=f"{now:%H%M}")))

    def ring_ended(self) -> None:
        """The burst is over."""
        self.happened(RingEnded())

    def ring_stopped(self) -> None:
        """No more bursts: the caller gave up, or the call was taken elsewhere."""
        self.happened(RingStopped())

    def far_ringing(self) -> None:
        """The number dialled rings."""
        self.happened(FarRinging())

    def joined(self, leg: Leg) -> None:
        """The call is up. A leg that comes when the line is on-hook again is closed."""
        if not self._off_hook or self._far is not None:
            leg.close()
            return
        self._far = _FarEnd(self, leg, translation(self._charset, leg.far_charset))
        sent, heard = leg.ways or (None, leg.rate)
        self.happened(FarAnswered(heard, sent))

    def failed(self, cause: Cause) -> None:
        """The number dialled cannot be had."""
        self.happened(_failure(cause))

    # Events in, actions out.

    def _far_sent(self, data: bytes) -> None:
        if self._passing and self.trace is None and not self._busy and self._modem.far_passes:
            self._port.send(data)
        else:
            self.happened(FarSent(data))

    def happened(self, event: Event) -> None:
        """Something happened to the modem; what happens while it acts waits its turn."""
        if not self._started:
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
        self._arm()

    def _handle(self, event: Event) -> None:
        if isinstance(event, FarAnswered) and self._far is None:
            return  # hung up while the answer waited in the inbox
        now = self._loop.time()
        if self.trace:
            self.trace.event(self.line, now, event)
        for action in self._modem.handle(event, now):
            if self.trace:
                self.trace.action(self.line, now, action)
            self._carry_out(action)
        if isinstance(event, FarAnswered) and self._far is not None:
            self._passing = True
            self._balance()
            self._far.leg.attach(self._far)  # not before: its bytes come after the answer

    def _carry_out(self, action: Action) -> None:
        match action:
            case SendToDte(data):
                self._port.send(data)
            case SendToFar(data):
                self._send_far(data)
            case BreakToDte():
                self._port.send_break()
            case BreakToFar():
                if self._far is not None:
                    self._far.leg.send_break()
            case SetSignals(on):
                self._port.set_signals(on)
            case SeizeLine():
                self._off_hook = True
                self._exchange.seize(self.line)
            case Dial(string):
                self._off_hook = True
                self._exchange.dial(self.line, string.wanted)
            case Answer():
                self._off_hook = True
                self._exchange.answer(self.line)
            case HangUp():
                self._hang_up()
            case HoldFar():
                self._held = True
                self._balance()
            case ReleaseFar():
                self._held = False
                self._balance()
            case KeepProfiles() | KeepNumber() | LetHear() | Note():
                self._bystanders.told(action)

    def _hang_up(self) -> None:
        if self._far is not None:
            far, self._far = self._far, None
            self._passing = False
            far.leg.close()
            self._dte.go_on()
        self._held = False
        if self._off_hook:
            self._off_hook = False
            self._exchange.hang_up(self.line)

    # Flow control.

    def _send_far(self, data: bytes) -> None:
        if self._far is not None and self._far.send(data):
            self._dte.stall(-self._far.slack)

    def _balance(self) -> None:
        """Hold the far end while the modem or the DTE cannot take its bytes."""
        if self._far is None:
            return
        if self._held or self._slow:
            self._far.leg.pause()
        else:
            self._far.leg.resume()

    # The clock.

    def _arm(self) -> None:
        """One timer; one that is due too early stays and is set anew when it comes."""
        deadline = self._modem.deadline
        if self._timer is not None:
            if deadline is not None and self._timer.when() <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None and self._started:
            self._timer = self._loop.call_at(deadline, self._time)

    def _time(self) -> None:
        self._timer = None
        deadline = self._modem.deadline
        if deadline is not None and deadline <= self._loop.time():
            self.happened(Tick())
        else:
            self._arm()


def _facts(charset: str | None, rate: int | None = None) -> TerminalFacts:
    """What is known of a terminal by its charset and the rate of its line."""
    if charset is None:
        return TerminalFacts(rate=rate)
    usual = CHARSETS[charset]
    return TerminalFacts(usual.terminal_type, usual.columns, usual.rows, rate=rate)


def _failure(cause: Cause) -> Event:
    """How the modem is told why a number cannot be had."""
    match cause:
        case Cause.BUSY | Cause.CONGESTION:
            return FarBusy()
        case Cause.NO_ANSWER:
            return FarNoAnswer()
        case Cause.NO_ROUTE:
            return NoDialTone()
        case Cause.BARRED:
            return FarBarred()
    return FarUnobtainable()
