"""A number of an exchange with a far end at it in place of a modem: what the exchange is to the script."""

from collections.abc import Callable

from offhook.modem.hayes import CallerId
from offhook.testing.telephone import Ringing
from offhook.testing.waiting import Waiting
from offhook.virtual_lines.exchange import NORTH_AMERICA, CallRecord, Cause, Directory, Leg, Quality, Subscription
from offhook.virtual_lines.switchboard import Switchboard


class Extension:
    """A `FarLine` of a script, and a `Subscriber` of the switchboard. Lives on an event loop.

    `whom` is who is called where the script does not say.
    """

    refusals = frozenset({Cause.BUSY, Cause.NO_ANSWER, Cause.OUT_OF_SERVICE})
    may_be_silent = False

    def __init__(self, number: str, switchboard: Switchboard, directory: Directory, whom: Callable[[], str]) -> None:
        self._number = number
        self._switchboard = switchboard
        self._directory = directory
        self._whom = whom
        self._waiting = Waiting()
        self.stir = self._waiting.stir
        self.until = self._waiting.until
        self.dialled: list[str] = []
        """This number, once for each call that came to it."""
        self.calling = False
        self._leg: Leg | None = None
        self._outcome: Cause | None = None
        self._refusals: list[Cause] = []
        self._in_service = True

    # From the script.

    async def call(self, ringing: Ringing, line: Quality) -> Cause:
        """Dial the modem's number; as in `FarLine`. Raises `AssertionError` for one that is not to be had at all."""
        number = ringing.number or self._whom()
        if ringing.on is not None or ringing.off is not None:
            raise AssertionError("an exchange rings as it does: on and off are for a modem without one")
        self._leg = self._outcome = None
        self._is_on(line)
        self._switchboard.dial(self._number, number, ringing.caller)
        change = NORTH_AMERICA.change
        patience = (change(2 * ringing.times - 1) + change(2 * ringing.times)) / 2  # in the silence behind the last
        await self.until(lambda: self._outcome is not None, patience)
        outcome = self._outcome or Cause.NO_ANSWER
        if outcome is not Cause.NORMAL:
            self.on_hook()
        if outcome not in (Cause.NORMAL, Cause.BUSY, Cause.NO_ANSWER):
            raise AssertionError(f"{number} cannot be called: {outcome.value}")
        return outcome

    async def refuse_all(self, causes: list[Cause]) -> None:
        """Be busy, out of service or away for one call after the other."""
        self._refusals = causes
        self._be_as_wanted()
        await self.until(lambda: not causes)

    def silence(self) -> None:
        """Not to be had here: `may_be_silent` says so."""

    def connect(self, line: Quality) -> Leg:
        """Answer, or go on with the call that was placed; the far end's leg."""
        if self._leg is None:
            self._is_on(line)
            self._switchboard.answer(self._number)
        leg, self._leg = self._leg, None
        self.calling = False
        assert leg is not None, "nobody is calling any longer"
        return leg

    def on_hook(self) -> None:
        """The call is over on our side."""
        self._switchboard.hang_up(self._number)
        self.stir()

    def recorded(self, record: CallRecord) -> None:
        """A call of the exchange is over: it may be the one to this number that was to be refused.

        What is wanted next holds at once, for whoever was refused may call again in the same moment.
        """
        cause = Cause.NO_ANSWER if record.cause is Cause.ABANDONED else record.cause
        if record.destination == self._number and self._refusals[:1] == [cause]:
            del self._refusals[0]
            self._be_as_wanted()
            self.stir()

    def _be_as_wanted(self) -> None:
        cause = self._refusals[0] if self._refusals else None
        self._switchboard.make_busy(self._number, cause is Cause.BUSY)
        wanted = cause is not Cause.OUT_OF_SERVICE
        was, self._in_service = self._in_service, wanted  # before: the record of a call that ends by it comes meanwhile
        if wanted and not was:
            self._switchboard.plug_in(self._number, self)
        elif was and not wanted:
            self.calling = False  # that the call is over is told to nobody who is not there
            self._switchboard.unplug(self._number)

    def _is_on(self, line: Quality) -> None:
        self._directory.subscribe(self._number, Subscription(quality=None if line == Quality() else line))

    # From the switchboard: a `Subscriber`.

    def ring_began(self, caller: CallerId) -> None:
        """A burst: the first one is a call."""
        if not self.calling:
            self.calling = True
            self.dialled.append(self._number)
            self.stir()

    def ring_ended(self) -> None:
        """Another may follow."""

    def ring_stopped(self) -> None:
        """The modem has given up."""
        self.calling = False
        self.stir()

    def far_ringing(self) -> None:
        """The modem's line rings."""

    def joined(self, leg: Leg) -> None:
        """The call is up."""
        self._leg = leg
        self._outcome = Cause.NORMAL
        self.stir()

    def failed(self, cause: Cause) -> None:
        """The number called cannot be had."""
        self._outcome = cause
        self.stir()
