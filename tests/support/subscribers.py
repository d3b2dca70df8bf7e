"""Subscribers for tests of the switchboard and the trunks: they write down what they hear and hold their legs."""

from collections.abc import Callable

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import Cause, Leg
from offhook.virtual_lines.switchboard import CallFacts, TerminalFacts


class Holder:
    """A `Receiver` of a leg: keeps what comes, and attaches by itself."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg
        self.heard = bytearray()
        self.closed = False
        self.breaks = 0
        self.paused = False
        self.on_data: Callable[[bytes], None] = lambda data: None
        leg.attach(self)

    def far_sent(self, data: bytes) -> None:
        self.heard += data
        self.on_data(data)

    def far_break(self) -> None:
        self.breaks += 1

    def far_closed(self) -> None:
        self.closed = True

    def pause_sending(self) -> None:
        self.paused = True

    def resume_sending(self) -> None:
        self.paused = False


class FakeSubscriber:
    """A `Subscriber`; `react` is called with each word it hears, from within."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.call: Holder | None = None
        self.react: Callable[[object], None] = lambda word: None

    @property
    def up(self) -> Holder:
        assert self.call is not None, "no call is up"
        return self.call

    def ring_began(self, caller: CallerId) -> None:
        self._hear(caller)

    def ring_ended(self) -> None:
        self._hear("ring ended")

    def ring_stopped(self) -> None:
        self._hear("ring stopped")

    def far_ringing(self) -> None:
        self._hear("ringback")

    def joined(self, leg: Leg) -> None:
        self.call = Holder(leg)
        self._hear("joined")

    def failed(self, cause: Cause) -> None:
        self._hear(cause)

    def _hear(self, word: object) -> None:
        self.heard.append(word)
        self.react(word)


class FakeService:
    """An `Answerer` that keeps its calls and what it is told of their terminals."""

    def __init__(self) -> None:
        self.calls: list[tuple[Holder, CallFacts]] = []
        self.told: list[TerminalFacts] = []

    def __call__(self, leg: Leg, facts: CallFacts) -> None:
        facts.watch(self.told.append)
        self.calls.append((Holder(leg), facts))

    @property
    def last(self) -> Holder:
        return self.calls[-1][0]

    @property
    def facts(self) -> CallFacts:
        return self.calls[-1][1]
