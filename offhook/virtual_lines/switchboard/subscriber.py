"""What the switchboard says to whoever is plugged into it: a line card, a service, a trunk."""

from typing import Protocol

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import Cause, Leg


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
