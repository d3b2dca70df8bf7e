"""An IMAP mailbox as a maildrop, for hosts that have outgrown one machine: letters stay on the mail server."""

import asyncio
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from offhook.mailbox.imap.append import Appending, Transfer
from offhook.mailbox.imap.catalog import ImapCatalog
from offhook.mailbox.imap.connection import Connection
from offhook.mailbox.imap.mailbox import LARGEST_LETTER, Mailbox, as_sent, flag_names
from offhook.mailbox.imap.server import ImapServer, Refused
from offhook.mailbox.imap.session import ImapSession
from offhook.mailbox.letters import (
    INBOX,
    Append,
    Entry,
    Flag,
    LetterKey,
    Maildrop,
    MaildropFailure,
    check_keywords,
    copy_letters,
    is_keyword,
)

LONGEST_NAME = 200
"""Characters of a folder's name."""
MOST_FOLDERS = 10_000
_UNFIT = re.compile(r"[\0-\x1f\x7f-\x9f\ud800-\udfff]")


class ImapMaildrop:
    """A `Maildrop`: one mailbox of a session. `name` is the mailbox as the server calls it."""

    def __init__(self, session: ImapSession, name: str = INBOX) -> None:
        self.session = session
        self.name = name
        self.catalog = ImapCatalog(session, name)
        self._mailbox = Mailbox()
        self._seen = (0, 0)
        self._open = True
        session.enter()

    async def scan(self) -> Sequence[Entry]:
        """Every letter, in order of arrival."""
        return await self.session.run(self._scan, self.name)

    async def head(self, key: LetterKey) -> bytes:
        """The header block, at most 256 KiB of it."""
        return await self.session.run(lambda at: self._mailbox.head(at, key), self.name)

    async def fetch(self, key: LetterKey) -> bytes:
        """The whole letter, with LF at the ends of its lines."""
        return await self.session.run(lambda at: self._mailbox.fetch(at, key), self.name)

    async def mark(
        self,
        key: LetterKey,
        *,
        add: Collection[Flag] = frozenset(),
        remove: Collection[Flag] = frozenset(),
        add_keywords: Collection[str] = frozenset(),
        remove_keywords: Collection[str] = frozenset(),
    ) -> None:
        """Change flags and keywords, and no others."""
        check_keywords(add_keywords)
        adding = flag_names(add, add_keywords)
        removing = flag_names(remove, [word for word in remove_keywords if is_keyword(word)])
        if adding or removing:
            wanted = tuple(add_keywords)
            self.catalog.is_older()
            await self.session.run(lambda at: self._mailbox.mark(at, key, adding, removing, wanted), self.name)

    async def expunge(self, keys: Iterable[LetterKey]) -> None:
        """Remove these letters for good, and never others that somebody has marked as deleted."""
        doomed = tuple(keys)
        if doomed:
            self.catalog.is_older()
            await self.session.run(lambda at: self._mailbox.expunge(at, self._mailbox.uids(at, doomed)), self.name)

    async def begin(
        self,
        flags: Collection[Flag] = frozenset(),
        *,
        keywords: Collection[str] = frozenset(),
        arrived: float | None = None,
    ) -> Append:
        """Start putting a letter in; it is sent whole with `commit`."""
        check_keywords(keywords)
        return _Append(self.session, self.name, self._mailbox, flag_names(flags, keywords), arrived)

    async def begin_as(self, ident: str) -> Append:
        """Start putting a letter in: its `Received` field is what it is known by (`Recognizing`)."""
        return await self.begin()

    async def has(self, ident: str) -> bool:
        """Whether a letter with `ident` in a `Received` field is there (`Recognizing`); by a search of the server's."""
        return await self.session.run(lambda at: self._mailbox.has_field(at, "Received", ident), self.name)

    async def copy(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        """Copy letters, by the server itself where both are its own."""
        return await self._transfer(list(keys), to, move=False)

    async def move(self, keys: Iterable[LetterKey], to: Maildrop) -> Sequence[LetterKey]:
        """Move letters, by the server itself where both are its own."""
        return await self._transfer(list(keys), to, move=True)

    async def wait(self, seconds: float) -> bool:
        """Whether something may have changed since the last `scan`."""
        return await self.session.wait(self.name, self._changed, seconds)

    async def marked(self, keys: Sequence[LetterKey], flag: Flag) -> Collection[LetterKey]:
        """Those of these letters that have the flag now (`Marking`)."""
        return await self.session.run(lambda at: self._mailbox.marked(at, keys, flag), self.name)

    async def close(self) -> None:
        """Use the session no more."""
        if self._open:
            self._open = False
            await self.session.leave()

    def _scan(self, connection: Connection) -> list[Entry]:
        connection.noop()
        self._seen = self.session.connections, connection.noted
        return self._mailbox.scan(connection)

    def _changed(self, connection: Connection) -> bool:
        """Whether something was noted, or nobody can say because the connection, or the mailbox, was another one."""
        return self._seen != (self.session.connections, connection.noted)

    async def _transfer(self, keys: list[LetterKey], to: Maildrop, *, move: bool) -> Sequence[LetterKey]:
        if not keys:
            return []
        if not (isinstance(to, ImapMaildrop) and self._reaches(to.session)):
            copies = await copy_letters(self, keys, to)
            if move:
                await self.expunge(keys)
            return copies
        self.catalog.is_older()
        return await self.session.run(Transfer(self._mailbox, keys, to.name, move=move), self.name)

    def _reaches(self, other: ImapSession) -> bool:
        mine = self.session
        return mine is other or (mine.server, mine.account) == (other.server, other.account)


class OneLetter:
    """A maildrop into which one letter is put: its session ends with that, since who delivers does not stay."""

    def __init__(self, maildrop: ImapMaildrop) -> None:
        self._maildrop = maildrop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._maildrop, name)

    async def begin(
        self,
        flags: Collection[Flag] = frozenset(),
        *,
        keywords: Collection[str] = frozenset(),
        arrived: float | None = None,
    ) -> Append:
        """Start putting it in."""
        return _LastAppend(await self._maildrop.begin(flags, keywords=keywords, arrived=arrived), self._maildrop)

    async def begin_as(self, ident: str) -> Append:
        """The same (`Recognizing`)."""
        return await self.begin()

    async def has(self, ident: str) -> bool:
        """As the mailbox says (`Recognizing`)."""
        return await self._maildrop.has(ident)


