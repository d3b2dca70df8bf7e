"""What `offhook import` and `offhook export` share: places where letters lie, and all of one put into another."""

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click

from offhook.cli.lying_there import kind_of
from offhook.config import load
from offhook.mail_room import MailRoom
from offhook.mailbox.accounts import folded
from offhook.mailbox.letters import INBOX, Converted, Folders, Maildrop, MaildropFailure, convert
from offhook.mailbox.maildir import Maildir, MaildirFolders
from offhook.mailbox.mbox import Mbox, MboxFolders

FOLDER = click.option("--folder", default=INBOX, show_default=True, help="Which folder of the account.")
ALL = click.option("--all", "every", is_flag=True, help="All folders, each to the folder of its name.")


@dataclass(frozen=True, slots=True)
class Place:
    """Letters that lie somewhere: INBOX, and the folders."""

    maildrop: Maildrop
    folders: Folders


def of_account(name: str, file: Path) -> Place:
    """The letters of an account."""
    room = MailRoom(load(file), file.resolve().parent)
    account = room.sorting.residents.find(folded(name))
    if account is None:
        raise click.ClickException(f"There is no account {folded(name)}.")
    try:
        opened = room.maildrops.open(account)
    except MaildropFailure as failure:
        raise click.ClickException(str(failure)) from None
    return Place(opened.maildrop, opened.folders)


def place_at(path: Path, new: str = "", every: bool = False) -> Place:
    """What lies at a path; `new` says what it will be if nothing does."""
    kind = kind_of(path) if path.exists() else (f"{new} folders" if every and new == "mbox" else new)
    match kind:
        case "maildir":
            return Place(Maildir(path), MaildirFolders(path))
        case "mbox":
            return Place(Mbox(path), MboxFolders(path.parent, path))
        case "mbox folders":
            folders = MboxFolders(path)
            return Place(Mbox(path / "inbox"), folders)
    raise click.ClickException(f"{path} is neither a Maildir nor an mbox file nor a directory of mbox files.")


@contextmanager
def one_at_a_time(file: Path) -> Iterator[None]:
    """Wait until no other import or export of the host is at work: two at once would not see each other's letters."""
    with _opened(file) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _opened(file: Path) -> BinaryIO:
    """A file to be locked: for writing if that is allowed, since NFS locks for those alone who may write."""
    try:
        return file.open("r+b")
    except OSError:
        return file.open("rb")


def convert_letters(source: Place, target: Place, folder: str | None, *, into: bool) -> None:
    """Put all letters of one place into another, and say how many; `folder` None is all folders."""
    try:
        done = asyncio.run(_transfer(source, target, folder, into=into))
    except MaildropFailure as failure:
        raise click.ClickException(str(failure)) from None
    click.echo(f"{_letters(done.copied)} put in, {done.there} there already.")


async def _transfer(source: Place, target: Place, folder: str | None, *, into: bool) -> Converted:
    """One folder of the account, named, or all folders."""
    if folder is None:
        copied = there = 0
        for name in await source.folders.names():
            done = await convert(await source.folders.open(name), await _made(target.folders, name))
            copied, there = copied + done.copied, there + done.there
        return Converted(copied, there)
    if into:
        return await convert(source.maildrop, await _made(target.folders, folder))
    return await convert(await source.folders.open(folder), target.maildrop)


async def _made(folders: Folders, name: str) -> Maildrop:
    await folders.create(name)
    return await folders.open(name)


def _letters(count: int) -> str:
    return f"{count} letter{'' if count == 1 else 's'}"
