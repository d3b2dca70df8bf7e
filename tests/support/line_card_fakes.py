"""A port, an exchange and a modem for tests of line cards: they keep the contracts and do nothing by themselves."""

from collections.abc import Callable, Sequence

from offhook.modem.hayes import Action, Event
from offhook.modem.ports import PortListener
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.switchboard import TerminalFacts


class FakePort:
    """Keeps what is done to it in `done`; the test is the DTE."""

    name = "fake"

    def __init__(self) -> None:
        self.done: list[object] = []
        self.listener: PortListener | None = None
        self.reading = True

    @property
    def sent(self) -> bytes:
        return b"".join(what for what in self.done if isinstance(what, bytes))

    def start(self, listener: PortListener) -> None:
        self.listener = listener

    def send(self, data: bytes) -> None:
        self.done.append(data)

    def set_signals(self, on: Signals) -> None:
        self.done.append(on)

    def send_break(self) -> None:
        self.done.append("break")

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        self.done.append("close")


class FakeExchange:
    """Keeps what is asked of it in `asked`; `at_once` answers from inside the call."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.known: dict[str, TerminalFacts] = {}
        self.at_once: Callable[[], None] | None = None

    def seize(self, line: str) -> None:
        self._ask("seize", line)

    def dial(self, line: str, number: str) -> None:
        self._ask("dial", line, number)

    def answer(self, line: str) -> None:
        self._ask("answer", line)

    def hang_up(self, line: str) -> None:
        self._ask("hang_up", line)

    def attended(self, line: str, present: bool) -> None:
        self.present = present

    def learned(self, line: str, terminal: TerminalFacts) -> None:
        self.known[line] = terminal

    def _ask(self, *what: str) -> None:
        self.asked.append(what)
        if self.at_once:
            answer, self.at_once = self.at_once, None
            answer()


class ScriptedModem:
    """Answers each event with the actions that `script` gives for it, or with none; keeps the events."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.script: Callable[[Event], Sequence[Action]] = lambda event: ()
        self.deadline: float | None = None
        self.signals = Signals.DSR
        self.passes = False
        self.shows_cts = True
        self.awaits_xon = False
        self._inside = False

    def handle(self, event: Event, now: float) -> list[Action]:
        assert not self._inside, "a machine is never entered twice"
        self._inside = True
        self.events.append(event)
        actions = list(self.script(event))
        self._inside = False
        return actions

    def online_chunk(self, data: bytes, now: float) -> bool:
        assert not self._inside, "a machine is never entered twice"
        return self.passes and b"+" not in data

    @property
    def far_passes(self) -> bool:
        return self.passes
