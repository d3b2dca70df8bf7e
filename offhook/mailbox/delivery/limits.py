"""What one listener lets its clients take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a listener: bytes of a letter, recipients of one, connections in all and from one address, seconds.

    `silence` is the longest pause of a client (RFC 5321 4.5.3.2.7 asks for five minutes), `transfer` the longest time
    that one letter may take to come in. A letter is held in memory until it is delivered; `memory` bounds the bytes
    of all that come in at a time, and is never so small that one letter of the largest size finds no room. The first
    `small` bytes of each letter do not count: whoever sends huge letters without end keeps no small one out.
    """

    letter: int = 25_000_000
    recipients: int = 100
    connections: int = 100
    connections_each: int = 20
    silence: float = 300.0
    transfer: float = 3_600.0
    memory: int = 50_000_000
    small: int = 65_536
