"""The guard of a listening trunk: how often an address may call, so that scanners do not keep the lines busy.

Theory: each address has a purse of calls that fills again with time (a token bucket), and may be held down for a
while after it has hung up. Of IPv6, the network of 64 bits counts, since who has one address has all of it. Callers
from this machine itself are not counted.
"""

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

MOST_ADDRESSES = 4096
"""Addresses remembered; the one heard of longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """`calls_a_minute` from one address, with as many at once; `hold_down` seconds after a call. 0 switches off."""

    calls_a_minute: int = 10
    hold_down: float = 0.0


@dataclass(slots=True)
class _Caller:
    purse: float
    counted: float
    held_until: float = 0.0


class Guard:
    """Remembers who called when. Times are in seconds of one clock that never goes back."""

    def __init__(self, settings: GuardSettings | None = None) -> None:
        self._settings = settings or GuardSettings()
        self._callers: OrderedDict[str, _Caller] = OrderedDict()

    def refusal(self, address: str, now: float) -> str | None:
        """Why a call from `address` is not taken now, or None if it is; then it is counted."""
        most = self._settings.calls_a_minute
        counted_as = _counted_as(address)
        if counted_as is None:
            return None
        caller = self._caller(counted_as, now)
        if now < caller.held_until:
            return f"called again within {self._settings.hold_down:g} s"
        if most:
            caller.purse = min(most, caller.purse + (now - caller.counted) * most / 60)
            caller.counted = now
            if caller.purse < 1:
                return f"more than {most} calls a minute"
            caller.purse -= 1
        return None

    def ended(self, address: str, now: float) -> None:
        """A call that was taken is over."""
        counted_as = _counted_as(address)
        if self._settings.hold_down and counted_as is not None:
            self._caller(counted_as, now).held_until = now + self._settings.hold_down

    def _caller(self, address: str, now: float) -> _Caller:
        caller = self._callers.setdefault(address, _Caller(self._settings.calls_a_minute, now))
        self._callers.move_to_end(address)
        if len(self._callers) > MOST_ADDRESSES:
            self._callers.popitem(last=False)
        return caller


def _counted_as(address: str) -> str | None:
    """What the calls of an address are counted under; None for this machine's own."""
    try:
        figures = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(figures, IPv6Address):
        figures = figures.ipv4_mapped or figures
    if figures.is_loopback:
        return None
    return str(figures) if figures.version == 4 else str(ip_network((int(figures), 64), strict=False))
