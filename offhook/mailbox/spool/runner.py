"""The spool at work: letters are tried when they are due, tried again later, or given up with a notice to their sender.

What a try made of a letter is written down before anything else is done about it. If the disk does not take
that, it is kept in memory and the letter is not tried again before it has been written, lest a recipient gets it twice.
How far a try has come that was cut short nobody knows; so the route is told of each try that may not be the first.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from offhook.mailbox.letters import PermanentFailure, TemporaryFailure
from offhook.mailbox.spool.bounce import Notice, make_notice
from offhook.mailbox.spool.retry import Schedule
from offhook.mailbox.spool.spool import Spool
from offhook.mailbox.spool.spooled import Outcome, Recipient, SpooledLetter, State, Try

log = logging.getLogger(__name__)

POLL_SECONDS = 15.0
"""Longest sleep: another process may have put a letter, or asked for a retry."""

Route = Callable[[Try], Awaitable[Outcome]]
"""Tries a letter. A recipient it leaves out counts as failed for now."""
Bounced = Callable[[Try], Awaitable[None]]
"""Delivers a notice to its one recipient, from the null sender; raises the failures if it cannot."""


class SpoolRunner:
    """Tries the letters of one spool. `hostname` signs the notices, `at_once` letters are tried side by side."""

    def __init__(
        self,
        spool: Spool,
        route: Route,
        bounced: Bounced,
        *,
        hostname: str,
        schedule: Schedule | None = None,
        at_once: int = 8,
    ) -> None:
        self._spool = spool
        self._route = route
        self._bounced = bounced
        self._hostname = hostname
        self._schedule = schedule or Schedule()
        self._at_once = at_once
        self._busy: set[str] = set()
        self._unwritten: dict[str, SpooledLetter] = {}
        self._held: dict[str, float] = {}
        self._tried: set[str] | None = None
        self._shared = False
        self._ending = asyncio.Event()

    async def run(self) -> None:
        """Work until `end`; whatever fails is logged, and tried again."""
        while not self._ending.is_set():
            try:
                await self._run_once()
            except OSError as error:
                log.warning("the spool cannot be used: %s", error)
            except Exception:  # letters that wait must not wait for a restart of the host
                log.warning("the spool stumbled", exc_info=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._ending.wait()

    def end(self) -> None:
        """Begin no more tries; `run` returns when those that are under way have ended and are written down."""
        self._ending.set()
        self._spool.touch()

    async def ended(self, running: "asyncio.Task[None]", patience: float) -> None:
        """Wait until `running`, the task of `run`, is over; what takes longer than `patience` seconds is cut short.

        A try that is cut short is made again at the next start; what has become known of one is written down first.
        """
        self.end()
        await asyncio.wait({running}, timeout=patience)
        if not running.done():
            log.warning("letters were being handed on as the host stopped: they are tried again when it starts")
            running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async def _run_once(self) -> None:
        with self._spool.claimed() as ours:
            if ours:
                self._shared = False
                self._tried = None
                await self._spool.recover()
                await self._work()
            elif not self._shared:
                self._shared = True
                log.warning("another process sends the letters of this spool")

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            while not self._ending.is_set():
                await self._spool.changed(await self._begin(group))

    async def attempt_due(self) -> None:
        """Try every letter that is due, once; return when each has an outcome. Not to be called while `run` runs."""
        async with asyncio.TaskGroup() as group:
            await self._begin(group, all_at_once=True)

    async def _begin(self, group: asyncio.TaskGroup, *, all_at_once: bool = False) -> float:
        """Begin a try of what is due; seconds until there is more to do."""
        try:
            letters = await self._spool.list()
        except OSError as error:
            log.warning("the spool cannot be read: %s", error)
            return POLL_SECONDS
        waiting = {letter.ident: letter for letter in letters}
        self._unwritten = {ident: letter for ident, letter in self._unwritten.items() if ident in waiting}
        self._held = {ident: until for ident, until in self._held.items() if ident in waiting}
        # What was here before us somebody else may have tried.
        self._tried = set(waiting) if self._tried is None else self._tried & waiting.keys()
        now, wait = self._spool.now(), POLL_SECONDS
        for letter in sorted((waiting | self._unwritten).values(), key=lambda each: each.next_attempt):
            if letter.ident in self._busy:
                continue
            pause = self._pause(letter, now)
            if pause > 0:
                wait = min(wait, pause)
            elif all_at_once or len(self._busy) < self._at_once:
                self._busy.add(letter.ident)
                group.create_task(self._guarded(letter), name=f"letter {letter.ident}")
        return wait

    def _pause(self, letter: SpooledLetter, now: float) -> float:
        """Seconds until there is something to do for a letter; 0 if there is."""
        held = self._held.get(letter.ident, now) - now
        if 0 < held <= POLL_SECONDS:
            return held
        return 0.0 if letter.ident in self._unwritten else self._schedule.wait(letter, now)

    async def _guarded(self, letter: SpooledLetter) -> None:
        try:
            if letter.ident not in self._unwritten or await self._write(letter):
                await self._attempt(letter)
        except Exception:  # one letter must not keep the others from leaving
            log.warning("letter %s could not be tried", letter.ident, exc_info=True)
            self._hold(letter)
        finally:
            self._busy.discard(letter.ident)
            self._spool.touch()

    def _hold(self, letter: SpooledLetter) -> None:
        """Leave a letter alone for a while, whatever its envelope says."""
        self._held[letter.ident] = self._spool.now() + POLL_SECONDS

    async def _attempt(self, letter: SpooledLetter) -> None:
        now = self._spool.now()
        due = tuple(each.address for each in letter.recipients if self._is_due(each, State.PENDING, now))
        content: bytes | None = None
        if due:
            content, outcome = await self._try(letter, due)
            letter = self._schedule.after_try(letter, outcome, now := self._spool.now())
            if not await self._write(letter):
                return
        if self._schedule.owes_delay_notice(letter, now):
            letter = await self._tell_of_delay(letter, content)
        if any(self._is_due(each, State.FAILED, now) for each in letter.recipients):
            told = await self._tell(Notice.FAILED, State.FAILED, letter, content)
            await self._write(self._schedule.after_notice(letter, told, self._spool.now()))

    def _is_due(self, recipient: Recipient, state: State, now: float) -> bool:
        return recipient.state is state and self._schedule.is_due(recipient, now)

    async def _try(self, letter: SpooledLetter, due: tuple[str, ...]) -> tuple[bytes | None, Outcome]:
        """The letter's bytes, and an outcome for each of the recipients that are `due`."""
        content: bytes | None = None
        try:
            content = await self._spool.read(letter.ident)
            if len(content) != letter.size:
                raise OSError(5, f"has {len(content)} bytes in place of {letter.size}", letter.ident)
            outcome = await self._route(Try(letter.ident, letter.sender, due, content, again=self._is_tried(letter)))
        except OSError as error:
            log.warning("letter %s cannot be read: %s", letter.ident, error)
            outcome = {}
        except Exception:  # a route that fails has delivered nothing that it told of
            log.warning("letter %s could not be routed", letter.ident, exc_info=True)
            outcome = {}
        nothing = TemporaryFailure("451 4.3.0 The letter could not be handed on.")
        return content, {address: outcome.get(address, nothing) for address in due}

    def _is_tried(self, letter: SpooledLetter) -> bool:
        """Whether a letter may have been tried before; from now on it has been."""
        if self._tried is None or letter.ident in self._tried:
            return True
        self._tried.add(letter.ident)
        return False

    async def _write(self, letter: SpooledLetter) -> bool:
        """Write down how far a letter has come; false if that failed, or the letter was dropped meanwhile."""
        try:
            there = await _to_its_end(self._spool.update(letter))
        except OSError as error:
            log.warning("what became of letter %s cannot be written down now: %s", letter.ident, error)
            self._unwritten[letter.ident] = letter
            self._hold(letter)
            return False
        self._unwritten.pop(letter.ident, None)
        return there

    async def _tell_of_delay(self, letter: SpooledLetter, content: bytes | None) -> SpooledLetter:
        """Tell the sender once that the letter is late; this notice is a courtesy, and not tried again."""
        await self._tell(Notice.DELAYED, State.PENDING, letter, content)
        letter = replace(letter, delay_told=True)
        await self._write(letter)
        return letter

    async def _tell(self, kind: Notice, state: State, letter: SpooledLetter, content: bytes | None) -> bool:
        """Send a notice about the recipients in `state`; false if that has to be tried again."""
        about = tuple(each for each in letter.recipients if each.state is state)
        if not letter.sender:
            log.warning("letter %s from the null sender is given up for %d recipients", letter.ident, len(about))
            return True
        notice = make_notice(
            kind,
            letter.sender,
            about,
            content if content is not None else await self._content(letter),
            hostname=self._hostname,
            arrived=datetime.fromtimestamp(letter.arrived, UTC),
            date=datetime.fromtimestamp(self._spool.now(), UTC),
            message_id=f"{letter.ident}.{secrets.token_hex(4)}@{self._hostname}",
        )
        ident = f"{letter.ident} {kind.value} {' '.join(each.address for each in about)}"
        try:
            await self._bounced(Try(ident, "", (letter.sender,), notice, again=True))
        except PermanentFailure as why:
            log.warning("the sender of letter %s cannot be told of its failure: %s", letter.ident, why)
        except Exception as why:  # noqa: BLE001 - whatever it is, the notice is still owed
            log.warning("the sender of letter %s cannot be told of its failure now: %s", letter.ident, why)
            return False
        return True

    async def _content(self, letter: SpooledLetter) -> bytes:
        """The letter for a notice; empty if the disk does not give it, since the notice matters more."""
        try:
            return await self._spool.read(letter.ident)
        except OSError:
            return b""


async def _to_its_end(step: Coroutine[None, None, bool]) -> bool:
    """Take a durable step whole, also if this is cancelled meanwhile: then it is taken, and the end comes after it."""
    task = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
