"""The host as a mail session sees it, in memory: accounts, maildrops, a post office, drafts, a clock turned by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any

from offhook.mailbox.letters import (
    INBOX,
    Address,
    Entry,
    Envelope,
    Flag,
    LetterKey,
    MaildropFailure,
    PermanentFailure,
    Rendered,
    render,
)
from offhook.terminal.screen import Capabilities
from offhook.terminal.session import SessionEnd, hold_session
from tests.support.memory_maildrop import MemoryFolders, MemoryLetters, MemoryMaildrop
from tests.support.scripted_terminal import Key, ScriptedTerminal, Typed, run

HERE = timezone(timedelta(hours=1))


@dataclass
class MemoryPostOffice:
    """A `PostOffice`: `bob` and other bare names are local; `failure` is raised in place of taking a letter."""

    locals: tuple[str, ...] = ("alice", "bob", "carol")
    posted: list[tuple[Envelope, bytes]] = field(default_factory=list)
    failure: Exception | None = None

    async def check(self, address: str) -> str:
        name, at, domain = address.partition("@")
        if at and domain != "host.example":
            return address
        if name not in self.locals:
            raise PermanentFailure(f"There is nobody called {name} here.")
        return f"{name}@host.example"

    async def post(self, envelope: Envelope, letter: bytes) -> None:
        if self.failure is not None:
            raise self.failure
        self.posted.append((envelope, letter))


@dataclass
class MemoryDrafts:
    """A `DraftBox`; two guests may share one as two calls of one subscriber do."""

    value: bytes | None = None
    saves: int = 0

    full: bool = False

    async def save(self, draft: bytes) -> bool:
        if self.full:
            return False
        self.value = draft
        self.saves += 1
        return True

    async def load(self) -> bytes | None:
        return self.value

    async def clear(self) -> None:
        self.value = None


class GuestFolders:
    """A guest's folders, of which `broken` cannot be made."""

    def __init__(self, real: Any) -> None:
        self.real = real

    @property
    def shared(self) -> dict[str, MemoryLetters]:
        return self.real.shared

    async def names(self) -> Sequence[str]:
        return await self.real.names()

    async def open(self, name: str) -> Any:
        return await self.real.open(name)

    async def create(self, name: str) -> None:
        if name == "broken":
            raise MaildropFailure("The folder cannot be made: no space left.")
        await self.real.create(name)

    async def remove(self, name: str) -> None:
        await self.real.remove(name)


def new_mail() -> tuple[Any, Any]:
    """Maildrop and folders of one more guest: in memory, unless who runs these tests has put another store there."""
    maildrop = MemoryMaildrop()
    return maildrop, MemoryFolders(maildrop.shared)


class MemoryGuest:
    """A `Guest`: alice."""

    def __init__(self) -> None:
        self.name = "alice"
        self.address = Address("Alice Ash", "alice@host.example")
        self.addresses = frozenset({"alice@host.example"})
        self.maildrop, folders = new_mail()
        self.folders = GuestFolders(folders)
        self.post_office = MemoryPostOffice()
        self.drafts = MemoryDrafts()

    async def render(self, letter: bytes) -> Rendered:
        return render(letter)

    def put(self, letter: bytes | str, *flags: Flag) -> LetterKey:
        """Have a letter arrive."""
        octets = letter.encode() if isinstance(letter, str) else letter

        async def arrive() -> LetterKey:
            append = await self.maildrop.begin(frozenset(flags))
            await append.write(octets.replace(b"\r\n", b"\n"))
            return await append.commit()

        return run(arrive())

    def flags(self, number: int) -> set[Flag]:
        """The flags of the letter that arrived as number `number`."""
        return set(self.entries()[str(number)].flags)

    def keys(self) -> list[str]:
        """The letters that are there."""
        return list(self.entries())

    def entries(self, folder: str = INBOX) -> dict[str, Entry]:
        """The letters that are there, or in a folder, by their keys."""
        maildrop = self.maildrop if folder == INBOX else run(self.folders.open(folder))
        return {entry.key: entry for entry in run(maildrop.scan())}

    def letters(self, folder: str = INBOX) -> list[bytes]:
        """The octets of the letters that are there, or in a folder, as they were put there."""
        maildrop = self.maildrop if folder == INBOX else run(self.folders.open(folder))
        keys = sorted((entry.key for entry in run(maildrop.scan())), key=int)
        return [run(maildrop.fetch(key)) for key in keys]

    def another_session(self) -> "MemoryGuest":
        """The same subscriber in another call."""
        other = MemoryGuest()
        other.maildrop = self.maildrop.another_session()
        other.drafts = self.drafts
        return other


class MemoryDesk:
    """A `Desk`: alice's password is `letmein`."""

    host = "host.example"

    def __init__(self, guest: MemoryGuest | None = None, greeting: str = "") -> None:
        self.guest = guest or MemoryGuest()
        self.greeting = greeting
        self.reports: list[tuple[str, Exception]] = []
        self.tried: list[tuple[str, str]] = []
        self.time = datetime(2026, 11, 23, 21, 30, tzinfo=HERE)
        self.fault: Exception | None = None
        self._words = count(1)

    async def admit(self, name: str, password: str) -> MemoryGuest | None:
        self.tried.append((name, password))
        if self.fault is not None:
            raise self.fault
        return self.guest if (name, password) == ("alice", "letmein") else None

    def now(self) -> datetime:
        return self.time

    def unique(self) -> str:
        return f"word{next(self._words)}"

    def report(self, doing: str, error: Exception) -> None:
        self.reports.append((doing, error))


def letter(
    number: int = 1,
    *,
    sender: str = "Bob Beech <bob@host.example>",
    to: str = "alice@host.example",
    subject: str | None = None,
    body: str = "Hello.\n",
    headers: str = "",
) -> str:
    """A plain letter."""
    subject = f"Subject {number}" if subject is None else subject
    date = f"Sat, {number % 28 + 1:02} Nov 2026 12:30:00 +0000"
    return f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {date}\nMessage-ID: <{number}@x>\n{headers}\n{body}"


@dataclass
class Held:
    """A session that was held: how it ended, what the caller saw."""

    end: SessionEnd
    terminal: ScriptedTerminal
    desk: MemoryDesk

    @property
    def text(self) -> str:
        return self.terminal.text

    def answer_to(self, line: str) -> str:
        """What came between the caller's `line` at the prompt and the next prompt."""
        answer = self.text.partition(f"? {line}\n")[2]
        return "" if answer.startswith("? ") else answer.partition("\n? ")[0]


def hold(
    guest: MemoryGuest,
    *script: Typed,
    capabilities: Capabilities | None = None,
    desk: MemoryDesk | None = None,
    ahead: bool = False,
    at_text: Mapping[str, Key] | None = None,
) -> Held:
    """A session of a guest who is logged in already.

    `ahead`: every line is typed ahead. `at_text`: what the caller does as a text is about to be shown.
    """
    terminal = ScriptedTerminal(*script, capabilities=capabilities)
    terminal.ahead = ahead
    terminal.at_text = dict(at_text or {})
    desk = desk or MemoryDesk(guest)
    return Held(run(hold_session(terminal, desk, guest)), terminal, desk)
