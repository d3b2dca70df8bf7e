"""The way from delivery to the spool."""

from typing import Protocol

from offhook.mailbox.letters import Envelope, Octets


class Outbox(Protocol):
    """Where copies wait that cannot be delivered now."""

    async def put(self, envelope: Envelope, letter: Octets) -> None:
        """Keep a letter durably. Raises `TemporaryFailure`, and then it will not be sent."""
