"""A hot line: a modem that calls one number by itself, when DTR comes on and again after each call."""

from offhook.modem.hayes.calls import Calls
from offhook.modem.hayes.dial_string import parse_dial_string
from offhook.modem.hayes.events import DialOrdered
from offhook.modem.hayes.situation import Situation
from offhook.modem.hayes.states import State


class HotLine:
    """Acts on the situation of one modem; also dials what is ordered from outside."""

    def __init__(self, situation: Situation, calls: Calls) -> None:
        self._now = situation
        self._calls = calls

    def on_dial_order(self, event: DialOrdered) -> None:
        """Dial, as D does; the result is told to the DTE as that of any call."""
        now = self._now
        string = parse_dial_string(event.number)
        if string is None:
            now.note(f"{event.number!r} is nothing to dial")
            return
        now.answering = False
        self._calls.dial(string)

    def due(self) -> None:
        """The time has come; a line in use has its own end to wait for."""
        hot_line = self._now.settings.hot_line
        if hot_line is not None and self._now.state is State.IDLE and self._now.dtr:
            self.on_dial_order(DialOrdered(hot_line.number))
