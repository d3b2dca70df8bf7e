"""An exchange for cards of outer lines, and the far end of a call: they keep the contracts and do nothing else."""

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import Cause, join
from offhook.virtual_lines.switchboard import TerminalFacts


class FakeOuterExchange:
    """Keeps what is asked of it in `asked`."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def dial(self, line: str, number: str, caller: CallerId | None = None) -> None:
        self.asked.append(("dial", line, number, caller))

    def hang_up(self, line: str) -> None:
        self.asked.append(("hang up", line))

    def learned(self, line: str, terminal: TerminalFacts) -> None:
        self.asked.append(("learned", line, terminal.rate))

    def reached(self, line: str) -> None:
        self.asked.append(("reached", line))

    def unreachable(self, line: str, cause: Cause) -> None:
        self.asked.append(("unreachable", line, cause))


class Far:
    """The far end of a call: keeps what it hears."""

    def __init__(self) -> None:
        self.leg, self.near = join()
        self.heard: list[object] = []
        self.leg.attach(self)

    def far_sent(self, data: bytes) -> None:
        self.heard.append(data)

    def far_break(self) -> None:
        self.heard.append("break")

    def far_closed(self) -> None:
        self.heard.append("closed")

    def pause_sending(self) -> None:
        self.heard.append("pause")

    def resume_sending(self) -> None:
        self.heard.append("resume")
