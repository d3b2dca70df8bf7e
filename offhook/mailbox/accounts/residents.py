"""Whose letters are taken here: the accounts of the file, and the users that the system or Dovecot knows besides."""

import pwd
import time
from collections.abc import Callable
from typing import Protocol

from offhook.mailbox.accounts.subscribers import NAME, Account, AccountFile, folded

Lookup = Callable[[str], Account | None]
"""The account of a folded name, if there is one. Raises `AccountError` if that cannot be told now."""

KNOWN_SECONDS = 10.0
"""For how long what another has said of a user is believed: a letter asks several times."""
_MOST_KNOWN = 1_000
_NOBODY = 65_534


class Directory(Protocol):
    """Who gets letters."""

    def find(self, name: str) -> Account | None:
        """The account of that name, whatever its case."""

    def all(self) -> list[Account]:
        """Every account that can be listed, by name."""


class Residents:
    """A `Directory`: the file has the first word, `elsewhere` is asked of names that are not there."""

    def __init__(self, accounts: AccountFile, elsewhere: Lookup | None = None) -> None:
        self._accounts = accounts
        self._elsewhere = elsewhere
        self._known: dict[str, tuple[float, Account]] = {}

    def find(self, name: str) -> Account | None:
        """The account of that name. Raises `AccountError` or `OSError` if that cannot be told."""
        return self._accounts.find(name) or self.elsewhere(name)

    def elsewhere(self, name: str) -> Account | None:
        """What others than the file know of a name. Raises `AccountError` if that cannot be told."""
        name = folded(name)
        if self._elsewhere is None or not NAME.fullmatch(name):
            return None
        now = time.monotonic()
        until, account = self._known.get(name, (0.0, None))
        if account is None or until < now:
            account = self._elsewhere(name)
            if account is not None:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[name] = (now + KNOWN_SECONDS, account)
        return account

    def all(self) -> list[Account]:
        """Every account of the file, by name: others do not list theirs."""
        return self._accounts.all()


class SystemUsers:
    """A `Lookup`: users of the system from `first_uid` on, but for nobody. Those below it are programs'."""

    def __init__(self, first_uid: int) -> None:
        self._first_uid = first_uid

    def __call__(self, name: str) -> Account | None:
        """The user of that name."""
        try:
            user = pwd.getpwnam(name)
        except (KeyError, ValueError):
            return None
        if user.pw_uid < self._first_uid or user.pw_uid == _NOBODY:
            return None
        return Account(name, "", full_name_of(user))


def full_name_of(user: pwd.struct_passwd) -> str:
    """The name of a user of the system as it stands in letters."""
    full_name = user.pw_gecos.split(",", 1)[0][:100]
    return full_name if full_name.isprintable() else ""
