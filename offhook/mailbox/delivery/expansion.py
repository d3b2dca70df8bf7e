"""Whom an address here leads to: accounts, their folders, and addresses elsewhere.

A local part leads to what an alias of that name lists, else to the account of that name, else, with the detail behind
the separator taken off, to either. An account that forwards leads to where it forwards to, and to itself if it keeps
a copy. A name met again on its own way is not followed once more: it is the account of that name, if there is one, so
that `alice: alice, bob@elsewhere` means what it says; else the way is a circle, and ends there.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from offhook.mailbox.accounts import folded
from offhook.mailbox.letters import PermanentFailure

log = logging.getLogger(__name__)

MOST_COPIES = 1_000
"""Copies that one address leads to; an alias that names more is refused."""
MOST_STEPS = 50
"""Aliases and forwards that are followed one after the other."""
DIRECT = "\\"
"""Before a name: the account itself, whatever aliases and forwards there are (aliases(5))."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Where an account's letters go on to; `keep` is to keep a copy here."""

    to: tuple[str, ...]
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a letter, for an account here, or with an empty `account` for `address` elsewhere.

    `address` goes into Delivered-To (for one elsewhere `by` does: the address here that sent it on), `sender` into
    the envelope. `again` is the address under which the copy waits in the spool: it leads to this copy alone. By
    `ident`, which stands in its Received field, a maildrop may know it again.
    """

    address: str
    sender: str
    again: str
    account: str = ""
    folder: str = ""
    by: str = ""
    ident: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells it from other copies: one place gets one."""
        return self.account, self.folder, "" if self.account else self.address.lower()

    def identified(self, letter: str) -> "Copy":
        """The same with an ident; it is another for each place and for each name of a `letter`, and always the same."""
        name = "\0".join((letter, *self.place)).encode("utf_8", "surrogatepass")
        return replace(self, ident=hashlib.sha256(name).hexdigest()[:32])


@dataclass(frozen=True, slots=True)
class AddressBook:
    """What addresses mean on this host. Names are folded; `own_sender` puts the forwarding address into envelopes."""

    domains: frozenset[str]
    domain: str
    aliases: Mapping[str, tuple[str, ...]]
    forwards: Mapping[str, Forward]
    is_account: Callable[[str], bool]
    first_account: Callable[[], str | None]
    separator: str = "+"
    own_sender: bool = False

    def is_local(self, address: str) -> bool:
        """Whether letters to `address` are for this host: by its domain, or because it has none."""
        local, at, domain = address.rpartition("@")
        return not at or not local or domain.lower().removesuffix(".") in self.domains

    def copies(self, sender: str, recipient: str) -> tuple[Copy, ...]:
        """The copies that a letter to a local address makes. Raises `PermanentFailure` if it leads to nobody."""
        way = _Way(self, sender, recipient)
        way.follow(recipient, sender, (), "")
        if not way.found:
            if way.circled:
                raise PermanentFailure(f"The address {recipient} leads back to itself.", "5.4.6")
            raise PermanentFailure("There is no such user here.", "5.1.1")
        return tuple(way.found.values())

    def split(self, local: str) -> tuple[tuple[str, str], ...]:
        """The names that a local part may mean, each with the detail that is then behind it."""
        name, _, detail = local.partition(self.separator) if self.separator else (local, "", "")
        whole = (folded(local), "")
        return (whole, (folded(name), detail)) if name and detail else (whole,)


class _Way:
    """The copies found on the way from one address."""

    def __init__(self, book: AddressBook, sender: str, recipient: str) -> None:
        self._book = book
        self._sender = sender
        self._recipient = recipient
        self.found: dict[tuple[str, str, str], Copy] = {}
        self.circled = False

    def follow(self, address: str, sender: str, trail: tuple[str, ...], by: str) -> None:
        """Find whom `address` leads to; `trail` holds what has been gone through, `by` the last address of ours."""
        if len(trail) > MOST_STEPS or len(self.found) > MOST_COPIES:
            raise PermanentFailure(f"The address {self._recipient} leads to too many others.", "5.4.6")
        if not self._book.is_local(address):
            self._add(Copy(address, sender, address, by=by))
            return
        direct = address.startswith(DIRECT)
        local = address.removeprefix(DIRECT)
        local = local.rpartition("@")[0] or local
        for name, detail in self._book.split(local):
            targets = self._book.aliases.get(name)
            if targets is not None and not direct and name not in trail:
                self._follow_alias(name, targets, sender, trail)
                return
            if self._book.is_account(name):
                self._arrive(name, detail, address, sender, trail, direct=direct)
                return
            if targets is not None:
                self.circled = True
                return
        self._nobody(folded(local), sender, trail)

    def _follow_alias(self, name: str, targets: tuple[str, ...], sender: str, trail: tuple[str, ...]) -> None:
        owner = f"owner-{name}"
        if sender and (owner in self._book.aliases or self._book.is_account(owner)):
            sender = f"{owner}@{self._book.domain}"
        for target in targets:
            self.follow(target, sender, (*trail, name), f"{name}@{self._book.domain}")

    def _arrive(
        self, name: str, detail: str, address: str, sender: str, trail: tuple[str, ...], *, direct: bool
    ) -> None:
        forward = self._book.forwards.get(name)
        mark = f"{DIRECT}{name}"  # in the trail an account's forward is told from an alias of the same name
        own = f"{name}@{self._book.domain}"
        if forward is not None and not direct and mark not in trail:
            onward = own if sender and self._book.own_sender else sender
            for target in forward.to:
                self.follow(target, onward, (*trail, mark), own)
            if not forward.keep:
                return
        elif forward is not None and not direct and not forward.keep:
            self.circled = True
            return
        plain = not trail and not direct and forward is None
        tail = f"{self._book.separator}{detail}" if detail else ""
        again = address if plain else f"{DIRECT}{name}{tail}@{self._book.domain}"
        self._add(Copy(self._recipient if plain else own, sender, again, name, detail, own))

    def _nobody(self, name: str, sender: str, trail: tuple[str, ...]) -> None:
        if name in ("postmaster", "mailer-daemon") or (
            name.startswith("owner-") and name.removeprefix("owner-") in self._book.aliases
        ):
            if name != "postmaster" and "postmaster" not in trail:
                self.follow("postmaster", sender, (*trail, name), f"{name}@{self._book.domain}")
                return
            first = self._book.first_account()
            if first is not None:
                self._arrive(first, "", name, sender, (*trail, name), direct=False)
                return
        if trail:
            log.warning("%s leads to %s, which is nobody here", self._recipient, name)

    def _add(self, copy: Copy) -> None:
        self.found.setdefault(copy.place, copy)
