"""Whoever takes letters for other hosts."""

from typing import Protocol

from offhook.mailbox.spool import Failure


class Carrier(Protocol):
    """A smarthost, or the sendmail program of a mail server here."""

    async def submit(self, sender: str, recipients: tuple[str, ...], letter: bytes) -> dict[str, Failure | None]:
        """Hand over a letter; what became of it for each recipient, None if it was taken. Never raises."""
