"""What a teletype is fed from: one side of a call, or the local console.

The same contract as that of the exchange's legs, stated here because the terminal does not know
the exchange: bytes arrive at the receiver in order; `pause` asks the far end to stop soon,
and the far end's `pause` comes as `pause_sending`; `far_closed` comes once, after the last byte.
"""

from typing import Protocol


class Receiver(Protocol):
    """Who holds a leg."""

    def far_sent(self, data: bytes) -> None:
        """Bytes from the far end."""

    def far_break(self) -> None:
        """A break of the far end."""

    def far_closed(self) -> None:
        """The far end is gone."""

    def pause_sending(self) -> None:
        """The far end takes no more."""

    def resume_sending(self) -> None:
        """The far end takes bytes again."""


class Leg(Protocol):
    """One side of a call."""

    def attach(self, receiver: Receiver) -> None:
        """Give it its holder."""

    def send(self, data: bytes) -> None:
        """Send bytes to the far end."""

    def pause(self) -> None:
        """Ask the far end to stop sending."""

    def resume(self) -> None:
        """Take bytes again."""

    def close(self) -> None:
        """End the call."""
