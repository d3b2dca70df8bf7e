"""Who calls, as the exchange tells the called line between the first two rings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallerId:
    """Number and name of a caller; None where withheld or unknown."""

    number: str | None = None
    name: str | None = None
