"""The directory: which number leads where, how it is treated, and what is known of the lines that call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange.hunt_group import GroupDestination
from offhook.virtual_lines.exchange.numbering_plan import NumberingPlan
from offhook.virtual_lines.exchange.numbers import normalised
from offhook.virtual_lines.exchange.quality import Quality
from offhook.virtual_lines.exchange.ringing import Cadence
from offhook.virtual_lines.exchange.route import Program, Route


@dataclass(frozen=True, slots=True)
class LineDestination:
    """A subscriber's line, by its name: one call at a time."""

    line: str


@dataclass(frozen=True, slots=True)
class ServiceDestination:
    """Something of the host that answers at once and any number of calls, by its name."""

    service: str


@dataclass(frozen=True, slots=True)
class Barred:
    """A number that may not be called."""


@dataclass(frozen=True, slots=True)
class Vacant:
    """A number that is in the plan and leads to nobody: it is not in service."""


Destination = LineDestination | ServiceDestination | GroupDestination | Route | Program | Barred | Vacant


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is a number's own: how it rings, how long, and over what line; None where it is as everywhere."""

    cadence: Cadence | None = None
    longest_ring: float | None = None
    quality: Quality | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """What the exchange knows of a line: the name it shows with its number, whether both are withheld, its wire.

    `partner` is the line at the other end of a wire of their own, if it has one; that line has this one as its own.
    """

    name: str | None = None
    withheld: bool = False
    quality: Quality | None = None
    partner: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Where a dialled number leads, None if nowhere; `shown` as in `Reading`."""

    destination: Destination | None
    treatment: Treatment
    shown: bool | None


class Outside(Protocol):
    """Knows the numbers that the exchange itself does not: a phone book."""

    def find(self, number: str) -> Route | Barred | None:
        """Where `number`, as dialled, leads outside."""


_AS_USUAL = Treatment()
_UNKNOWN = Subscription()


class Directory:
    """Number to destination, the exchange's own numbers first; one that is empty or there twice is a `ValueError`."""

    def __init__(
        self,
        entries: Iterable[tuple[str, Destination]],
        outside: Outside | None = None,
        *,
        plan: NumberingPlan | None = None,
        treatments: Mapping[str, Treatment] = MappingProxyType({}),
        subscriptions: Mapping[str, Subscription] = MappingProxyType({}),
    ) -> None:
        """`treatments` are by number as in `entries`, `subscriptions` by the name of a line."""
        self._outside = outside
        self._plan = plan or NumberingPlan()
        self._treatments = {normalised(number): treatment for number, treatment in treatments.items()}
        self._subscriptions = dict(subscriptions)
        found: dict[str, Destination] = {}
        numbers: dict[str, str] = {}
        for number, destination in entries:
            digits = normalised(number)
            if not digits or digits in found:
                raise ValueError(f"the number {number!r} is empty or there twice")
            found[digits] = destination
            if isinstance(destination, LineDestination):
                numbers.setdefault(destination.line, digits)
        self._entries: Mapping[str, Destination] = MappingProxyType(found)
        self._numbers: Mapping[str, str] = MappingProxyType(numbers)

    def look_up(self, dialled: str) -> Found:
        """Where `dialled` leads, with its prefixes, and how it is treated."""
        reading = self._plan.read(dialled)
        for number in reading.numbers:
            known = normalised(number)
            if known in self._entries:
                shown = reading.shown if number != reading.numbers[0] or len(reading.numbers) == 1 else None
                return Found(self._entries[known], self._treatments.get(known, _AS_USUAL), shown)
        away = self._outside.find(reading.outside) if self._outside is not None and reading.outside else None
        return Found(away, _AS_USUAL, reading.shown)

    def find(self, number: str) -> Destination | None:
        """Where `number` leads, or None."""
        return self.look_up(number).destination

    def number_of(self, line: str) -> str | None:
        """The first number that rings `line`, or None."""
        return self._numbers.get(line)

    def subscription(self, line: str) -> Subscription:
        """What is known of `line`."""
        return self._subscriptions.get(line, _UNKNOWN)

    def subscribe(self, line: str, subscription: Subscription) -> None:
        """What is known of `line` from now on: what holds when it dials or answers."""
        self._subscriptions[line] = subscription

    def caller_id(self, line: str) -> CallerId:
        """What the exchange knows of `line` as a caller."""
        known = self.subscription(line)
        return CallerId(self.number_of(line), known.name or line, withheld=known.withheld)
