"""What trunks ask of whoever keeps the record."""

from typing import Protocol


class Trace(Protocol):
    """Who keeps the record."""

    def entry(self, line: str, now: float, sign: str, text: str) -> None:
        """At `now`, this happened (`>`) on `line` or was done (`<`)."""
