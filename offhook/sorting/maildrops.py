"""Which store each account's letters are in: the one place where a kind of store is chosen and opened.

The host has a store and a pattern for all accounts (`[mail] store`, `maildrops`, `inbox`); the account file may say
something else of one of them, as Dovecot writes it: `userdb_mail=maildir:~/Maildir` or
`userdb_mail=mbox:~/mail:INBOX=/var/mail/%u`; `userdb_mail=imap` is the server of `[imap]`. A new kind of store that is
opened by its path joins with a line in `OPENERS`.

When root works for an account that has a user of its own, what is made belongs to that user, and below a folder that
the user can change nothing is opened through a link or unless it is theirs (`DiskFiles`).

A store is imported where it is opened: `offhook deliver` is started for every letter, and what it does not load it need
not wait for.
"""

import logging
import os
import pwd
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from offhook.mail_tables import Mail
from offhook.mailbox.accounts import Account
from offhook.mailbox.files import DiskBoxFiles, DiskFiles
from offhook.mailbox.letters import Folders, Maildrop, MaildropFailure, Survey

if TYPE_CHECKING:
    from offhook.mailbox.imap import ImapServer

log = logging.getLogger(__name__)

_VARIABLE = re.compile(r"%(.)")


@dataclass(frozen=True, slots=True)
class Location:
    """Where an account's letters are.

    `kind` is a key of `OPENERS`, or `imap`. `path` is the Maildir, or the folder of the mbox files; `inbox` where
    INBOX is, if not there. Whoever owns the account may change what is below `anchor`. `owner` is the account's own
    user and group.
    """

    kind: str
    account: Account
    path: Path
    inbox: Path | None = None
    anchor: Path | None = None
    owner: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """An account's letters: INBOX, and all folders."""

    maildrop: Maildrop
    folders: Folders


Opener = Callable[[Location], OpenedMail]


def _open_maildir(location: Location) -> OpenedMail:
    from offhook.mailbox.maildir import Maildir, MaildirFolders

    anchor = os.fspath(location.anchor or location.path)
    files = DiskFiles(anchor, location.owner, anchor_is_home=location.anchor is not None)
    return OpenedMail(Maildir(location.path, files=files), MaildirFolders(location.path, files=files))


def _open_mbox(location: Location) -> OpenedMail:
    from offhook.mailbox.mbox import Mbox, MboxFolders

    anchor = os.fspath(location.anchor or location.path)
    files = DiskBoxFiles(anchor, location.owner, anchor_is_home=location.anchor is not None)
    inbox = location.inbox or location.path / "inbox"
    return OpenedMail(Mbox(inbox, files=files), MboxFolders(location.path, inbox, files=files))


def _survey_maildir(location: Location, store: Maildrop) -> Survey:
    from offhook.mailbox.maildir import Maildir, MaildirSurvey

    assert isinstance(store, Maildir)
    return MaildirSurvey(store.path, os.fspath(location.anchor or location.path), location.owner, store.within)


def _survey_mbox(location: Location, store: Maildrop) -> Survey:
    from offhook.mailbox.mbox import Mbox, MboxSurvey

    assert isinstance(store, Mbox)
    return MboxSurvey(store.path, os.fspath(location.anchor or location.path), location.owner)


OPENERS: Mapping[str, Opener] = MappingProxyType({"maildir": _open_maildir, "mbox": _open_mbox})
"""Each kind of store and what opens it."""
SURVEYORS: Mapping[str, Callable[[Location, Maildrop], Survey]] = MappingProxyType(
    {"maildir": _survey_maildir, "mbox": _survey_mbox}
)
"""What looks at INBOX or a folder for an index, of the kinds that have one."""


