"""What a session asks of the mail system when its caller writes a letter."""

from typing import Protocol

from offhook.mailbox.letters.envelope import Envelope


class PostOffice(Protocol):
    """Takes letters for delivery, here or elsewhere."""

    async def check(self, address: str) -> str:
        """The full address a recipient typed as `address` stands for ("bob" -> "bob@host").

        Raises `PermanentFailure` with one sentence if a letter to it could not be taken.
        """

    async def post(self, envelope: Envelope, letter: bytes) -> None:
        """Deliver or spool the letter; returns once it is durable.

        Raises `TemporaryFailure` or `PermanentFailure`, and then nothing was sent to anyone.
        """
