"""The directory: which number leads where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from offhook.virtual_lines.exchange.hunt_group import GroupDestination
from offhook.virtual_lines.exchange.numbers import normalised
from offhook.virtual_lines.exchange.route import Route


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


Destination = LineDestination | ServiceDestination | GroupDestination | Route | Barred


class Outside(Protocol):
    """Knows the numbers that the exchange itself does not: a phone book."""

    def find(self, number: str) -> Route | Barred | None:
        """Where `number`, as dialled, leads outside."""


class Directory:
    """Number to destination, the exchange's own numbers first; one that is empty or there twice is a `ValueError`."""

    def __init__(self, entries: Iterable[tuple[str, Destination]], outside: Outside | None = None) -> None:
        self._outside = outside
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

    def find(self, number: str) -> Destination | None:
        """Where `number` leads, or None."""
        found = self._entries.get(normalised(number))
        return self._outside.find(number) if found is None and self._outside is not None and number else found

    def number_of(self, line: str) -> str | None:
        """The first number that rings `line`, or None."""
        return self._numbers.get(line)
