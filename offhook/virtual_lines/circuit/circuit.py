"""Both ways of a call over a line that has a rate and faults.

Theory: each way is a `OneWay` of the null-modem cable, so characters are paced and arrive once and in order, but for
the faults. While the modems train anew nothing moves either way and nothing is lost: the clock of both ways stands
still. When one end hangs up, what it sent is still delivered, for as long as a modem drains at most (S38), and
then the other end is closed; what the other end had under way is dropped with the call.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from math import log1p

from offhook.modem.rs232 import EIGHT_N_ONE
from offhook.virtual_lines import null_modem
from offhook.virtual_lines.circuit.drop_outs import DropOuts
from offhook.virtual_lines.exchange import Quality
from offhook.virtual_lines.null_modem import Chance, Impairments, OneWay

DRAIN = 20.0
"""Seconds after a hang-up in which what was sent before may still arrive (S38 as it comes from the factory)."""
UNPACED = 115_200
"""In bit/s: what the length and the distance of drop-outs are reckoned at on a line that takes no time."""
LEAST_BUFFER = 64
MOST_BUFFER = 65536
"""Characters of one way that a circuit holds: half a second of its rate, between these."""


class Side(Enum):
    """The ends of a call."""

    CALLER = "caller"
    CALLED = "called"

    @property
    def other(self) -> "Side":
        """The far end of this one."""
        return Side.CALLED if self is Side.CALLER else Side.CALLER


@dataclass(frozen=True, slots=True)
class Sent:
    """One end sent bytes."""

    side: Side
    data: bytes


@dataclass(frozen=True, slots=True)
class Broke:
    """One end sent a break."""

    side: Side


@dataclass(frozen=True, slots=True)
class TakesNoMore:
    """One end takes bytes slower than they come to it."""

    side: Side


@dataclass(frozen=True, slots=True)
class TakesMore:
    """It takes bytes again."""

    side: Side


@dataclass(frozen=True, slots=True)
class Leaving:
    """One end has hung up; bytes of it may still be waiting to be sent."""

    side: Side


@dataclass(frozen=True, slots=True)
class Ended:
    """One end has hung up, and no more bytes will come from it."""

    side: Side


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of `deadline` has come."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Give this end these bytes."""

    side: Side
    data: bytes


@dataclass(frozen=True, slots=True)
class Hold:
    """Take no more bytes from this end until `Release`."""

    side: Side


@dataclass(frozen=True, slots=True)
class Release:
    """The bytes of this end are wanted again."""

    side: Side


@dataclass(frozen=True, slots=True)
class Close:
    """Hang up towards this end: it has got all that it will get."""

    side: Side


Event = Sent | Broke | TakesNoMore | TakesMore | Leaving | Ended | Tick
Action = Deliver | Broke | Hold | Release | Close
"""A `Broke` among actions is to be passed on to that side."""


class _Way:
    """From one end to the other."""

    def __init__(self, quality: Quality, sender: Side, chances: Callable[[str], Chance]) -> None:
        rate = quality.back_rate or quality.rate if sender is Side.CALLER else quality.rate
        noise, drop, burst = (chances(f"{sender.value} {what}") for what in ("noise", "drop", "dropout"))
        characters = (rate or UNPACED) / EIGHT_N_ONE.bits
        most = min(max(LEAST_BUFFER, int(characters / 2)), MOST_BUFFER) if rate else MOST_BUFFER
        self.one_way = OneWay(Impairments(quality.noise, quality.drop, noise, drop), rate, quality.latency, most=most)
        self.drop_outs: DropOuts | None = None
        if quality.dropouts:
            self.drop_outs = DropOuts(60 * characters / quality.dropouts, round(characters * quality.dropout), burst)
        self.ended = False
        self.leave_by: float | None = None


class Circuit:
    """The machine of one call; `chances` makes an independent stream of chance for each name it is asked for."""

    def __init__(self, quality: Quality, chances: Callable[[str], Chance], began: float) -> None:
        self._ways = {side: _Way(quality, side, chances) for side in Side}
        self._quality = quality
        self._chance = chances("retrain")
        self._stood = 0.0  # for how long the clock of the ways has stood still
        self._training_since: float | None = None
        self._next_change = began + self._until_retrain() if quality.retrains else None
        self._closed: set[Side] = set()

    def _until_retrain(self) -> float:
        return -log1p(-self._chance()) * 60 / self._quality.retrains

    @property
    def deadline(self) -> float | None:
        """When the machine wants a `Tick`, or None."""
        if self._closed:
            return None
        times = [way.leave_by for way in self._ways.values() if way.leave_by is not None]
        if self._training_since is None:
            line_times = [way.one_way.deadline for way in self._ways.values()]
            times += [time + self._stood for time in line_times if time is not None]
        moving = any(not way.one_way.empty for way in self._ways.values())
        if self._next_change is not None and moving:
            times.append(self._next_change)
        return min((time for time in times if time is not None), default=None)

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now` (seconds, never going back); what is to be done, in order."""
        actions: list[Action] = []
        while self._next_change is not None and self._next_change <= now:
            actions += self._run(self._next_change)
            self._retrain(self._next_change)
        match event:
            case Sent(side, data) if side not in self._closed:
                actions += self._tell(side, null_modem.Sent(data), now)
            case TakesNoMore(side):
                actions += self._tell(side.other, null_modem.TakesNoMore(), now)
            case TakesMore(side):
                actions += self._tell(side.other, null_modem.TakesMore(), now)
            case Broke(side) if side.other not in self._closed and not self._ways[side].ended:
                actions.append(Broke(side.other))
            case Leaving(side) | Ended(side):
                way = self._ways[side]
                way.ended = way.ended or isinstance(event, Ended)
                way.leave_by = way.leave_by or now + DRAIN
        return [*actions, *self._run(now), *self._closing(now)]

    def _retrain(self, at: float) -> None:
        """Training begins or is over at `at`."""
        if self._training_since is None:
            self._training_since = at
            self._next_change = at + self._quality.retrain
        else:
            self._stood += at - self._training_since
            self._training_since = None
            self._next_change = at + self._until_retrain()

    def _line_time(self, now: float, due: float | None) -> float:
        """The time of the ways; where something is `due` it is not a rounding error before it."""
        at = (now if self._training_since is None else self._training_since) - self._stood
        if due is None or self._training_since is not None or due + self._stood > now:
            return at
        return max(at, due)

    def _tell(self, sender: Side, event: null_modem.Event, now: float) -> list[Action]:
        way = self._ways[sender]
        actions: list[Action] = []
        for action in way.one_way.handle(event, self._line_time(now, way.one_way.deadline)):
            match action:
                case null_modem.Deliver(data) if sender.other not in self._closed:
                    arriving = data if way.drop_outs is None else way.drop_outs.suffered(data)
                    actions += [Deliver(sender.other, arriving)] if arriving else []
                case null_modem.Hold():
                    actions.append(Hold(sender))
                case null_modem.Release():
                    actions.append(Release(sender))
        return actions

    def _run(self, now: float) -> list[Action]:
        return [action for side in Side for action in self._tell(side, null_modem.Tick(), now)]

    def _closing(self, now: float) -> list[Action]:
        """Hang up towards an end whose far end has gone, once it has all; both ends are done with then."""
        actions: list[Action] = []
        for side, way in self._ways.items():
            over = way.leave_by is not None and now >= way.leave_by
            if side.other not in self._closed and (over or (way.ended and way.one_way.empty)):
                self._closed |= {side, side.other}
                actions += [Close(side.other), Close(side)]
        return actions
