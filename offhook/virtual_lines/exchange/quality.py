"""How good a line is: its rate and what it does to characters, as data. A call has the worse of its two ends."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """What a call over this line is like.

    `rate` is that of the characters towards the caller, in bit/s, `back_rate` that of the caller's own where it is
    another; None takes no time. `noise` is the bit error rate, `drop` the part of the characters lost one by one.
    `dropouts` a minute (on the mean) lose all of `dropout` seconds; `retrains` a minute stop both ways for `retrain`
    seconds and lose nothing. `latency` is in seconds. The same `seed` makes the same errors.
    """

    rate: int | None = None
    back_rate: int | None = None
    noise: float = 0.0
    drop: float = 0.0
    dropouts: float = 0.0
    dropout: float = 0.1
    retrains: float = 0.0
    retrain: float = 3.0
    latency: float = 0.0
    seed: int = 0

    @property
    def told(self) -> int | None:
        """The rate that is told of it: the faster way."""
        return max(filter(None, (self.rate, self.back_rate)), default=None)

    def then(self, other: "Quality") -> "Quality":
        """Both, one behind the other: the lower rate counts, and faults add up."""
        split = self.back_rate or other.back_rate
        return Quality(
            _lower(self.rate, other.rate),
            _lower(self.back_rate or self.rate, other.back_rate or other.rate) if split else None,
            1 - (1 - self.noise) * (1 - other.noise),
            1 - (1 - self.drop) * (1 - other.drop),
            self.dropouts + other.dropouts,
            max(_duration(each.dropouts, each.dropout) for each in (self, other)) or self.dropout,
            self.retrains + other.retrains,
            max(_duration(each.retrains, each.retrain) for each in (self, other)) or self.retrain,
            self.latency + other.latency,
            self.seed + other.seed,
        )


def joined(qualities: list[Quality | None]) -> Quality | None:
    """That of a call whose parts have these; None if none has any."""
    known = [each for each in qualities if each is not None]
    whole = known[0] if known else None
    for each in known[1:]:
        whole = each if whole is None else whole.then(each)
    return whole


def _lower(one: int | None, other: int | None) -> int | None:
    return min(filter(None, (one, other)), default=None)


def _duration(often: float, seconds: float) -> float:
    return seconds if often else 0.0
