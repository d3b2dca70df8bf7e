"""The reception: an answered call gets a terminal and a session. The only meeting of the two shores."""

import asyncio
import logging
import os
import secrets
import stat
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from offhook.mailbox.accounts import Account, AccountError, PasswordCheck
from offhook.mailbox.letters import (
    Address,
    Folders,
    Maildrop,
    MaildropFailure,
    PostOffice,
    Rendered,
    TemporaryFailure,
)
from offhook.terminal.discipline import UTF8
from offhook.terminal.screen import Capabilities
from offhook.terminal.session import SessionEnd, hold_session
from offhook.terminal.teletype import Teletype
from offhook.virtual_lines.exchange import Leg
from offhook.virtual_lines.switchboard import CallFacts, TerminalFacts

log = logging.getLogger(__name__)

LONGEST_DRAFT = 4_000_000
GOODBYE = b"\r\nThis host is going down. Goodbye.\r\n"


class FileDrafts:
    """A `DraftBox`: one file beside the maildrop. A disk that fails costs the draft, never the call."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def save(self, draft: bytes) -> bool:
        """Keep this; whether it is kept."""
        return await asyncio.to_thread(self._guarded, self._save, draft)

    async def load(self) -> bytes | None:
        """What is kept."""
        return await asyncio.to_thread(self._load)

    async def clear(self) -> None:
        """Keep nothing."""
        await asyncio.to_thread(self._guarded, self._remove, b"")

    def _guarded(self, work: Callable[[bytes], None], data: bytes) -> bool:
        try:
            work(data)
        except OSError as error:
            log.warning("a draft could not be kept: %s", error)
            return False
        return True

    def _save(self, draft: bytes) -> None:
        temporary = self._path.with_name(f"{self._path.name}.new")
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            os.fchmod(file, stat.S_IRUSR | stat.S_IWUSR)
            view = memoryview(draft)
            while view:
                view = view[os.write(file, view) :]
            os.fsync(file)
        finally:
            os.close(file)
        temporary.replace(self._path)

    def _load(self) -> bytes | None:
        try:
            with os.fdopen(os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), "rb") as file:
                return file.read(LONGEST_DRAFT)
        except OSError:
            return None

    def _remove(self, _data: bytes) -> None:
        self._path.unlink(missing_ok=True)


class Visitor:
    """A `Guest`: what is a subscriber's own on this host."""

    def __init__(
        self,
        account: Account,
        domains: tuple[str, ...],
        maildrop: Maildrop,
        folders: Folders,
        post_office: PostOffice,
        drafts: FileDrafts,
        reading: Callable[[bytes], Awaitable[Rendered]],
    ) -> None:
        """`reading` makes letters into text."""
        self.name = account.name
        self.address = Address(account.full_name, f"{account.name}@{domains[0]}")
        self.addresses = frozenset(f"{account.name}@{domain}" for domain in domains)
        self.maildrop = maildrop
        self.folders = folders
        self.post_office = post_office
        self.drafts = drafts
        self._reading = reading

    async def render(self, letter: bytes) -> Rendered:
        """Any letter as text."""
        return await self._reading(letter)


class FrontDesk:
    """A `Desk` for one call."""

    def __init__(
        self,
        host: str,
        greeting: str,
        check: PasswordCheck,
        visitor: Callable[[Account, str, str], Visitor],
        origin: str,
        source: str,
    ) -> None:
        """`origin` is the call as the log names it, `source` where wrong passwords are counted: a number or address."""
        self.host = host
        self.greeting = greeting
        self._check = check
        self._visitor = visitor
        self._origin = origin
        self._source = source

    async def admit(self, name: str, password: str) -> Visitor | None:
        """The subscriber, if the password is right. Raises `TemporaryFailure` if nobody can be let in at present."""
        try:
            account = await self._check.verify(name, password, self._source)
        except (AccountError, OSError) as error:
            log.error("%s: nobody can log in: %s", self._origin, error)
            raise TemporaryFailure("Nobody can log in at present; try again later.") from error
        if account is None:
            log.info("%s: login refused", self._origin)
            return None
        log.info("%s: %s logged in", self._origin, account.name)
        try:
            return self._visitor(account, self._origin, password)
        except MaildropFailure as why:
            log.error("%s: the mailbox of %s cannot be opened: %s", self._origin, account.name, why)
            raise TemporaryFailure(str(why)) from why

    def now(self) -> datetime:
        """The time here."""
        return datetime.now().astimezone()

    def unique(self) -> str:
        """A word for a Message-ID."""
        return f"{datetime.now().timestamp():.6f}.{secrets.token_hex(8)}"

    def report(self, doing: str, error: Exception) -> None:
        """Log a fault of ours."""
        log.error("%s: %s failed", self._origin, doing, exc_info=error)


class Reception:
    """Holds a session on each call to the mail host."""

    def __init__(
        self,
        host: str,
        greeting: str,
        check: PasswordCheck,
        visitor: Callable[[Account, str, str], Visitor],
        *,
        idle: float,
    ) -> None:
        self._host = host
        self._greeting = greeting
        self._check = check
        self._visitor = visitor
        self._idle = idle
        self._calls: dict[asyncio.Task[None], Leg] = {}

    def answer(self, leg: Leg, facts: CallFacts) -> None:
        """Take a call (an `Answerer`)."""
        task = asyncio.get_running_loop().create_task(self._hold(leg, facts), name=f"call of {facts.line}")
        self._calls[task] = leg
        task.add_done_callback(lambda done: self._calls.pop(done, None))

    async def _hold(self, leg: Leg, facts: CallFacts) -> None:
        origin = f"{facts.line} {facts.caller.number}" if facts.caller.number else facts.line
        try:
            teletype = Teletype(leg, _capabilities(facts.terminal, Capabilities()), idle=self._idle)
            facts.watch(lambda terminal: teletype.use(_capabilities(terminal, teletype.capabilities)))
            source = facts.caller.number or facts.line
            desk = FrontDesk(self._host, self._greeting, self._check, self._visitor, origin, source)
            end = await hold_session(teletype, desk)
            log.info("%s: %s", origin, end.value)
            if end is SessionEnd.REFUSED:
                await asyncio.sleep(1)  # a guesser keeps the line a moment longer
        except Exception:  # one call's fault must not reach the others
            log.exception("%s: the session failed", origin)
        finally:
            leg.close()

    async def close(self) -> None:
        """Say goodbye on every call and end it."""
        calls = dict(self._calls)
        for task, leg in calls.items():
            leg.send(GOODBYE)
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


def _capabilities(facts: TerminalFacts, known: Capabilities) -> Capabilities:
    """What was `known` of a terminal, with what the line tells of it."""
    charset = UTF8 if facts.utf8 else known.charset
    return replace(known, charset=charset, rate=facts.rate or known.rate).sized(facts.columns, facts.rows)
