"""What a session asks of its host: who may come in, and what is theirs."""

from datetime import datetime
from typing import Protocol

from offhook.mailbox.letters import Address, Folders, Maildrop, PostOffice, Rendered


class DraftBox(Protocol):
    """Keeps a subscriber's unfinished letters, as one value. Failures are the host's to report, not to raise."""

    async def save(self, draft: bytes) -> bool:
        """Keep this in place of what was kept; whether it is durable now, or could not be kept."""

    async def load(self) -> bytes | None:
        """What is kept, or None."""

    async def clear(self) -> None:
        """Keep nothing."""


class Guest(Protocol):
    """A subscriber who has logged in."""

    @property
    def name(self) -> str:
        """Login name."""

    @property
    def address(self) -> Address:
        """Who new letters are from."""

    @property
    def addresses(self) -> frozenset[str]:
        """Every address that is this subscriber's."""

    @property
    def maildrop(self) -> Maildrop:
        """The subscriber's letters."""

    @property
    def post_office(self) -> PostOffice:
        """Takes the subscriber's letters."""

    @property
    def drafts(self) -> DraftBox:
        """The letters begun in earlier calls."""

    @property
    def folders(self) -> Folders:
        """The subscriber's folders."""

    async def render(self, letter: bytes) -> Rendered:
        """Any letter as text, at a cost that is bounded whatever it holds; raises nothing."""


class Desk(Protocol):
    """The host as a session sees it."""

    @property
    def host(self) -> str:
        """Its name."""

    @property
    def greeting(self) -> str:
        """A line before the login prompt, or empty."""

    async def admit(self, name: str, password: str) -> Guest | None:
        """The subscriber, or None for a wrong name or password; takes as long for the one as for the other.

        Raises `TemporaryFailure` if nobody can be let in at present.
        `MaildropFailure` if the password is right and the letters cannot be opened.
        """

    def now(self) -> datetime:
        """The time, with a zone."""

    def unique(self) -> str:
        """A word never given before, for a Message-ID."""

    def report(self, doing: str, error: Exception) -> None:
        """Log a fault of ours, of which the caller is told one sentence."""
