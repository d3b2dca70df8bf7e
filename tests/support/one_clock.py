"""Our DTE and a modem of ours in one clock turned by hand: a `Dialogue` on a cable, a `HayesModem` at its other end."""

from offhook.modem.dte import Action as DteAction
from offhook.modem.dte import (
    AllSent,
    BreakToDce,
    DceCame,
    DceSent,
    DceSignals,
    Drain,
    DteSettings,
    SendToDce,
    SetDteSignals,
    State,
    Tick,
)
from offhook.modem.hayes import Action as DceAction
from offhook.modem.hayes import (
    Answer,
    CallerId,
    Dial,
    DteBreak,
    DteSent,
    DteSignals,
    Event,
    FarAnswered,
    HangUp,
    RingBegan,
    RingEnded,
    SendToDte,
    SendToFar,
    SetSignals,
    Settings,
)
from offhook.modem.hayes import Tick as DceTick
from tests.support.dte_driver import DteDriver
from tests.support.modem_driver import ModemDriver


class OneClock:
    """`lines`: the cable has the modem's lines; `dtr`: it has DTR too."""

    def __init__(
        self, settings: DteSettings, modem: Settings | None = None, *, lines: bool = True, dtr: bool = True
    ) -> None:
        self.dce = ModemDriver(modem)
        self.dte = DteDriver(settings, self._dte_wants)
        self._lines = lines
        self._dtr = dtr
        self.far = b""
        self.answered = self.hung_up = 0
        self.dialled: list[str] = []
        self._crossing: list[DteAction] = []

    def plug_in(self) -> None:
        """Until the modem is set up."""
        self.dte.now = self.dce.now
        self.dte.tell(DceCame(self._lines))
        if self._lines:
            self.dte.tell(DceSignals(self.dce.signals))
        self._settle()
        self.run_until(State.IDLE)

    def _dte_wants(self, action: DteAction) -> None:
        self._crossing.append(action)

    def tell_modem(self, event: Event) -> None:
        """Something happened to the modem at the exchange."""
        self._modem_did(self.dce.tell(event))
        self._settle()

    def _settle(self) -> None:
        while self._crossing:
            match self._crossing.pop(0):
                case SendToDce(data):
                    self._modem_did(self.dce.tell(DteSent(data)))
                case SetDteSignals(on) if self._dtr:
                    self._modem_did(self.dce.tell(DteSignals(on)))
                case BreakToDce():
                    self._modem_did(self.dce.tell(DteBreak()))
                case Drain():
                    self.dte.tell(AllSent())

    def _modem_did(self, actions: list[DceAction]) -> None:
        for action in actions:
            match action:
                case SendToDte(data):
                    self.dte.tell(DceSent(data))
                case SetSignals(on) if self._lines:
                    self.dte.tell(DceSignals(on))
                case SendToFar(data):
                    self.far += data
                case Answer():
                    self.answered += 1
                case HangUp():
                    self.hung_up += 1
                case Dial(string):
                    self.dialled.append(string.wanted)

    def wait(self, seconds: float) -> None:
        """Let time pass for both."""
        until = self.dce.now + seconds
        while True:
            deadlines = [each for each in (self.dce.modem.deadline, self.dte.dialogue.deadline) if each is not None]
            now = min([*deadlines, until])
            now = max(now, self.dce.now)
            self.dce.now = self.dte.now = now
            if now >= until:
                break
            if self.dce.modem.deadline is not None and self.dce.modem.deadline <= now:
                self._modem_did(self.dce.tell(DceTick()))
            if self.dte.dialogue.deadline is not None and self.dte.dialogue.deadline <= now:
                self.dte.tell(Tick())
            self._settle()

    def run_until(self, state: State, most: float = 120.0) -> None:
        """Let time pass until the dialogue is in `state`."""
        for _ in range(int(most / 0.1)):
            if self.dte.state is state:
                return
            self.wait(0.1)
        raise AssertionError(f"the dialogue is {self.dte.state.value}, not {state.value}: {self.dte.log[-8:]}")

    def ring(self, bursts: int, caller: CallerId) -> None:
        """The exchange rings, until it is answered."""
        for _ in range(bursts):
            self.tell_modem(RingBegan(caller))
            self.wait(2.0)
            if self.answered:
                break
            self.tell_modem(RingEnded())
            self.wait(4.0)

    def answer(self) -> None:
        """The exchange joins the call."""
        self.tell_modem(FarAnswered(2400))
