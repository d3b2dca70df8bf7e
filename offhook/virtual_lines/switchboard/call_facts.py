"""What whoever answers a call may know about the caller and the terminal at the other end."""

from collections.abc import Callable
from dataclasses import dataclass

from offhook.modem.hayes import CallerId


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """What is known of the caller's terminal; None where nothing is.

    `utf8` means it said it shows UTF-8; `rate` is the rate its line is reached at, in bit/s.
    """

    terminal_type: str | None = None
    columns: int | None = None
    rows: int | None = None
    utf8: bool | None = None
    rate: int | None = None


class CallFacts:
    """Facts of one call; those of the terminal may change while it is up, and then watchers are told."""

    def __init__(self, line: str, number: str, caller: CallerId, terminal: TerminalFacts | None = None) -> None:
        self.line = line
        self.number = number
        self.caller = caller
        self._terminal = terminal or TerminalFacts()
        self._watchers: list[Callable[[TerminalFacts], None]] = []

    @property
    def terminal(self) -> TerminalFacts:
        """What is known of the terminal now."""
        return self._terminal

    def learned(self, terminal: TerminalFacts) -> None:
        """More is known of the terminal, or its window changed."""
        if terminal != self._terminal:
            self._terminal = terminal
            for watcher in list(self._watchers):
                watcher(terminal)

    def watch(self, watcher: Callable[[TerminalFacts], None]) -> None:
        """Call `watcher` with the facts at each change, as long as the call is up."""
        self._watchers.append(watcher)
