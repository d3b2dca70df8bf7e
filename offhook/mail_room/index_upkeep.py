"""Indexes looked after when no session does it: what was removed by other programs does not stay in them for ever.

A session looks at what it has open. Everything else is looked at a while after the host has started, and once a day:
the indexes of accounts and folders that are gone are removed, the others are brought up to date.
"""

import asyncio
import logging
import os
from collections.abc import Callable

from offhook.mailbox.accounts import Account, AccountError
from offhook.mailbox.index import IndexClerk, Shelf, shelves
from offhook.mailbox.letters import MaildropFailure
from offhook.sorting import Location, Maildrops

log = logging.getLogger(__name__)

FIRST = 300.0
"""Seconds after the start: those who call at once have the clerk to themselves."""
AGAIN = 86_400.0

Find = Callable[[str], Account | None]
"""The account of that name, None if there is none (any more). Raises `AccountError` or `OSError` if nobody can say."""


async def keep_up(place: str, find: Find, maildrops: Maildrops, clerk: IndexClerk) -> None:
    """Look after all indexes in the directory `place`, again and again."""
    await asyncio.sleep(FIRST)
    while True:
        await look_after_all(place, find, maildrops, clerk)
        await asyncio.sleep(AGAIN)


async def look_after_all(place: str, find: Find, maildrops: Maildrops, clerk: IndexClerk) -> None:
    """Look after all indexes once; those of an account that cannot be opened now are left as they are."""
    try:
        found = await asyncio.to_thread(lambda: list(shelves(place)))
    except OSError as error:
        log.warning("the indexes in %s cannot be looked after: %s", place, error)
        return
    for shelf in found:
        try:
            await _look_after(shelf, find, maildrops, clerk)
        except (AccountError, MaildropFailure, OSError) as error:
            log.warning("the indexes of %s cannot be looked after: %s", shelf.account, error)


async def _look_after(shelf: Shelf, find: Find, maildrops: Maildrops, clerk: IndexClerk) -> None:
    account = await asyncio.to_thread(find, shelf.account)
    survey_of = maildrops.surveyor(account) if account is not None else None
    if account is None or survey_of is None or not await asyncio.to_thread(_is_there, maildrops.location(account)):
        await clerk.forget(shelf.inbox)
        await clerk.tidy(shelf.folders, ())
        return
    opened = maildrops.open(account)
    try:
        if await asyncio.to_thread(os.path.exists, shelf.inbox):
            await clerk.catch_up(shelf.inbox, survey_of(opened.maildrop))
        if not await asyncio.to_thread(os.path.exists, shelf.folders):
            return
        has_folders = await asyncio.to_thread(os.path.exists, maildrops.location(account).path)
        names = await opened.folders.names() if has_folders else ()  # they would be made a place
        await clerk.tidy(shelf.folders, names)
        for name in names:
            if await asyncio.to_thread(os.path.exists, shelf.folder(name)):
                await clerk.catch_up(shelf.folder(name), survey_of(await opened.folders.open(name)))
    finally:
        await opened.maildrop.close()


def _is_there(location: Location) -> bool:
    """Whether an account's letters are anywhere; a Maildir is not made again by a look for it."""
    for path in (location.inbox, location.path):
        if path is not None:
            try:
                path.stat()
            except FileNotFoundError:
                continue
            return True
    return False
