"""Folders with an index each: made when a folder is opened for the first time, removed when the folder is."""

from collections.abc import Callable, Sequence

from offhook.mailbox.index.clerk import IndexClerk
from offhook.mailbox.index.indexed import IndexedMaildrop
from offhook.mailbox.index.shelf import Shelf
from offhook.mailbox.letters import INBOX, Folders, Maildrop, MaildropFailure, Survey


class IndexedFolders:
    """`inner` with the indexes on `shelf`; `survey_of` looks at the same letters as a maildrop that it opens."""

    def __init__(
        self, inner: Folders, survey_of: Callable[[Maildrop], Survey], shelf: Shelf, clerk: IndexClerk
    ) -> None:
        self.inner = inner
        self._survey_of = survey_of
        self._shelf = shelf
        self._clerk = clerk
        self._tidied = False

    async def names(self) -> Sequence[str]:
        """As they are; what is left of other folders' indexes goes."""
        names = await self.inner.names()
        self._tidy(names)
        return names

    async def open(self, name: str) -> Maildrop:
        """The letters of a folder, with an index."""
        try:
            maildrop = await self.inner.open(name)
        except MaildropFailure:
            self._tidy()
            raise
        if not self._tidied:
            self._tidy()
        file = self._shelf.inbox if name.upper() == INBOX else self._shelf.folder(name)
        return IndexedMaildrop(maildrop, self._survey_of(maildrop), file, self._clerk)

    async def create(self, name: str) -> None:
        """Make a folder; its index is made when it is opened."""
        await self.inner.create(name)

    async def remove(self, name: str) -> None:
        """Remove a folder, then its index."""
        await self.inner.remove(name)
        file = self._shelf.folder(name)
        self._clerk.begin(f"remove {file}", lambda: self._clerk.forget(file))

    def _tidy(self, names: Sequence[str] | None = None) -> None:
        """Have what no folder has any more removed, when the clerk has time."""
        self._tidied = True
        self._clerk.begin(f"tidy {self._shelf.folders}", lambda: self._tidy_now(names))

    async def _tidy_now(self, names: Sequence[str] | None) -> None:
        try:
            there = names or await self.inner.names()
        except MaildropFailure:  # nobody knows what is there
            there = None
        await self._clerk.tidy(self._shelf.folders, there)