class Maildrops:
    """The letters of a host's accounts; `folder` is where relative paths begin."""

    def __init__(self, mail: Mail, folder: Path, server: "ImapServer | None" = None) -> None:
        """`server` is where the letters of those are whose store is IMAP."""
        self._mail = mail
        self._server = server
        self._folder = folder

    def open(self, account: Account, password: str | None = None) -> OpenedMail:
        """Open an account's letters. Raises `MaildropFailure`; disk or server are touched only when they are used.

        `password` is what the account logs in to the mail server with, if there is one without a master user.
        """
        location = self.location(account)
        return OPENERS[location.kind](location) if location.kind != "imap" else self._on_server(account, password)

    def for_delivery(self, account: Account) -> Maildrop:
        """An account's letters, for one that is put there. Raises `MaildropFailure`."""
        return self.to_put_in(self.open(account).maildrop)

    def to_put_in(self, maildrop: Maildrop) -> Maildrop:
        """A maildrop for one letter that is put there."""
        if self._server is None:
            return maildrop
        from offhook.sorting.imap_store import for_one_letter

        return for_one_letter(maildrop)

    def _on_server(self, account: Account, password: str | None) -> OpenedMail:
        from offhook.sorting.imap_store import open_on_server

        return OpenedMail(*open_on_server(self._server, account, password))

    def surveyor(self, account: Account) -> Callable[[Maildrop], Survey] | None:
        """What makes a survey of a maildrop of the account's for an index, or None where there is to be none."""
        location = self.location(account)
        surveyor = SURVEYORS.get(location.kind)
        return partial(surveyor, location) if surveyor else None

    def location(self, account: Account) -> Location:
        """Where an account's letters are. Raises `MaildropFailure` if the account file says what nobody can open."""
        try:
            return self._said(account) if account.mail else self._usual(account)
        except ValueError as error:
            log.error("the letters of %s cannot be opened: %s", account.name, error)
            raise MaildropFailure("The host does not know where this mailbox is.") from error

    def _usual(self, account: Account) -> Location:
        """By the host's pattern."""

        def path(pattern: str) -> Path:
            home = str(_home(account)) if "{home}" in pattern else ""
            return self._folder / pattern.replace("{home}", home).replace("{user}", account.name)

        of_the_user = "{home}" in self._mail.maildrops + self._mail.inbox
        return Location(
            self._mail.store,
            account,
            path(self._mail.maildrops),
            path(self._mail.inbox) if self._mail.inbox else None,
            _home(account) if of_the_user else None,
            _owner(account, named=of_the_user or self._mail.inbox.startswith("/")),
        )

    def _said(self, account: Account) -> Location:
        """By the account's own `userdb_mail`."""
        kind, _, rest = account.mail.partition(":")
        if kind == "imap" and not rest:
            return Location(kind, account, self._folder)
        where, *more = rest.split(":")
        options = dict(option.partition("=")[::2] for option in more)
        if kind not in OPENERS:
            raise ValueError(f"userdb_mail={account.mail}: write {' or '.join(f'{each}:PATH' for each in OPENERS)}")
        unknown = options.keys() - {"INBOX", "INDEX", "LAYOUT"}
        layout = "maildir++" if kind == "maildir" else "fs"
        if unknown or not where or options.get("LAYOUT", layout).lower() != layout:
            what = ", ".join(sorted(unknown)) or ("LAYOUT" if where else "an empty path")
            raise ValueError(f"userdb_mail={account.mail}: {what} is not served here")
        if kind == "maildir" and "INBOX" in options:
            raise ValueError(f"userdb_mail={account.mail}: INBOX is the Maildir itself here")
        path = self._expanded(where, account)
        inbox = self._expanded(options["INBOX"], account) if "INBOX" in options else None
        home = _home(account) if "~" in rest or "%h" in rest else None
        return Location(kind, account, path, inbox, home, _owner(account, named=home is not None))

    def _expanded(self, text: str, account: Account) -> Path:
        """A path as Dovecot writes it: `~` and `%h` are the home, `%u` and `%n` the name."""

        def value(found: re.Match[str]) -> str:
            match found[1]:
                case "u" | "n":
                    return account.name
                case "h":
                    return str(_home(account))
                case "%":
                    return "%"
            raise ValueError(f"userdb_mail={account.mail}: %{found[1]} is not known here; ~, %h, %u and %n are")

        if text == "~" or text.startswith("~/"):
            text = f"%h{text[1:]}"
        return self._folder / _VARIABLE.sub(value, text)


def _home(account: Account) -> Path:
    """The home of the account file, or else of the system's user of that name."""
    home = account.home or _user(account.name).pw_dir
    if not home.startswith("/"):
        raise ValueError(f"the home of {account.name} is {home!r}: write a path from /")
    return Path(home)


def _owner(account: Account, *, named: bool) -> tuple[int, int] | None:
    """User and group of the account file, or else those of the system's user, if letters are in a home or a spool."""
    if account.owner is not None or not named:
        return account.owner
    try:
        user = _user(account.name)
    except ValueError:
        return None
    return user.pw_uid, user.pw_gid


def _user(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise ValueError(f"{name} has no home in the account file and is no user of this system") from None
