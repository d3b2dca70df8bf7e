"""What a modem stores (&W, &Y, &Z) as a file that people can read and edit, and who writes it.

Only what differs from the factory settings stands in it. A file that is wrong is told with its line and key; a
modem never starts with half of what it stored.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import tomlkit
from pydantic import Field, model_validator

from offhook.inotify import Inotify
from offhook.modem.hayes import EXTENDED, OPTIONS, PROFILES, REGISTERS, Profile, Stored, parse_dial_string
from offhook.phone_book_file import PhoneBookFile
from offhook.toml_table import ConfigError, Misfit, Section, read_table, write_whole

log = logging.getLogger(__name__)

MOST_NUMBERS = 20
"""Slots of &Z, from 0."""
_NOTE = "What the modem has stored by AT&W, AT&Y and AT&Z. A setting that is not here is as the factory has it."
_OPTIONS = {option.name: option for option in OPTIONS}
_REGISTERS = {f"S{register.number}": register for register in REGISTERS}
_EXTENDED = {extended.name: extended for extended in EXTENDED if extended.factory is not None}


_FLOW = "+IFC"
_OF_FLOW = frozenset({"&K", "\\Q"})
"""Options that say in another way what +IFC says."""


class StoredProfile(Section):
    """One stored profile: the settings that are not the factory's."""

    options: Mapping[str, int] = Field(default_factory=dict, description='as in E = 1, "&C" = 1')
    registers: Mapping[str, int] = Field(default_factory=dict, description="as in S7 = 45")
    extended: Mapping[str, str] = Field(default_factory=dict, description='as in "+IPR" = "9600"')

    @model_validator(mode="after")
    def _known(self) -> "StoredProfile":
        for name, value in self.options.items():
            if name not in _OPTIONS or value not in _OPTIONS[name].values:
                raise Misfit(("options", name), f"this modem has no AT{name}{value}")
        for name, value in self.registers.items():
            if name not in _REGISTERS or not _REGISTERS[name].holds(value):
                raise Misfit(("registers", name), f"this modem has no AT{name}={value}")
        for name, text in self.extended.items():
            if name not in _EXTENDED or not _EXTENDED[name].takes(text):
                raise Misfit(("extended", name), f"this modem has no AT{name}={text}")
        return self

    def profile(self) -> Profile:
        """As the modem has it."""
        profile = Profile()
        profile.options.update(self.options)
        profile.registers.update({int(name[1:]): value for name, value in self.registers.items()})
        profile.extended.update(self.extended)
        if _FLOW not in self.extended:  # people may write one of those that say the same
            for name, value in self.options.items():
                if name in _OF_FLOW:
                    profile.choose(name, value)
        return profile


class MemoryFile(Section):
    """The whole file."""

    power_up: int = Field(0, ge=0, lt=PROFILES, description="the profile to start with")
    profile: Mapping[str, StoredProfile] = Field(default_factory=dict, description="the stored profiles, 0 and 1")
    numbers: Mapping[str, str] = Field(default_factory=dict, description="stored numbers by slot, for ATDS=n")

    @model_validator(mode="after")
    def _numbered(self) -> "MemoryFile":
        for number in self.profile:
            if number not in map(str, range(PROFILES)):
                raise Misfit(("profile", number), f"profiles are numbered from 0 to {PROFILES - 1}")
        for slot, text in self.numbers.items():
            if slot not in map(str, range(MOST_NUMBERS)):
                raise Misfit(("numbers", slot), f"slots are numbered from 0 to {MOST_NUMBERS - 1}")
            if parse_dial_string(text) is None:
                raise Misfit(("numbers", slot), f"{text!r} is no dial string")
        return self


def read_memory(path: Path) -> Stored:
    """What the file holds; nothing stored if there is none. Raises `ConfigError`."""
    if not path.exists():
        return Stored()
    file = read_table(MemoryFile, path)
    profiles = {int(number): profile.profile() for number, profile in file.profile.items()}
    return Stored(profiles, file.power_up, {int(slot): text for slot, text in file.numbers.items()})


def memory_text(stored: Stored) -> str:
    """The file for `stored`."""
    document = tomlkit.document()
    document.add(tomlkit.comment(_NOTE))
    document["power_up"] = stored.power_up
    if stored.profiles:
        document["profile"] = {str(number): _differences(each) for number, each in sorted(stored.profiles.items())}
    if stored.numbers:
        document["numbers"] = {str(slot): text for slot, text in sorted(stored.numbers.items())}
    return tomlkit.dumps(document)


