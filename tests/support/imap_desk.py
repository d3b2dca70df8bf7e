"""Maildrops on a real IMAP server for tests that know no event loop, with the keys that maildrops in memory have."""

import asyncio
import threading
from array import array
from collections import deque
from collections.abc import Collection, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any, TypeVar

from offhook.mailbox.imap import ImapFolders, ImapMaildrop, ImapServer, ImapSession
from offhook.mailbox.letters import (
    INBOX,
    Append,
    Entry,
    Flag,
    Found,
    Heading,
    LetterKey,
    Listing,
    Maildrop,
    Where,
    ref_of,
)
from tests.support.dovecot import MASTER, MASTER_PASSWORD, Dovecot

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds that one operation may take."""
MOST_OPEN = 20
"""Sessions that are left open; the oldest ones have done their work."""


class BackgroundLoop:
    """An event loop in a thread of its own, for those who want to wait for what it does."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="background loop")
        self._thread.start()

    def __call__(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()


class ImapAccounts:
    """Gives every guest of the tests an account that nobody has used."""

    def __init__(self, server: Dovecot, run: BackgroundLoop) -> None:
        self._server = ImapServer("127.0.0.1", server.imap, "none", master_user=MASTER, master_password=MASTER_PASSWORD)
        self._run = run
        self._names = count(1)
        self._open: deque[ImapSession] = deque()

    def new_mail(self) -> tuple["BlockingMaildrop", "BlockingFolders"]:
        maildrop = self.session_of(f"guest{next(self._names)}")
        return maildrop, BlockingFolders(maildrop)

    def session_of(self, account: str) -> "BlockingMaildrop":
        session = ImapSession(self._server, account, None)
        self._open.append(session)
        while len(self._open) > MOST_OPEN:
            self._open.popleft().abandon()
        return BlockingMaildrop(self, self._run, ImapMaildrop(session, INBOX))

    def close(self) -> None:
        while self._open:
            self._open.popleft().abandon()


class BlockingMaildrop:
    """A `Maildrop` whose calls never wait for an event loop of the caller's: the work is done on another one meanwhile.

    The letters of a mailbox nobody has used before have UIDs from 1 on: that is the key here, as it is in memory.
    """

    def __init__(self, accounts: ImapAccounts, run: BackgroundLoop, real: ImapMaildrop) -> None:
        self._accounts = accounts
        self._run = run
        self.real = real
        self.catalog = BlockingCatalog(self, run)
        self._validity = ""

    def another_session(self) -> "BlockingMaildrop":
        return self._accounts.session_of(self.real.session.account)

    async def scan(self) -> Sequence[Entry]:
        return [replace(entry, key=self._short(entry.key)) for entry in self._run(self.real.scan())]

    async def head(self, key: LetterKey) -> bytes:
        return self._run(self.real.head(self._long(key)))

    async def fetch(self, key: LetterKey) -> bytes:
        return self._run(self.real.fetch(self._long(key)))

    async def mark(
        self,
        key: LetterKey,
        *,
        add: Collection[Flag] = frozenset(),
        remove: Collection[Flag] = frozenset(),
        add_keywords: Collection[str] = frozenset(),
        remove_keywords: Collection[str] = frozenset(),
    ) -> None:
        changes = {"add": add, "remove": remove}
        keywords = {"add_keywords": add_keywords, "remove_keywords": remove_keywords}
        self._run(self.real.mark(self._long(key), **changes, **keywords))  # type: ignore[arg-type]

    async def expunge(self, keys: Iterable[LetterKey]) -> None:
        self._run(self.real.expunge([self._long(key) for key in keys]))

    async def begin(
        self,
        flags: Collection[Flag] = frozenset(),
        *,
        keywords: Collection[str] = frozenset(),
        arrived: float | None = None,
    ) -> Append:
        return _BlockingAppend(self, self._run(self.real.begin(flags, keywords=keywords, arrived=arrived)))

    async def copy(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        return await self._transfer(keys, to, "copy")

    async def move(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        return await self._transfer(keys, to, "move")

    async def wait(self, seconds: float) -> bool:
        return self._run(self.real.wait(seconds))

    async def close(self) -> None:
        self._run(self.real.close())

    async def _transfer(self, keys: Iterable[LetterKey], to: Maildrop, way: str) -> Sequence[LetterKey]:
        target = to.real if isinstance(to, BlockingMaildrop) else to
        made: Sequence[LetterKey] = self._run(getattr(self.real, way)([self._long(key) for key in keys], target))
        return [to._short(key) if isinstance(to, BlockingMaildrop) else key for key in made]

    def _short(self, key: LetterKey) -> LetterKey:
        self._validity, _, uid = key.partition(".")
        return LetterKey(uid)

    def _long(self, key: LetterKey) -> LetterKey:
        if not self._validity:
            for entry in self._run(self.real.scan()):
                self._short(entry.key)
        return LetterKey(f"{self._validity or 1}.{key}")


class BlockingCatalog:
    """The catalog of a maildrop in the same way, with the refs that the keys of maildrops in memory have."""

    def __init__(self, maildrop: BlockingMaildrop, run: BackgroundLoop) -> None:
        self._maildrop = maildrop
        self._run = run
        self._real = maildrop.real.catalog
        self._listed: Listing | None = None
        self._listing = Listing()
        self._long: dict[int, int] = {}

    async def listing(self) -> Listing:
        listed = self._run(self._real.listing())
        if listed is not self._listed:
            refs = list(listed.refs)
            entries = self._run(self._real.entries(refs))
            short = [ref_of(self._maildrop._short(entry.key)) if entry else 0 for entry in entries]
            self._long |= zip(short, refs, strict=True)
            self._listed, self._listing = listed, Listing(array("q", short), listed.states)
        return self._listing

    async def entries(self, refs: Sequence[int]) -> Sequence[Entry | None]:
        found = self._run(self._real.entries(self._longs(refs)))
        return [replace(entry, key=self._maildrop._short(entry.key)) if entry else None for entry in found]

    async def headings(self, refs: Sequence[int]) -> Sequence[Heading | None]:
        return self._run(self._real.headings(self._longs(refs)))

    async def matching(self, where: Where, text: str) -> Collection[int]:
        return self._shorts(self._run(self._real.matching(where, text)))

    async def search(self, words: Sequence[str]) -> Found:
        found = self._run(self._real.search(words))
        return Found(self._shorts(found.refs), found.unread)

    def _longs(self, refs: Sequence[int]) -> list[int]:
        return [self._long[ref] for ref in refs]

    def _shorts(self, refs: Collection[int]) -> frozenset[int]:
        return frozenset(short for short, long in self._long.items() if long in refs)


class BlockingFolders:
    """`Folders` in the same way, in the session of a maildrop."""

    def __init__(self, inbox: BlockingMaildrop) -> None:
        self._inbox = inbox
        self._real = ImapFolders(inbox.real.session)

    async def names(self) -> Sequence[str]:
        return self._inbox._run(self._real.names())

    async def open(self, name: str) -> BlockingMaildrop:
        return BlockingMaildrop(self._inbox._accounts, self._inbox._run, self._inbox._run(self._real.open(name)))

    async def create(self, name: str) -> None:
        self._inbox._run(self._real.create(name))

    async def remove(self, name: str) -> None:
        self._inbox._run(self._real.remove(name))


class _BlockingAppend:
    def __init__(self, maildrop: BlockingMaildrop, append: Append) -> None:
        self._maildrop = maildrop
        self._append = append

    async def write(self, data: bytes) -> None:
        self._maildrop._run(self._append.write(data))

    async def commit(self) -> LetterKey:
        return self._maildrop._short(self._maildrop._run(self._append.commit()))

    async def abort(self) -> None:
        self._maildrop._run(self._append.abort())


@contextmanager
def imap_accounts(server: Dovecot) -> Iterator[ImapAccounts]:
    """Accounts on a running server."""
    run = BackgroundLoop()
    accounts = ImapAccounts(server, run)
    try:
        yield accounts
    finally:
        accounts.close()
        run.close()
