"""What the switchboard says to whoever is plugged into it: a line card, a trunk; and to who carries calls outside."""

from typing import Protocol

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import Away, Cause, Leg
from offhook.virtual_lines.switchboard.call_facts import CallFacts


class Subscriber(Protocol):
    """One line at the switchboard. Calls come from the event loop and must return at once."""

    def ring_began(self, caller: CallerId) -> None:
        """A burst of ringing begins."""

    def ring_ended(self) -> None:
        """The burst is over; another may follow."""

    def ring_stopped(self) -> None:
        """The caller gave up, or the call was taken elsewhere."""

    def far_ringing(self) -> None:
        """The number this line dialled rings."""

    def joined(self, leg: Leg) -> None:
        """The call is up, dialled or answered by this line; attach to the leg."""

    def failed(self, cause: Cause) -> None:
        """The number this line dialled cannot be had; the line is still off-hook."""


class OutsideCall(Protocol):
    """A call being placed to a host, until it is given up or failed; then the leg is all there is of it."""

    def connected(self, leg: Leg) -> None:
        """The line is still there: attach to the leg, whose far end it is."""

    def give_up(self) -> None:
        """The line has hung up: stop, and tell the switchboard nothing more."""


class Carrier(Protocol):
    """Who carries calls to hosts outside, or to programs of this machine."""

    def place(self, line: str, route: Away, facts: CallFacts) -> OutsideCall:
        """Begin to call `route` for `line`, and return at once; `facts` are what is known of the caller.

        How it went is told by `Switchboard.reached` or `Switchboard.unreachable`, later, and once.
        """
