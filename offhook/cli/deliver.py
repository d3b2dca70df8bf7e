"""`offhook deliver`: a letter from standard input into the mailboxes of accounts, as mail servers start it.

The exit codes are those of sysexits.h. What an operator can mend (a command line or a configuration that is wrong,
files that may not be read) is a failure for now: letters wait for it, and none is sent back. So neither EX_USAGE nor
EX_CONFIG is among them, which mail servers take for failures for good.
"""

import asyncio
import os
import pwd
import re
import secrets
import stat
import sys
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO, NoReturn

import click

from offhook.cli.config_option import CONFIG
from offhook.mail_tables import load_mail_tables
from offhook.mailbox.delivery import Copy
from offhook.mailbox.letters import (
    Envelope,
    Octets,
    PermanentFailure,
    TemporaryFailure,
    is_valid_address,
    received_line,
)
from offhook.sorting import Sorting, acting_as, owner_for, owner_of
from offhook.toml_table import ConfigError

_PIECE = 1 << 20
_LONGEST_SENDER = 254
_SERVERS_MARK = re.compile(
    rb"(return-path|x-original-to|delivered-to|envelope-to|delivery-date):[^\n]*\n(?:[ \t][^\n]*\n)*+", re.IGNORECASE
)
"""A field that a mail server puts on top of a letter as it hands it to a program."""


class Exit(IntEnum):
    """What the mail server is told (sysexits.h)."""

    TAKEN = 0
    """Every copy is on the disk."""
    REFUSED = 65
    """The letter will never be taken: it is too large, or goes round in a circle."""
    NO_USER = 67
    LATER = 75


class _Deliver(click.Command):
    """A command whose wrong options are a failure for now: for EX_USAGE mail servers send letters back."""

    def make_context(self, *arguments: object, **more: object) -> click.Context:
        """The context; a `UsageError` from here ends with code 75, and so does help in place of a delivery."""
        try:
            return super().make_context(*arguments, **more)  # type: ignore[arg-type]
        except click.UsageError as error:
            error.show()
            sys.exit(Exit.LATER)
        except click.exceptions.Exit:
            if _is_given_a_letter():
                _end(Exit.LATER, "the letter is not delivered; names that begin with a dash are users behind -- only")
            raise


@click.command(cls=_Deliver)
@click.option("-f", "--sender", default=None, help="The envelope sender; empty for none. By default $SENDER.")
@click.option("-a", "--extension", default=None, help="The detail behind the name. By default $EXTENSION.")
@click.option("-d", "also", multiple=True, metavar="USER", help="The same as USER, as other programs write it.")
@CONFIG
@click.argument("users", nargs=-1, metavar="USER...")
def deliver(
    sender: str | None, extension: str | None, also: tuple[str, ...], file: Path, users: tuple[str, ...]
) -> None:
    """Deliver the letter on standard input to each USER, by default to whoever runs this.

    Exit code 0 is said when it is on the disk. 67: there is no such user. 65: the letter will never be taken. 75: try
    again later; so it is with a command line or a configuration that is wrong.
    """
    names = [*also, *users]
    if not names and os.geteuid() == 0:
        _end(Exit.LATER, "name at least one user")
    try:
        errand = _Errand(file, names or [_own_name()], _sender(sender), extension)
        letter = _read(sys.stdin.buffer, errand.sorting.tables.mail.largest_letter)
        asyncio.run(errand.deliver(letter))
    except PermanentFailure as why:
        _end(Exit.NO_USER if why.status.startswith("5.1.") else Exit.REFUSED, str(why))
    except TemporaryFailure as why:
        _end(Exit.LATER, str(why))
    except ConfigError as error:
        _end(Exit.LATER, str(error.problems[0]))
    except OSError as error:
        _end(Exit.LATER, f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
    except Exception as error:  # the last frame before the mail server: whatever it is, the letter is to be tried again
        if os.environ.get("OFFHOOK_TRACEBACK"):
            raise
        _end(Exit.LATER, f"internal error: {type(error).__name__}: {error}")


def _end(code: Exit, text: str) -> NoReturn:
    with suppress(OSError):  # nobody may be there any more to read it; the code is what counts
        click.echo(f"offhook deliver: {text}", err=True)
    sys.exit(code)


def _is_given_a_letter() -> bool:
    """Whether a program or a file is at our input, and neither a terminal nor nothing at all."""
    try:
        kind = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, AttributeError):
        return False
    return stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or stat.S_ISREG(kind)


def _own_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return os.environ.get("LOGNAME", "")


