"""The phone book as a file: TOML that people edit while the host runs, shared by all its modems.

It is looked at again when it is asked and has changed. A change that is wrong is logged with its line and key, and
the book stays as it was. Numbers that a modem stores (&Z) are written into its table `[slots]`; everything
else in the file stays as people wrote it.
"""

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import tomlkit
from pydantic import AfterValidator, Field, model_validator

from offhook.toml_table import ConfigError, Misfit, Section, parse_table, read_table, write_whole
from offhook.virtual_lines.charsets import CHARSET_NAMES
from offhook.virtual_lines.exchange import Barred, Route
from offhook.virtual_lines.phone_book import DialOut, Entry, PhoneBook, check_groups, parse_pattern, parse_route

log = logging.getLogger(__name__)

MOST_SLOTS = 20


def _pattern(text: str) -> str:
    parse_pattern(text)
    return text


def _slot(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]|1[0-9]", text) else None


class BookEntry(Section):
    """A number, a name or a pattern, and where it leads."""

    number: str | None = Field(None, min_length=1, max_length=255, description="the number or the name to dial")
    pattern: Annotated[str, AfterValidator(_pattern)] | None = Field(
        None, description="or a regular expression for the whole number"
    )
    to: str = Field(min_length=1, description=r'a host, as in "telnet:bbs.example.org:23"; \1 is a pattern\'s group')
    slot: int | None = Field(None, ge=0, lt=MOST_SLOTS, description="stored number that dials it: ATDS=n")
    terminal: str | None = Field(None, pattern=r"^[!-~]{1,40}$", description="terminal type told to a Telnet host")
    rate: int | None = Field(None, ge=1, le=10_000_000, description="line rate told to the modem, in bit/s")
    charset: CHARSET_NAMES | None = Field(
        None, description="what the host speaks, if it is the charset of an old machine"
    )

    @model_validator(mode="after")
    def _whole(self) -> "BookEntry":
        if (self.number is None) == (self.pattern is None):
            raise ValueError("set number or pattern, one of them")
        if self.slot is not None and self.number is None:
            raise Misfit(("slot",), "a pattern cannot be dialled by a slot: give the entry a number")
        try:
            if self.pattern is None:
                parse_route(self.to)
            else:
                check_groups(re.compile(self.pattern), self.to)
        except ValueError as why:
            raise Misfit(("to",), str(why)) from None
        return self

    def entry(self) -> Entry:
        """As the book has it."""
        pattern = None if self.pattern is None else parse_pattern(self.pattern)
        return Entry(self.to, self.number, pattern, self.slot, self.terminal, self.rate, self.charset)


class Book(Section):
    """The whole file."""

    entry: tuple[BookEntry, ...] = Field((), strict=False)
    slots: Mapping[str, str] = Field(default_factory=dict, description="numbers stored by modems, by slot")

    @model_validator(mode="after")
    def _slots_are_numbers(self) -> "Book":
        for slot in self.slots:
            if _slot(slot) is None:
                raise Misfit(("slots", slot), f"a slot is a number from 0 to {MOST_SLOTS - 1}")
        return self


def parse_book(text: str, file: Path) -> Book:
    """The book in `text`, which came from `file`; raises `ConfigError`."""
    return parse_table(Book, text, file)


class PhoneBookFile:
    """The book in a file: an `Outside` of the exchange's directory. A file that is wrong at first is `ConfigError`."""

    def __init__(self, path: Path, dial_out: DialOut = DialOut.YES) -> None:
        self.path = path
        self._dial_out = dial_out
        self._seen = self._look()
        self._take(read_table(Book, path))

    def find(self, number: str) -> Route | Barred | None:
        """Where a number leads."""
        self.refresh()
        return self._book.find(number)

    @property
    def numbers(self) -> dict[int, str]:
        """The modems' stored numbers, by slot; what a modem stored is before the entries' own."""
        self.refresh()
        return self._book.slots | self._slots

    def write_numbers(self, numbers: Mapping[int, str]) -> None:
        """Make the stored numbers in the file these; those that an entry has need no line of their own.

        It may run in a thread of its own and changes nothing here: the next look finds the file changed. Raises
        `OSError`, and `ConfigError` if the file cannot be read any more.
        """
        own = {slot: text for slot, text in numbers.items() if self._book.slots.get(slot) != text}
        read_table(Book, self.path)
        document = tomlkit.parse(self.path.read_bytes().decode())  # text would change its line ends
        wanted = {str(slot): text for slot, text in sorted(own.items())}
        table = document.setdefault("slots", tomlkit.table())
        for slot in [each for each in table if each not in wanted]:
            del table[slot]
        for slot, text in wanted.items():
            if table.get(slot) != text:
                table[slot] = text
        write_whole(self.path, tomlkit.dumps(document))

    def _take(self, book: Book) -> None:
        self._book = PhoneBook([entry.entry() for entry in book.entry], self._dial_out)
        self._slots = {number: text for slot, text in book.slots.items() if (number := _slot(slot)) is not None}

    def _look(self) -> tuple[int, int, int] | None:
        with suppress(OSError):
            found = self.path.stat()
            return found.st_ino, found.st_size, found.st_mtime_ns
        return None

    def refresh(self) -> None:
        """Look at the file again if it has changed."""
        seen = self._look()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._take(read_table(Book, self.path))
        except ConfigError as error:
            log.warning("the phone book stays as it was: %s", error)
