"""One direction of a cable: characters leave no closer than the line's rate allows, and arrive a while later.

A character has left when its time on the line is over, its start bit, parity and stop bits counted; several that have
left since the last look arrive together, at most a hundred times a second.
"""

from collections import deque
from dataclasses import dataclass

from offhook.modem.rs232 import EIGHT_N_ONE
from offhook.virtual_lines.null_modem.impairments import Impairments

LOOK = 0.01
"""Seconds between two deliveries of a line that is busy."""
MOST = 65536
"""Bytes on the way; then the sender is held."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One end sent bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TakesNoMore:
    """The other end takes bytes slower than they come."""


@dataclass(frozen=True, slots=True)
class TakesMore:
    """The other end takes bytes again."""


@dataclass(frozen=True, slots=True)
class Purged:
    """The sender takes back what has not left yet."""


@dataclass(frozen=True, slots=True)
class Framed:
    """From now on a character has so many bits, the start bit and all."""

    bits: float


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of `deadline` has come."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Give the other end these bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Hold:
    """Take no more bytes from the sender until `Release`."""


@dataclass(frozen=True, slots=True)
class Release:
    """The sender's bytes are wanted again."""


Event = Sent | TakesNoMore | TakesMore | Purged | Framed | Tick
Action = Deliver | Hold | Release


class OneWay:
    """`rate` in bit/s, None for a line that takes no time; `latency` in seconds; `bits` of a character.

    `most` is how many bytes may be on the way before the sender is held.
    """

    def __init__(
        self,
        impairments: Impairments,
        rate: int | None = None,
        latency: float = 0.0,
        *,
        bits: float = EIGHT_N_ONE.bits,
        most: int = MOST,
    ) -> None:
        self._impairments = impairments
        self._rate = rate
        self._character = bits / rate if rate else 0.0
        self._latency = latency
        self._most = most
        self._waiting = bytearray()
        self._began = 0.0
        """When the first of what waits went, or will go, on the line."""
        self._looked = float("-inf")
        self._travelling: deque[tuple[float, bytes]] = deque()
        self._on_the_way = 0
        self._stopped = False
        self._held = False

    @property
    def unsent(self) -> int:
        """Bytes that have not left yet; when the other end takes none, all that are on the way."""
        return self._on_the_way if self._stopped else len(self._waiting)

    @property
    def empty(self) -> bool:
        """Whether nothing is on the way."""
        return not self._on_the_way

    @property
    def room(self) -> int:
        """Bytes that may still be sent before the sender is held, or 0."""
        return max(0, self._most - self._on_the_way)

    @property
    def deadline(self) -> float | None:
        """When the machine wants a `Tick`, or None."""
        times = []
        if self._waiting:
            times.append(max(self._began + self._character, self._looked + LOOK))
        if self._travelling and not self._stopped:
            times.append(self._travelling[0][0])
        return min(times, default=None)

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now`; what is to be done, in order."""
        self._let_leave(now)
        match event:
            case Sent(data):
                self._send(data, now)
            case TakesNoMore():
                self._stopped = True
            case TakesMore():
                self._stopped = False
            case Purged():
                self._on_the_way -= len(self._waiting)
                self._waiting.clear()
            case Framed(bits):
                self._character = bits / self._rate if self._rate else 0.0
            case Tick():
                pass
        return [*self._arrivals(now), *self._balance()]

    def _send(self, data: bytes, now: float) -> None:
        self._on_the_way += len(data)
        if not self._character:
            self._travelling.append((now + self._latency, data))
            return
        if not self._waiting:
            self._began = max(self._began, now)
        self._waiting += data

    def _let_leave(self, now: float) -> None:
        """Characters whose time on the line is over are on their way."""
        if not self._waiting or now < self._began + self._character:
            return
        left = min(int((now - self._began) / self._character), len(self._waiting))
        while left < len(self._waiting) and self._began + (left + 1) * self._character <= now:
            left += 1
        leaving = bytes(self._waiting[:left])
        del self._waiting[:left]
        self._began += left * self._character
        self._looked = now
        self._travelling.append((now + self._latency, leaving))

    def _arrivals(self, now: float) -> list[Action]:
        arriving: list[bytes] = []
        while self._travelling and self._travelling[0][0] <= now and not self._stopped:
            arriving.append(self._travelling.popleft()[1])
        data = b"".join(arriving)
        self._on_the_way -= len(data)
        arrived = self._impairments.suffered(data) if data else b""
        return [Deliver(arrived)] if arrived else []

    def _balance(self) -> list[Action]:
        if not self._held and self._on_the_way > self._most:
            self._held = True
            return [Hold()]
        if self._held and self._on_the_way <= self._most // 4:
            self._held = False
            return [Release()]
        return []
