"""The dialogue with modems as their makers' papers write them down, the bytes cut, lost and garbled at every point."""

import pytest

from offhook.modem.dte import Action as DteAction
from offhook.modem.dte import DceCame, DceSignals, EndCall, PutThrough, SendToDce, State
from offhook.modem.rs232 import Signals
from tests.support.dte_driver import DteDriver
from tests.support.recorded_modem import NAMES, RecordedModem

GAP = 0.3
"""Seconds between the two halves of what has been cut."""


class Session:
    """One modem and our dialogue, from the set-up to the end of a call. `spoilt` changes what crosses at one point."""

    def __init__(self, name: str, at: int = -1, spoil: str = "cut") -> None:
        self.modem = RecordedModem(name)
        self._at = at
        self._spoil = spoil
        self.crossed = 0
        self._queue: list[bytes] = []
        self.driver = DteDriver(modem=self._wanted)

    def _wanted(self, action: DteAction) -> None:
        if isinstance(action, SendToDce):
            self._queue.append(self.modem.answer(action.data))

    def say(self, data: bytes) -> None:
        """The modem says this."""
        start, self.crossed = self.crossed, self.crossed + len(data)
        if not start <= self._at < self.crossed:
            if data:
                self.driver.hear(data)
            return
        first, rest = data[: self._at - start], data[self._at - start :]
        if self._spoil == "lose":
            rest = rest[1:]
        elif self._spoil == "garble":
            rest = bytes([rest[0] ^ 0x55]) + rest[1:]
        if first:
            self.driver.hear(first)
        self.wait(GAP)
        if rest:
            self.driver.hear(rest)

    def wait(self, seconds: float) -> None:
        """Let time pass; what the modem has to say comes at once."""
        until = self.driver.now + seconds
        while self.driver.now < until:
            while self._queue:
                self.say(self._queue.pop(0))
            deadline = self.driver.dialogue.deadline
            step = until if deadline is None else min(until, max(deadline, self.driver.now))
            self.driver.wait(step - self.driver.now)

    def run(self) -> None:
        """Set it up, have it called twice ring by ring, answered, and cleared by the caller."""
        driver = self.driver
        driver.tell(DceCame(lines=True))
        driver.tell(DceSignals(Signals.DSR | Signals.CTS))
        self.wait(45)
        for _ in range(2):
            self.say(self.modem.ring)
            self.wait(6)
        driver.tell(DceSignals(Signals.DSR | Signals.CTS | Signals.DCD))
        self.say(self.modem.connect)
        self.wait(4)
        self.say(b"hello, world\r")
        self.say(b"\r\nNO CARRIER\r\n")
        driver.tell(DceSignals(Signals.DSR | Signals.CTS))
        self.wait(10)


@pytest.mark.parametrize("name", NAMES)
def test_each_maker_is_recognised_and_a_call_is_told_as_its_modem_tells_it(name: str):
    session = Session(name)
    session.run()
    form = session.modem.form
    assert session.driver.dialogue._talk.recipe.name == form["recipe"]
    (call,) = session.driver.of(PutThrough)
    assert isinstance(call, PutThrough)
    assert [told for told in (call.caller.number, call.caller.name) if told] == form["caller"]
    assert (call.connect.rate, call.connect.suffix) == (form["rate"], form["suffix"])
    assert session.driver.passed == b"hello, world\r"
    assert len(session.driver.of(EndCall)) == 1
    assert session.driver.state is State.IDLE


@pytest.mark.parametrize("name", NAMES)
def test_cut_at_any_point_it_comes_to_the_same(name: str):
    whole = Session(name)
    whole.run()
    for at in range(whole.crossed):
        cut = Session(name, at)
        cut.run()
        assert cut.driver.sent == whole.driver.sent, at
        assert cut.driver.of(PutThrough) == whole.driver.of(PutThrough), at
        said_before = cut.driver.passed.removeprefix(whole.driver.passed)  # of NO CARRIER, before it could be known
        assert said_before in (b"", b"\r", b"\r\n", b"\r\nN"), at
        assert cut.driver.state is State.IDLE


@pytest.mark.parametrize("spoil", ["lose", "garble"])
@pytest.mark.parametrize("name", NAMES)
def test_with_any_one_byte_lost_or_garbled_the_call_is_had_all_the_same_and_the_line_comes_back(name: str, spoil: str):
    whole = Session(name)
    whole.run()
    for at in range(whole.crossed):
        session = Session(name, at, spoil)
        session.run()
        assert len(session.driver.of(PutThrough)) == len(session.driver.of(EndCall)) <= 1, at
        session.wait(60)
        assert session.driver.state is State.IDLE, at
