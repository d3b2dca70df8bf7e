"""Who a letter is from and for on its way; not its header lines (RFC 5321 2.3.1)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Envelope:
    """Reverse-path and forward-paths as bare addresses; an empty reverse-path is the null sender."""

    sender: str
    recipients: tuple[str, ...]
