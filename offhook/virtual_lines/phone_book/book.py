"""The phone book: numbers, names and patterns that lead to hosts outside, and who may call what.

A dialled number is looked up as an entry's number or name first, then against the patterns in their order; then
twelve digits are an IPv4 address without its dots, and what reads as a host is one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from offhook.virtual_lines.exchange import Barred, Route, Transport, normalised
from offhook.virtual_lines.phone_book.pattern import LONGEST_MATCHED
from offhook.virtual_lines.phone_book.route_text import TELNET_PORT, parse_route

LONGEST_NUMBER = 255
"""Characters of a number that is looked up."""
_TWELVE_DIGITS = re.compile(r"[0-9]{12}")
_DOTTED = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}(:[0-9]{1,5})?")
_DIGITS = frozenset("0123456789*#ABCD")


class DialOut(Enum):
    """What may be called outside; the value is how the command line and the configuration write it."""

    YES = "yes"
    """The phone book's entries and any host; by a modem only the entries."""
    LIST = "list"
    """The phone book's entries."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class Entry:
    r"""One line of the book: `number` (or a name) or `pattern` leads `to` a route.

    A pattern, made by `parse_pattern`, is a regular expression for the whole number; `\1` in
    `to` stands for its first group. `slot` is the modem's stored number (&Zn) that dials the entry, `terminal` the
    type told to a Telnet host, `rate` the line rate told to the modem, in bit/s,
    `charset` what the host speaks where it is that of an old machine.
    """

    to: str
    number: str | None = None
    pattern: re.Pattern[str] | None = None
    slot: int | None = None
    terminal: str | None = None
    rate: int | None = None
    charset: str | None = None

    def route(self, number: str) -> Route | None:
        """Where the entry leads for `number`; None if it is another's, or does not lead anywhere for this number."""
        to = self.to
        if self.pattern is not None:
            found = self.pattern.fullmatch(number) if len(number) <= LONGEST_MATCHED else None
            if found is None:
                return None
            try:
                to = found.expand(to)
            except (re.error, IndexError):  # it speaks of a group that is not there
                return None
        try:
            return replace(parse_route(to, self.terminal, self.rate), charset=self.charset)
        except ValueError:
            return None


class PhoneBook:
    """The book. An `Outside` of the exchange's directory."""

    def __init__(self, entries: Iterable[Entry] = (), dial_out: DialOut = DialOut.YES) -> None:
        self.entries = tuple(entries)
        self._dial_out = dial_out
        self._named = {normalised(entry.number): entry for entry in self.entries if entry.number is not None}
        self._patterns = [entry for entry in self.entries if entry.pattern is not None]

    @property
    def slots(self) -> dict[int, str]:
        """What the modems' stored numbers are, by slot."""
        return {entry.slot: entry.number for entry in self.entries if entry.slot is not None and entry.number}

    def find(self, number: str) -> Route | Barred | None:
        """Where `number`, as dialled, leads; `Barred` if it leads somewhere that may not be called."""
        found = self._listed(number) if len(number) <= LONGEST_NUMBER else None
        if found is not None:
            return Barred() if self._dial_out is DialOut.NO else found
        unlisted = _unlisted(number)
        if unlisted is None:
            return None
        free = self._dial_out is DialOut.YES and unlisted.transport is not Transport.MODEM  # which costs money
        return unlisted if free else Barred()

    def _listed(self, number: str) -> Route | None:
        known = normalised(number)
        entry = self._named.get(known)
        if entry is not None:
            return entry.route(number)
        routes = (entry.route(form) for entry in self._patterns for form in (known, number))
        return next((route for route in routes if route is not None), None)


def _unlisted(number: str) -> Route | None:
    """A number that is in no book: twelve digits are an address, other digits are nothing, the rest is a host."""
    digits = normalised(number)
    if _TWELVE_DIGITS.fullmatch(digits):
        return _dotless(digits)
    if _DIGITS.issuperset(digits) and not _DOTTED.fullmatch(number.strip()):
        return None
    try:
        return parse_route(number)
    except ValueError:
        return None


def _dotless(digits: str) -> Route | None:
    parts = [int(digits[at : at + 3]) for at in range(0, 12, 3)]
    return Route(Transport.TELNET, ".".join(map(str, parts)), TELNET_PORT) if max(parts) <= 255 else None
