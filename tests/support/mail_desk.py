"""The host as a mail session sees it, in memory: accounts, maildrops, a post office, drafts, a clock turned by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count

from offhook.mailbox.letters import Address, Envelope, Flag, LetterKey, MaildropFailure, PermanentFailure
from offhook.terminal.screen import Capabilities
from offhook.terminal.session import SessionEnd, hold_session
from tests.support.memory_maildrop import MemoryFolders, MemoryMaildrop
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


class GuestFolders(MemoryFolders):
    """Folders in memory, of which `broken` cannot be made."""

    async def create(self, name: str) -> None:
        if name == "broken":
            raise MaildropFailure("The folder cannot be made: no space left.")
        await super().create(name)


class MemoryGuest:
    """A `Guest`: alice."""

    def __init__(self) -> None:
        self.name = "alice"
        self.address = Address("Alice Ash", "alice@host.example")
        self.addresses = frozenset({"alice@host.example"})
        self.maildrop = MemoryMaildrop()
        self.post_office = MemoryPostOffice()
        self.drafts = MemoryDrafts()
        self.folders = GuestFolders(self.maildrop.shared)

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
        return set(self.maildrop.shared.letters[LetterKey(str(number))][0].flags)

    def keys(self) -> list[str]:
        """The letters that are there."""
        return list(self.maildrop.shared.letters)


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
