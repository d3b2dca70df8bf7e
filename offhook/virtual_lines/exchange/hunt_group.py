"""Several lines behind one number: a call to the group rings one that is free."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class HuntOrder(Enum):
    """Which free line of a group is rung; the value is how a configuration writes it."""

    LINEAR = "linear"
    """The first."""
    CIRCULAR = "circular"
    """The next after the one rung last."""
    LEAST_RECENTLY_USED = "least recently used"
    """The one rung longest ago, or never."""


@dataclass(frozen=True, slots=True)
class GroupDestination:
    """A hunt group, by its name, with the names of its lines."""

    group: str
    lines: tuple[str, ...]
    order: HuntOrder = HuntOrder.LINEAR


class Hunting:
    """Chooses lines, and remembers which were rung: by other calls too."""

    def __init__(self) -> None:
        self._count = 0
        self._rung: dict[str, int] = {}
        self._last: dict[str, str] = {}

    def rang(self, line: str) -> None:
        """A call rings `line`, by whatever number."""
        self._count += 1
        self._rung[line] = self._count

    def choose(self, group: GroupDestination, free: Callable[[str], bool]) -> str | None:
        """The line to ring, or None if none is free."""
        found = next(filter(free, self._in_order(group)), None)
        if found is not None:
            self._last[group.group] = found
        return found

    def _in_order(self, group: GroupDestination) -> list[str]:
        lines = list(group.lines)
        match group.order:
            case HuntOrder.LINEAR:
                return lines
            case HuntOrder.CIRCULAR:
                last = self._last.get(group.group)
                after = lines.index(last) + 1 if last in lines else 0
                return lines[after:] + lines[:after]
            case HuntOrder.LEAST_RECENTLY_USED:
                return sorted(lines, key=lambda line: self._rung.get(line, 0))