class _LastAppend:
    """The letter (`Append`) after which nothing more is done."""

    def __init__(self, append: Append, maildrop: ImapMaildrop) -> None:
        self._append = append
        self._maildrop = maildrop

    async def write(self, data: bytes) -> None:
        """Add bytes to the letter."""
        await self._append.write(data)

    async def commit(self) -> LetterKey:
        """Hand the letter to the server, and leave."""
        try:
            return await self._append.commit()
        finally:
            await self._maildrop.close()

    async def abort(self) -> None:
        """Leave."""
        await self._append.abort()
        await self._maildrop.close()


class _Append:
    """A letter on its way in (`Append`): kept here until it is whole."""

    def __init__(
        self, session: ImapSession, name: str, mailbox: Mailbox, flags: list[str], arrived: float | None
    ) -> None:
        self._session = session
        self._name = name
        self._mailbox = mailbox
        self._flags = flags
        self._arrived = arrived
        self._letter: bytearray | None = bytearray()

    async def write(self, data: bytes) -> None:
        """Add bytes to the letter."""
        if self._letter is None:
            raise MaildropFailure("The letter is already finished.")
        if len(self._letter) + len(data) > LARGEST_LETTER:
            self._letter = None
            raise MaildropFailure("The letter is too large for the mail server.")
        self._letter += data

    async def commit(self) -> LetterKey:
        """Hand the letter to the server, which has it when this returns."""
        if self._letter is None:
            raise MaildropFailure("The letter is already finished.")
        letter, self._letter = self._letter, None
        sent = await asyncio.to_thread(as_sent, bytes(letter))
        appending = Appending(self._mailbox, self._name, sent, self._flags, self._arrived)
        return await self._session.run(appending, self._name)

    async def abort(self) -> None:
        """Nothing has been sent."""
        self._letter = None


