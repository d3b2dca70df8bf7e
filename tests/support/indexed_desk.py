"""Maildrops and folders with indexes for tests that know no event loop: the letters are in memory, the indexes real."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from offhook.mailbox.index import IndexClerk, IndexedFolders, IndexedMaildrop, PlainSurvey, Shelf, asking_here
from offhook.mailbox.index.tasks import IndexWork
from offhook.mailbox.letters import Found, Maildrop, Survey
from tests.support.imap_desk import BackgroundLoop
from tests.support.memory_maildrop import MemoryFolders, MemoryLetters, MemoryMaildrop


class Blocking:
    """Something asynchronous whose calls never wait for an event loop of the caller's: they are done on another one."""

    def __init__(self, run: BackgroundLoop, real: Any) -> None:
        self.run = run
        self.real = real

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.real, name)

        async def call(*given: Any, **named: Any) -> Any:
            given = tuple(each.real if isinstance(each, Blocking) else each for each in given)
            found = self.run(method(*given, **named))
            return BlockingMaildrop(self.run, found) if isinstance(found, IndexedMaildrop) else found

        return call


class BlockingMaildrop(Blocking):
    """A maildrop, with its catalog."""

    def __init__(self, run: BackgroundLoop, real: IndexedMaildrop) -> None:
        super().__init__(run, real)
        self.catalog = BlockingCatalog(run, real)


class BlockingCatalog(Blocking):
    """The catalog of a maildrop; a search finds all letters read, as quick as the index may have been asked for it."""

    def __init__(self, run: BackgroundLoop, maildrop: IndexedMaildrop) -> None:
        super().__init__(run, maildrop.catalog)
        self._maildrop = maildrop

    async def search(self, words: Sequence[str]) -> Found:
        while (found := self.run(self._search(words))).unread:
            pass
        return found

    async def _search(self, words: Sequence[str]) -> Found:
        await self._maildrop.catch_up()
        return await self._maildrop.catalog.search(words)


class Inbox(BlockingMaildrop):
    """The maildrop of a guest."""

    def __init__(self, accounts: "IndexedAccounts", shelf: Shelf, letters: MemoryLetters) -> None:
        inner = MemoryMaildrop(letters)
        super().__init__(accounts.run, IndexedMaildrop(inner, survey_of(inner), shelf.inbox, accounts.clerk))
        self._again = accounts, shelf, letters

    def another_session(self) -> "Inbox":
        return Inbox(*self._again)


def survey_of(maildrop: Maildrop) -> Survey:
    """A survey of letters in memory."""
    assert isinstance(maildrop, MemoryMaildrop)
    return PlainSurvey(maildrop.another_session, lambda: str(maildrop.shared.changes))


class IndexedAccounts:
    """Gives every guest of the tests a mailbox of its own, with indexes."""

    def __init__(self, run: BackgroundLoop, folder: Path) -> None:
        self.run = run
        self.work = IndexWork(in_child=False)
        self.clerk = IndexClerk(asking_here(self.work))
        self._folder = folder
        self._names = count(1)
        self.opened: list[Shelf] = []

    def new_mail(self) -> tuple[Any, Any]:
        shelf = Shelf(str(self._folder), f"guest{next(self._names)}")
        self.opened.append(shelf)
        folders = MemoryFolders()
        inbox = Inbox(self, shelf, folders.shared["INBOX"])
        return inbox, Blocking(self.run, IndexedFolders(folders, survey_of, shelf, self.clerk))


@contextmanager
def indexed_accounts(folder: Path) -> Iterator[IndexedAccounts]:
    """Accounts whose indexes lie in a folder."""
    run = BackgroundLoop()
    accounts = IndexedAccounts(run, folder)
    try:
        yield accounts
    finally:
        run(accounts.clerk.close())
        accounts.work.close()
        run.close()
