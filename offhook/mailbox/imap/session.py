"""One caller's session with an IMAP server: one connection, in one thread, made anew when it is lost.

What is asked goes through `run`, in turn. If the connection is lost on the way it is asked once more on a new one; what
must not be asked twice without a look (a letter put in, letters copied) sees to that itself.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from offhook.mailbox.imap.connection import IDLE_TURN, POLL, Connection
from offhook.mailbox.imap.server import ImapServer, LoginRefused, Refused
from offhook.mailbox.letters import LetterGone, MaildropFailure

log = logging.getLogger(__name__)
T = TypeVar("T")

TRIES = 2
"""Connections on which a thing is tried."""
FRESH = 20.0
"""Seconds after which a silent connection is asked whether it is still there, before anything is said that matters."""
FAREWELL = 2.0
"""Seconds for a polite end."""
TURNS = 2.0
"""Seconds of a wait when several wait in the same session."""

_SENTENCES = {
    "OVERQUOTA": "The space allowed for this mailbox is used up; deleting letters makes room.",
    "TOOBIG": "The mail server takes no letter as large as that.",
    "NOPERM": "The mail server does not allow that.",
    "INUSE": "Another program has this mailbox for itself at present; try again.",
    "LIMIT": "The mail server has too much to do; try again later.",
    "UNAVAILABLE": "The mail server cannot do that at present; try again later.",
    "NONEXISTENT": "There is no such folder.",
    "TRYCREATE": "There is no such folder.",
}
_GONE = "The letter is no longer there; another program has removed it."
_LOST = "The mail server cannot be reached at present; try again later."


class NotAdmitted(MaildropFailure):
    """The server has refused name or password."""


class ImapSession:
    """A session of `account`; `password` is None where a master user logs in. Nothing is connected before it is needed.

    Those who use it say so with `enter` and `leave`; the last one to leave ends the connection.
    """

    def __init__(self, server: ImapServer, account: str, password: str | None, *, called: str = "") -> None:
        """`called` is how the log names the account; somebody may have typed a password where the name belongs."""
        self.server = server
        self.account = account
        self._called = called or account
        self._password = password
        self._connection: Connection | None = None
        self.connections = 0
        """How many there have been."""
        self._worker: ThreadPoolExecutor | None = None
        self._bell = Bell()
        self._users = 0
        self._waiting = 0

    def enter(self) -> None:
        """Somebody more uses it."""
        self._users += 1

    async def leave(self) -> None:
        """Somebody uses it no more; the last one closes it."""
        self._users -= 1
        if self._users <= 0:
            await self.close()

    async def run(self, work: Callable[[Connection], T], mailbox: str = "") -> T:
        """Do something on the connection, with `mailbox` open. Raises `MaildropFailure` and nothing else."""
        if self._waiting:
            self._bell.ring()
        return await self._in_turn(partial(self._do, work, mailbox))

    async def wait(self, mailbox: str, changed: Callable[[Connection], bool], seconds: float) -> bool:
        """Whether there is news of a mailbox before so many seconds have gone; `changed` says whether there is some."""
        until = time.monotonic() + seconds
        self._waiting += 1
        try:
            while True:
                left = max(0.0, until - time.monotonic())
                turn = min(left, TURNS if self._waiting > 1 else IDLE_TURN)
                looking = partial(self._wait, changed=changed, seconds=turn)
                if await self._in_turn(partial(self._do, looking, mailbox)):
                    return True
                if time.monotonic() >= until:
                    return False
        except asyncio.CancelledError:
            if self._worker is not None:
                self._bell.ring()
            raise
        finally:
            self._waiting -= 1

    async def admitted(self) -> bool:
        """Whether the server lets the account in. Raises `MaildropFailure` if it cannot be asked."""
        try:
            await self.run(lambda _connection: None)
        except NotAdmitted:
            return False
        return True

    async def close(self) -> None:
        """End the connection, politely if that is quick; idempotent. A later `run` would connect again."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        self._bell.ring()
        farewell = asyncio.wrap_future(worker.submit(self._say_bye))
        done, _ = await asyncio.wait({farewell}, timeout=FAREWELL)
        connection = self._connection
        if not done and connection is not None:
            connection.break_off()
        worker.shutdown(wait=False)

    def abandon(self) -> None:
        """End the connection at once, and whatever waits for it."""
        worker, self._worker = self._worker, None
        if self._connection is not None:
            self._connection.break_off()
        if worker is not None:
            self._bell.ring()
            worker.submit(self._drop_all)
            worker.shutdown(wait=False)

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="imap")
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _wait(self, connection: Connection, changed: Callable[[Connection], bool], seconds: float) -> bool:
        if not changed(connection):
            connection.noop()
        if changed(connection) or seconds <= 0:
            return changed(connection)
        if connection.can("IDLE"):
            connection.idle(seconds, self._bell.descriptor)
        else:
            connection.sleep(min(seconds, POLL), self._bell.descriptor)
        self._bell.hush()
        return changed(connection)

    def _do(self, work: Callable[[Connection], T], mailbox: str) -> T:
        for last in range(TRIES):
            try:
                connection = self._ready()
                if mailbox:
                    connection.select(mailbox)
                return work(connection)
            except (MaildropFailure, Refused, LoginRefused) as error:
                raise _failure(error, self._called) from error
            except Exception as error:  # a broken connection shows itself in many ways, and each wants a new one
                self._drop()
                kind = type(error).__name__
                log.warning("the connection of %s to %s is lost: %s", self._called, self.server.host, kind)
                log.debug("it is lost because of", exc_info=error)
                if last == TRIES - 1:
                    raise MaildropFailure(_LOST) from error
        raise AssertionError

    def _ready(self) -> Connection:
        connection = self._connection
        if connection is not None and time.monotonic() - connection.used > FRESH:
            connection.noop()
        if connection is None:
            connection = Connection(self.server.connect(self.account, self._password))
            self._connection = connection
            self.connections += 1
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.break_off()

    def _say_bye(self) -> None:
        with suppress(Exception):  # whatever it is: the connection is dropped all the same
            if self._connection is not None:
                self._connection.bye()
        self._drop_all()

    def _drop_all(self) -> None:
        self._drop()
        self._bell.close()


