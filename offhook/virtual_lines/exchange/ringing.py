"""How a line is rung: bursts and the silences between them, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Cadence:
    """Bursts of ringing, each with the silence after it, in seconds; the last is followed by the first again."""

    bursts: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not self.bursts or any(on <= 0 or off <= 0 for on, off in self.bursts):
            raise ValueError("a cadence has bursts and silences, each longer than nothing")

    def change(self, number: int) -> float:
        """Seconds from the start of ringing to its change `number`: even ones begin a burst, odd ones end it."""
        cycle, step = divmod(number, 2 * len(self.bursts))
        steps = [seconds for burst in self.bursts for seconds in burst]
        return cycle * sum(steps) + sum(steps[:step])


NORTH_AMERICA = Cadence(((2.0, 4.0),))
"""Two seconds on, four off."""

CADENCES: Mapping[str, Cadence] = MappingProxyType(
    {
        "north america": NORTH_AMERICA,
        "uk": Cadence(((0.4, 0.2), (0.4, 2.0))),
        "europe": Cadence(((1.0, 4.0),)),
        "double": Cadence(((0.8, 0.4), (0.8, 4.0))),
        "triple": Cadence(((0.4, 0.2), (0.4, 0.2), (0.8, 4.0))),
    }
)
"""By the name that a configuration writes; `double` and `triple` are the second and third of distinctive ringing."""

LONGEST_RING = 60.0
"""Seconds after which a call that nobody answers is given up."""
