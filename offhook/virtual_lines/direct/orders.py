"""What happens to the line of a terminal, as events, and what it wants done, as actions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TerminalSignals:
    """Whether the terminal has DTR on: somebody has switched it on, or has its program on the tty."""

    present: bool


@dataclass(frozen=True, slots=True)
class TerminalSent:
    """Bytes of the terminal, in any chunking."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TerminalBroke:
    """The terminal sent a break."""


@dataclass(frozen=True, slots=True)
class CallUp:
    """The number was reached."""


@dataclass(frozen=True, slots=True)
class ToTerminal:
    """Bytes of the far end of the call."""

    data: bytes


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The far end has gone, or could not be had; `said` is what is told to the terminal then."""

    said: bytes = b""


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of `deadline` has come."""


Event = TerminalSignals | TerminalSent | TerminalBroke | CallUp | ToTerminal | CallEnded | Tick


@dataclass(frozen=True, slots=True)
class Call:
    """Call the terminal's number."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call, or stop calling."""


@dataclass(frozen=True, slots=True)
class PassOn:
    """Send bytes to the far end of the call."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SendBreak:
    """Send a break to the far end."""


@dataclass(frozen=True, slots=True)
class SendToTerminal:
    """Write bytes to the terminal."""

    data: bytes


@dataclass(frozen=True, slots=True)
class ShowCarrier:
    """Show the terminal whether the host is there: its DSR and DCD."""

    on: bool


@dataclass(frozen=True, slots=True)
class Note:
    """Why something was done: for the log and for tests."""

    text: str


Action = Call | HangUp | PassOn | SendBreak | SendToTerminal | ShowCarrier | Note