class Bell:
    """A pipe that ends a wait for the server: rung from the event loop, heard in the session's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: tuple[int, int] | None = None

    @property
    def descriptor(self) -> int:
        """What can be read when it has rung."""
        with self._lock:
            return self._pipe()[0]

    def ring(self) -> None:
        """Wake whoever waits, or else the next one who does, be it the first."""
        with self._lock, suppress(BlockingIOError):
            os.write(self._pipe()[1], b"!")

    def hush(self) -> None:
        """It has been heard."""
        with self._lock, suppress(BlockingIOError):
            if self._ends is not None:
                os.read(self._ends[0], 4096)

    def _pipe(self) -> tuple[int, int]:
        if self._ends is None:
            self._ends = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        return self._ends

    def close(self) -> None:
        """Give the descriptors back; it can be used again."""
        with self._lock:
            ends, self._ends = self._ends, None
        for end in ends or ():
            os.close(end)


def _failure(error: Exception, called: str) -> MaildropFailure:
    if isinstance(error, MaildropFailure):
        return error
    if isinstance(error, LoginRefused):
        log.warning("the mail server does not let %s in", called)
        return NotAdmitted("The mail server does not let this account in.")
    code = error.code if isinstance(error, Refused) else ""
    log.info("the mail server refuses something of %s: %s", called, error)
    if code == "EXPUNGEISSUED":
        return LetterGone(_GONE)
    return MaildropFailure(_SENTENCES.get(code, "The mail server refuses that."))
