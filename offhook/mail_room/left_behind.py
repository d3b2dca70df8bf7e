"""What crashes have left beside the boxes of a host's accounts, mended when the host starts.

Whoever opens a box mends it first; until somebody does, other programs can be kept waiting by a dead lock, or find a
box in the middle of a change. A look at the start costs a few questions to the disk for each box, and never fails.
"""

import asyncio
import logging
import time

from offhook.mailbox.accounts import Account, AccountError, AccountFile
from offhook.mailbox.letters import MaildropFailure
from offhook.mailbox.mbox import MboxFolders
from offhook.sorting import Maildrops

log = logging.getLogger(__name__)

MOST_SECONDS = 60.0
"""For how long is looked; boxes not reached by then are mended when they are opened."""


async def mend_boxes(accounts: AccountFile, maildrops: Maildrops) -> None:
    """Mend the mbox files of all accounts, one after the other, in a thread."""
    until = time.monotonic() + MOST_SECONDS
    try:
        found = await asyncio.to_thread(accounts.all)
    except (AccountError, OSError) as error:
        log.warning("no mailbox is looked at for what a crash has left: %s", error)
        return
    for account in found:
        if time.monotonic() > until:
            log.warning("there was no time to look at all mailboxes for what a crash has left")
            return
        try:
            await asyncio.to_thread(_mend, account, maildrops, until)
        except (MaildropFailure, OSError) as error:
            log.warning("the mailbox of %s cannot be looked at for what a crash has left: %s", account.name, error)


def _mend(account: Account, maildrops: Maildrops, until: float) -> None:
    if maildrops.location(account).kind != "mbox":
        return
    folders = maildrops.open(account).folders
    assert isinstance(folders, MboxFolders)
    for path in folders.mend(lambda: time.monotonic() < until):
        log.warning("what a crash had left beside %s is mended", path)