def _sender(given: str | None) -> str:
    """The envelope sender; what cannot stand in a header is as good as none."""
    text = os.environ.get("SENDER", "") if given is None else given
    text = text.strip().removeprefix("<").removesuffix(">")
    harmless = text.isprintable() and len(text) <= _LONGEST_SENDER and not set(text) & set(" <>")
    return text if harmless and text.upper() != "MAILER-DAEMON" else ""


def _read(stream: BinaryIO, most: int) -> bytearray:
    """The letter with the line ends of the wire; raises `PermanentFailure` when it is longer than `most`.

    In a letter that comes with those of a file a CR is data, also at the end of a line, and stays.
    """
    piece = stream.read(_PIECE)
    size = len(piece)
    kept = _unmarked(piece)
    wire = kept[: kept.find(b"\n") + 1].endswith(b"\r\n")
    letter = bytearray()
    while piece:
        if size > most:
            raise PermanentFailure(f"A letter has at most {most} bytes.", "5.3.4")
        letter += kept if wire else kept.replace(b"\n", b"\r\n")
        kept = piece = stream.read(_PIECE)
        size += len(piece)
    return letter


def _unmarked(letter: bytes) -> bytes:
    """The letter's beginning without the Delivered-To that the mail server has put on top of it just now (local(8)).

    It is no sign of a circle: what a letter has from an earlier round stands below the Received of this one.
    """
    start = letter.find(b"\n") + 1 if letter.startswith(b"From ") else 0
    kept = [letter[:start]]
    while found := _SERVERS_MARK.match(letter, start):
        if found[1].lower() != b"delivered-to":
            kept.append(found[0])
        start = found.end()
    return b"".join([*kept, letter[start:]])


class _Errand:
    """One run: the users, and what the mail server said of the letter."""

    def __init__(self, file: Path, users: list[str], sender: str, extension: str | None) -> None:
        self._folder = file.resolve().parent
        self.sorting = Sorting(load_mail_tables(file), self._folder, acting=self._acting)
        self._users = users
        self._sender = sender
        alone = len(users) == 1
        self._extension = (os.environ.get("EXTENSION", "") if extension is None else extension) if alone else ""
        self._recipient = os.environ.get("RECIPIENT", "") if alone else ""

    def _acting(self, account: str) -> AbstractContextManager[None]:
        location = self.sorting.location(account)
        return acting_as(owner_for(location.inbox or location.path, account, location.owner))

    async def deliver(self, letter: Octets) -> None:
        """To all or to none, as far as the disks allow."""
        copies: dict[tuple[str, str, str], tuple[Copy, str]] = {}
        for user in self._users:
            received = self._received(user)
            for copy in self._copies(user):
                copies.setdefault(copy.place, (copy, received))
        await self.sorting.delivery.hand_over(copies.values(), letter, outbox=_Spool(self.sorting, self._folder))

    def _copies(self, user: str) -> tuple[Copy, ...]:
        delivery = self.sorting.delivery
        if "@" in user and not delivery.is_local(user):
            raise PermanentFailure("There is no such user here.", "5.1.2")
        name, _, domain = user.partition("@")
        separator = self.sorting.tables.mail.separator
        tail = f"{separator}{self._extension}" if self._extension and separator else ""
        if name == _own_name() and not self._may_read_accounts():
            # A user's own letters need no look at the accounts, which others may not be allowed to read.
            address = f"{name}{tail}@{delivery.domain}"
            return (Copy(address, self._sender, address, name, self._extension, address),)
        return delivery.copies(self._sender, f"{name}{tail}@{domain or delivery.domain}")

    def _may_read_accounts(self) -> bool:
        try:
            with open(self._folder / self.sorting.tables.accounts.file, "rb"):
                return True
        except PermissionError:
            return False
        except OSError:
            return True  # what is wrong with it is said when it is read

    def _received(self, user: str) -> str:
        recipient = self._recipient if is_valid_address(self._recipient) else user
        if "@" not in recipient:
            recipient = f"{recipient}@{self.sorting.delivery.domain}"
        return received_line(
            helo="", peer=f"{_own_name()}@localhost", by=self.sorting.delivery.domain, protocol="deliver",
            ident=secrets.token_hex(6), recipient=recipient, date=datetime.now().astimezone(),
        )  # fmt: skip


class _Spool:
    """The host's spool, written to as its owner."""

    def __init__(self, sorting: Sorting, folder: Path) -> None:
        self._sorting = sorting
        self._folder = folder / sorting.tables.mail.spool

    async def put(self, envelope: Envelope, letter: Octets) -> None:
        """`Outbox.put`."""
        with acting_as(owner_of(self._folder)):
            await self._sorting.spool.put(envelope, letter)
