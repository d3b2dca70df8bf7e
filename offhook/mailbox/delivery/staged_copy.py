"""A letter written into a maildrop, but not so that it is there already; and what a failure there means to a sender."""

import asyncio
import errno
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from offhook.mailbox.letters import Append, Maildrop, MaildropFailure, TemporaryFailure

log = logging.getLogger(__name__)

_STATUSES = {errno.EDQUOT: "4.2.2", errno.ENOSPC: "4.3.1", errno.EFBIG: "4.3.1"}
"""Enhanced status codes (RFC 3463) of what is known to be wrong; everything else is 4.3.0."""

Acting = Callable[[str], AbstractContextManager[object]]
"""Does what is done for an account as the one who owns its mailbox."""


class StagedCopy:
    """A letter that is in a maildrop after `commit`, and nowhere before."""

    def __init__(
        self, account: str, drop: Maildrop, append: Append, delivered: Callable[[str], None], acting: Acting
    ) -> None:
        self._account = account
        self._drop = drop
        self._append = append
        self._delivered = delivered
        self._acting = acting

    async def commit(self) -> None:
        """Make it durable and visible. Raises `TemporaryFailure`, and then it is nowhere."""
        with as_temporary_failure(self._account), self._acting(self._account):
            try:
                await self._append.commit()
            finally:
                await self.abort()
        self._delivered(self._account)

    async def abort(self) -> None:
        """Leave no trace; harmless after `commit`."""
        with self._acting(self._account):
            await asyncio.shield(abandoned(self._drop, self._append))


async def abandoned(drop: Maildrop, append: Append) -> None:
    """Leave no trace of a letter, and give back what its maildrop holds; harmless once it is committed."""
    try:
        await append.abort()
    finally:
        await drop.close()


@contextmanager
def as_temporary_failure(account: str) -> Iterator[None]:
    """Make what a maildrop raises inside a reason for the sender to come again."""
    try:
        yield
    except (MaildropFailure, OSError) as error:
        log.warning("delivery to %s failed: %s", account, error)
        cause = error if isinstance(error, OSError) else error.__cause__
        number = cause.errno if isinstance(cause, OSError) else None
        status = _STATUSES.get(number or 0, "4.3.0")
        raise TemporaryFailure("The mailbox cannot take letters at the moment.", status) from error