def _differences(profile: Profile) -> dict[str, dict[str, int | str]]:
    factory = Profile()
    tables: dict[str, dict[str, int | str]] = {
        "options": {name: value for name, value in profile.options.items() if value != factory.options[name]},
        "registers": {f"S{n}": value for n, value in profile.registers.items() if value != factory.registers[n]},
        "extended": {name: text for name, text in profile.extended.items() if text != factory.extended[name]},
    }
    if _OF_FLOW & tables["options"].keys():
        tables["extended"][_FLOW] = profile.extended[_FLOW]
    return {name: table for name, table in tables.items() if table}


class ModemKeeper:
    """Keeps what the modems of several lines store: profiles in a file for each, numbers there or in a phone book.

    A `Keeper` of line cards. Files are written by one thread, in the order things were stored, so that no line waits
    for a disk. `tell` is how the other lines are told of a number: line, slot and text.
    """

    def __init__(self, files: Mapping[str, Path], book: PhoneBookFile | None) -> None:
        self._files = dict(files)
        self._book = book
        self._numbers = dict(book.numbers) if book else {}
        self._writer = ThreadPoolExecutor(1, "modem-memory")
        self._written: Future[None] | None = None
        self._inotify: Inotify | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tell: Callable[[str, int, str], None] = lambda line, slot, text: None

    def stored(self, line: str) -> Stored:
        """What the modem of `line` starts with. Raises `ConfigError`."""
        path = self._files.get(line)
        own = read_memory(path) if path else Stored()
        return own if self._book is None else Stored(own.profiles, own.power_up, dict(self._numbers))

    def start(self, tell: Callable[[str, int, str], None]) -> None:
        """Look out for changes of the phone book from now on; needs a running event loop. Raises `OSError`."""
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        if self._book is not None:
            self._inotify = Inotify()
            self._inotify.add_folder(str(self._book.path.resolve().parent))
            self._loop.add_reader(self._inotify.fd, self._looked)

    async def written(self) -> None:
        """Wait until what was stored so far is in its files."""
        if self._written is not None:
            await asyncio.wrap_future(self._written)

    def close(self) -> None:
        """Wait until everything is written; idempotent."""
        if self._inotify is not None and self._loop is not None:
            self._loop.remove_reader(self._inotify.fd)
            self._inotify.close()
            self._inotify = None
        self._writer.shutdown()

    def keep_profiles(self, line: str, stored: Stored) -> None:
        """Have `stored` be what the modem of `line` starts with."""
        path = self._files.get(line)
        if path is not None:
            kept = stored if self._book is None else Stored(stored.profiles, stored.power_up)
            self._write(f"what the modem {line} stores", lambda: _write(path, kept))

    def keep_number(self, line: str, slot: int, text: str, stored: Stored) -> None:
        """Have the number in `slot` be `text`: in the phone book and for all lines, or else in the line's own file."""
        book = self._book
        if book is None:
            self.keep_profiles(line, stored)
            return
        numbers = dict(self._numbers)
        if text:
            numbers[slot] = text
        else:
            numbers.pop(slot, None)
        self._take(numbers, line)
        self._write("a number in the phone book", lambda: book.write_numbers(numbers))

    def _looked(self) -> None:
        """Something in the phone book's folder has changed, or was written here."""
        if self._inotify is None or self._book is None:
            return
        self._inotify.read()
        if self._written is None or self._written.done():  # else the file is behind what is known here
            self._take(self._book.numbers)

    def _take(self, numbers: Mapping[int, str], teller: str = "") -> None:
        before, self._numbers = self._numbers, dict(numbers)
        for slot in sorted(before.keys() | numbers.keys()):
            text = numbers.get(slot, "")
            if before.get(slot, "") != text:
                self._tell(teller, slot, text)

    def _write(self, what: str, write: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                write()
            except (OSError, ConfigError) as error:
                log.error("%s could not be written, and is lost when the host stops: %s", what, error)

        self._written = self._writer.submit(guarded)
        if self._loop is not None:
            loop = self._loop
            self._written.add_done_callback(lambda _: _told(loop, self._looked))


def _told(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Have `callback` called by the loop, from another thread."""
    with suppress(RuntimeError):  # the host has ended meanwhile
        loop.call_soon_threadsafe(callback)


def _write(path: Path, stored: Stored) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, memory_text(stored))