class ImapFolders:
    """`Folders` on an IMAP server: the mailboxes of one account, with `/` between levels whatever the server uses."""

    def __init__(self, session: ImapSession) -> None:
        self._session = session
        self._style: tuple[str, str] | None = None

    async def names(self) -> Sequence[str]:
        """The folders that can be opened, INBOX first."""
        return await self._session.run(self._names)

    async def open(self, name: str) -> ImapMaildrop:
        """The letters of a folder."""
        return ImapMaildrop(self._session, await self._session.run(lambda at: self._there(at, name)))

    async def create(self, name: str) -> None:
        """Make a folder; no error if it is there."""
        await self._session.run(lambda at: self._create(at, name))

    async def remove(self, name: str) -> None:
        """Remove a folder with all its letters; never INBOX."""
        await self._session.run(lambda at: self._remove(at, name))

    def _names(self, connection: Connection) -> list[str]:
        prefix, delimiter = self._styled(connection)
        found = set()
        for flags, _, mailbox in connection.folders()[:MOST_FOLDERS]:
            if {flag.lower() for flag in flags} & {b"\\noselect", b"\\nonexistent"}:
                continue
            name = mailbox.removeprefix(prefix).replace(delimiter, "/") if mailbox.upper() != INBOX else INBOX
            if name != INBOX and is_folder_name(name) and self._mailbox(connection, name) == mailbox:
                found.add(name)
        return [INBOX, *sorted(found)]

    def _there(self, connection: Connection, name: str) -> str:
        """A folder that is there, as the server calls it."""
        mailbox = self._mailbox(connection, name)
        try:
            connection.select(mailbox)
        except Refused:
            if mailbox not in (INBOX, *(self._mailbox(connection, each) for each in self._names(connection))):
                raise MaildropFailure("There is no such folder.") from None
            raise
        return mailbox

    def _create(self, connection: Connection, name: str) -> None:
        mailbox = self._mailbox(connection, name)
        if name == INBOX:
            return
        try:
            connection.change_folder("CREATE", mailbox)
        except Refused:
            if name not in self._names(connection):
                raise

    def _remove(self, connection: Connection, name: str) -> None:
        mailbox = self._mailbox(connection, name)
        if name == INBOX:
            raise MaildropFailure("INBOX is the maildrop itself and cannot be removed.")
        if name not in self._names(connection):
            raise MaildropFailure("There is no such folder.")
        connection.select(INBOX)  # a server may not like to lose what is open
        connection.change_folder("DELETE", mailbox)

    def _mailbox(self, connection: Connection, name: str) -> str:
        """A folder as the server calls it."""
        if name.upper() == INBOX:
            return INBOX
        prefix, delimiter = self._styled(connection)
        if not is_folder_name(name) or (delimiter != "/" and delimiter in name):
            raise MaildropFailure("No folder can have that name.")
        return prefix + name.replace("/", delimiter)

    def _styled(self, connection: Connection) -> tuple[str, str]:
        """What stands before the names of one's own folders, and between their levels."""
        if self._style is None:
            self._style = connection.folder_style()
        return self._style


def is_folder_name(name: str) -> bool:
    """Whether a folder can have that name here."""
    parts = name.split("/")
    return len(name) <= LONGEST_NAME and not _UNFIT.search(name) and all(part and part[0] != "." for part in parts)


async def login_works(server: ImapServer, account: str, password: str) -> bool:
    """Whether the server lets this account in with this password. Raises `MaildropFailure` if it cannot be asked."""
    session = ImapSession(server, account, password, called="a caller")
    try:
        return await session.admitted()
    finally:
        await session.close()
