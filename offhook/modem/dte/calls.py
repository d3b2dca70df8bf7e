"""A call by a real modem, from the dialling or answering to its end on either side."""

from offhook.modem.dte.bell import Bell, Ringing
from offhook.modem.dte.carrier_watch import CarrierWatch
from offhook.modem.dte.early_data import EarlyData
from offhook.modem.dte.events import EndCall, Failure, Join, PassOn, PutThrough, Refuse
from offhook.modem.dte.numbers import dialled
from offhook.modem.dte.replies import Connect
from offhook.modem.dte.states import CALLS, HANDSHAKES, State
from offhook.modem.dte.talk import Talk
from offhook.modem.dte.upkeep import Upkeep
from offhook.modem.rs232 import Signals

ANSWER_WITHIN = 75.0
"""Seconds for the two modems to agree after ATA."""
DIAL_WITHIN = 100.0
"""Seconds for a number to answer and the modems to agree."""
DCD_WITHOUT_CONNECT = 3.0
"""Seconds that DCD is on before a CONNECT nobody could read is taken as said."""
SETTLE = 0.5
"""Seconds of quiet after CONNECT: the far modem is told later than ours."""


class Calls:
    """The calls of one modem, one at a time."""

    def __init__(self, talk: Talk, upkeep: Upkeep, bell: Bell) -> None:
        self._talk = talk
        self._upkeep = upkeep
        self._bell = bell
        self._wanted = False  # the exchange waits for Join or Refuse
        self._dcd_was_off = False
        self._early = EarlyData(Connect())
        self.carrier: int | None = None
        """The rate that a line before CONNECT told, in bit/s."""
        self.watch = CarrierWatch(talk, False)

    # How a call begins.

    def answer(self) -> None:
        """The bell's time has come."""
        match self._bell.due():
            case Ringing.ANSWER:
                self._talk.send(b"ATA\r")
                self._talk.enter(State.ANSWERING, ANSWER_WITHIN)
            case Ringing.CALL_BACK:
                self._talk.note("the caller is one to be called back")
                self._dial(dialled(self._bell.caller.number or ""))
            case Ringing.OVER:
                self._talk.note("nobody rings any longer")
                self.idle()

    def want(self, number: str) -> None:
        """Dial, if it is a number that a modem can dial."""
        digits = dialled(number)
        if not digits:
            self._talk.do(Refuse(Failure.NO_NUMBER))
            return
        self._wanted = True
        self._bell.forget()
        self._dial(digits)

    def _dial(self, digits: str) -> None:
        self.carrier = None
        self._talk.send(f"AT{self._talk.settings.dial}{digits}\r".encode("ascii"))
        self._talk.enter(State.DIALLING, DIAL_WITHIN)

    def connected(self, connect: Connect) -> None:
        """CONNECT; one that nobody is waiting for is cleared, unless the modem answers by itself."""
        talk = self._talk
        if talk.state not in HANDSHAKES and not talk.settings.auto_answer:
            talk.note("CONNECT, and nobody answered: it is hung up on")
            self._upkeep.hang_up()
            return
        if self.carrier is not None:
            connect = Connect(self.carrier, connect.suffix)
        self._early = EarlyData(connect)
        self.watch = CarrierWatch(talk, self._dcd_was_off)
        self._dcd_was_off = False
        talk.enter(State.CONNECTED, SETTLE)

    def waited(self) -> None:
        """The time of a handshake is over, or DCD has been on for long without CONNECT."""
        talk = self._talk
        if self._dcd_was_off and Signals.DCD in talk.on:
            talk.note("DCD is on and no CONNECT could be read: the call is up")
            self.connected(Connect())
            return
        talk.note("no CONNECT in time")
        self.refuse(Failure.NO_ANSWER)
        self._upkeep.give_up()

    def failed(self, failure: Failure) -> None:
        """The modem says that there will be no call."""
        self._talk.note(f"no call: {failure.value}")
        self.refuse(failure)
        self.idle()

    # While it is up.

    def signals(self) -> None:
        """DCD matters in a call, and where a call is expected."""
        talk = self._talk
        if talk.state in CALLS:
            if self.watch.signals():
                self._ended("DCD fell")
        elif Signals.DCD not in talk.on:
            self._dcd_was_off = talk.lines
        elif talk.state in HANDSHAKES and self._dcd_was_off and talk.deadline is not None:
            talk.deadline = min(talk.deadline, talk.now + DCD_WITHOUT_CONNECT)

    def early_data(self, data: bytes) -> None:
        """Bytes right after CONNECT."""
        if self._early.heard(self._talk.reader.after_connect(data)):
            self._ended("NO CARRIER")

    def put_through(self) -> None:
        """The call has settled."""
        early = self._early
        self._talk.enter(State.ONLINE)
        if self._wanted:
            self._wanted = False
            self._talk.do(Join(early.connect))
        else:
            self._talk.do(PutThrough(self._bell.caller, early.connect))
        if early.data:
            self.data(early.data)

    def data(self, data: bytes) -> None:
        """Bytes of a call that has been put through."""
        passed, over = self.watch.heard(data)
        self._pass_on(passed)
        if over:
            self._ended("NO CARRIER")

    def doubt_over(self) -> None:
        """The time of the watch has come."""
        self._pass_on(self.watch.due())

    def _pass_on(self, data: bytes) -> None:
        if data:
            self._talk.do(PassOn(data))

    # How it ends.

    def hang_up(self) -> None:
        """It is over on our side, or not wanted any longer."""
        self._wanted = False
        if self._talk.state in CALLS:
            self._upkeep.hang_up(drain=True)
        else:
            self._upkeep.give_up()

    def _ended(self, why: str) -> None:
        """The far end has gone; the modem is seen to all the same."""
        self._tell_end(why)
        self._upkeep.hang_up()

    def lost(self) -> None:
        """The modem has gone, and the call with it."""
        self._tell_end("the modem is gone")
        self._dcd_was_off = False
        self._upkeep.stop()

    def _tell_end(self, why: str) -> None:
        if self._talk.state is State.ONLINE:
            self._talk.do(EndCall(why))
        self.refuse(Failure.NO_CARRIER)

    def refuse(self, failure: Failure) -> None:
        """Tell who waits for a call, if anybody does."""
        if self._wanted:
            self._wanted = False
            self._talk.do(Refuse(failure))

    def idle(self) -> None:
        """Wait for the next one."""
        self._bell.forget()
        self.carrier = None
        self._upkeep.idle()
