"""What happens at an exchange, as events, and what the switch wants done, as actions."""

from dataclasses import dataclass

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange.call_record import CallRecord
from offhook.virtual_lines.exchange.cause import Cause
from offhook.virtual_lines.exchange.directory import LineDestination, ServiceDestination
from offhook.virtual_lines.exchange.quality import Quality
from offhook.virtual_lines.exchange.route import Away


@dataclass(frozen=True, slots=True)
class CameIntoService:
    """A line or a service can take part in calls from now on."""

    what: LineDestination | ServiceDestination


@dataclass(frozen=True, slots=True)
class WentOutOfService:
    """A line or a service is gone; the calls of a line end."""

    what: LineDestination | ServiceDestination


@dataclass(frozen=True, slots=True)
class Seized:
    """A line went off-hook. If it rings, that answers it, as in life."""

    line: str


@dataclass(frozen=True, slots=True)
class Dialled:
    """A line wants a number; it goes off-hook by it. `caller` is what the called may know."""

    line: str
    number: str
    caller: CallerId


@dataclass(frozen=True, slots=True)
class Answered:
    """A line went off-hook to take the call that rings; one that does not ring is seized by it."""

    line: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """A line went on-hook."""

    line: str


@dataclass(frozen=True, slots=True)
class Attended:
    """Whether somebody is there to take a call on a line (its DTE has DTR on). A line is taken to be attended."""

    line: str
    present: bool


@dataclass(frozen=True, slots=True)
class MadeBusy:
    """Whoever runs the exchange wants callers of a line to find it busy, or no longer; it may call all the same."""

    line: str
    on: bool


@dataclass(frozen=True, slots=True)
class Cleared:
    """Whoever runs the exchange ends the call of a line, whichever part the line has in it."""

    line: str


@dataclass(frozen=True, slots=True)
class RouteAnswered:
    """The host that `line` calls was reached."""

    line: str


@dataclass(frozen=True, slots=True)
class RouteFailed:
    """The host that `line` calls cannot be had."""

    line: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of `deadline` has come."""


Event = (
    CameIntoService
    | WentOutOfService
    | Attended
    | MadeBusy
    | Cleared
    | Seized
    | Dialled
    | Answered
    | HungUp
    | RouteAnswered
    | RouteFailed
    | Tick
)


@dataclass(frozen=True, slots=True)
class BeginRing:
    """Ring a line: one burst begins."""

    line: str
    caller: CallerId


@dataclass(frozen=True, slots=True)
class EndRing:
    """End the burst."""

    line: str


@dataclass(frozen=True, slots=True)
class StopRing:
    """There will be no more bursts: nobody calls any longer."""

    line: str


@dataclass(frozen=True, slots=True)
class Ringback:
    """Let a calling line hear that the number rings."""

    line: str


@dataclass(frozen=True, slots=True)
class Join:
    """Connect two lines; None for `quality` is a line that does nothing to what it carries."""

    caller: str
    called: str
    quality: Quality | None = None


@dataclass(frozen=True, slots=True)
class Serve:
    """Connect a line with a service."""

    line: str
    service: str
    number: str
    caller: CallerId
    quality: Quality | None = None


@dataclass(frozen=True, slots=True)
class CallOut:
    """Call a host or a program for a line; `RouteAnswered` or `RouteFailed` is to follow."""

    line: str
    route: Away
    caller: CallerId
    number: str = ""


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect a line with the host that was called for it."""

    line: str
    quality: Quality | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """Part the two ends of the call that a line talks in: each hears that the other is gone."""

    line: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The call to a host is not wanted any longer; nothing is to follow."""

    line: str


@dataclass(frozen=True, slots=True)
class Fail:
    """Tell a calling line that the number cannot be had."""

    line: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Record:
    """A call is over."""

    record: CallRecord


Action = BeginRing | EndRing | StopRing | Ringback | Join | Serve | CallOut | Connect | Cut | GiveUp | Fail | Record
