"""Keywords in a Maildir, as Dovecot keeps them: small letters in file names, and a file that says what they mean.

`dovecot-keywords` has a line for each, the number of the letter (a is 0) and the keyword: `0 Work`. The file only ever
grows. Dovecot changes it while it holds `dovecot-uidlist.lock`, by a new file renamed into its place; so do we, and
hold `dovecot-keywords.lock` as well. It reads the file again when the whole seconds of its time have changed.
"""

import os
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

from offhook.mailbox.files import Files, is_alive
from offhook.mailbox.letters import MaildropFailure, is_keyword
from offhook.mailbox.maildir.box import links_are_missing
from offhook.mailbox.maildir.names import KEYWORD_LETTERS
from offhook.mailbox.store import read_start, write_all

NAME = "dovecot-keywords"
UIDLIST = "dovecot-uidlist"
LONGEST_FILE = 64 * 1024
PATIENCE = 10.0
"""Seconds to wait for another program's lock."""
STALE = 120.0
"""Seconds after which a lock nobody touches is what a crashed program left (Dovecot's rule)."""
LONGEST_HOLDER = 256
"""Octets of a lock that are looked at."""

_NEW = f"{NAME}.new"
_BILLION = 1_000_000_000

Stamp = tuple[int, int] | None
"""When the file changed, in nanoseconds since 1970, and its inode; None when there is none."""


class KeywordLetters:
    """The keywords of one Maildir; `folder` in each method is the Maildir's own descriptor."""

    def __init__(
        self, files: Files, now: Callable[[], float] = time.time, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._files = files
        self._now = now
        self._pause = pause
        self.stamp: Stamp = None
        self._keywords: Mapping[str, str] = {}

    def refresh(self, folder: int) -> bool:
        """Read the file again if it has changed; whether it had."""
        stamp = self._facts(folder)
        if stamp == self.stamp:
            return False
        self._keywords = dict(_parsed(self._read(folder))) if stamp else {}
        self.stamp = stamp
        return True

    def keywords(self, letters: str) -> frozenset[str]:
        """What letters mean; those that the file does not know mean nothing here."""
        return frozenset(filter(is_keyword, (self._keywords.get(letter, "") for letter in letters)))

    def known(self, keywords: Collection[str]) -> str:
        """The letters of those keywords that have one."""
        wanted = {keyword.lower() for keyword in keywords}
        return "".join(letter for letter, keyword in self._keywords.items() if keyword.lower() in wanted)

    def letters(self, keywords: Collection[str], folder: int) -> str:
        """The letters of keywords; those that have none yet are given one, and the file is on the disk then."""
        self.refresh(folder)
        if self._missing(keywords):
            with self._locked(folder):
                self.refresh(folder)
                if missing := self._missing(keywords):
                    self._add(missing, folder)
            self.refresh(folder)
        return self.known(keywords)

    def _missing(self, keywords: Collection[str]) -> list[str]:
        there = {keyword.lower() for keyword in self._keywords.values()}
        return sorted({keyword.lower(): keyword for keyword in keywords if keyword.lower() not in there}.values())

    def _add(self, missing: list[str], folder: int) -> None:
        free = [letter for letter in KEYWORD_LETTERS if letter not in self._keywords]
        if len(missing) > len(free):
            raise MaildropFailure("A mailbox has at most 26 different keywords, and this one has no room for more.")
        keywords = {**self._keywords, **dict(zip(free, missing, strict=False))}
        lines = [f"{KEYWORD_LETTERS.index(letter)} {keywords[letter]}\n" for letter in sorted(keywords)]
        self._replace("".join(lines).encode("ascii", "surrogateescape"), folder)

    def _replace(self, content: bytes, folder: int) -> None:
        """Make a new file the file: whole seconds later than the old one, so that Dovecot notices."""
        with suppress(FileNotFoundError):
            self._files.remove(_NEW, folder)  # what a crash has left: we hold the lock
        file = self._files.create(_NEW, folder)
        try:
            try:
                write_all(self._files, file, content)
                if self.stamp is not None and int(self._now()) <= self.stamp[0] // _BILLION:
                    self._files.set_time(file, self.stamp[0] // _BILLION + 1)
                self._files.sync(file)
            finally:
                self._files.close(file)
            self._files.rename(_NEW, folder, NAME, folder)
        except OSError:
            with suppress(OSError):
                self._files.remove(_NEW, folder)
            raise
        self._files.sync(folder)

    @contextmanager
    def _locked(self, folder: int) -> Iterator[None]:
        """The file's lock, and before it, where Dovecot has been, Dovecot's lock on the whole Maildir."""
        with ExitStack() as stack:
            try:
                self._files.facts(UIDLIST, folder)
            except FileNotFoundError:
                pass
            else:
                stack.enter_context(self._held(f"{UIDLIST}.lock", folder))
            stack.enter_context(self._held(f"{NAME}.lock", folder))
            yield

    @contextmanager
    def _held(self, lock: str, folder: int) -> Iterator[None]:
        """A lock file that says `process:host`, so that Dovecot and we know at once that its holder is no more."""
        self._wait_for(lock, folder)
        try:
            yield
        finally:
            with suppress(OSError):
                self._files.remove(lock, folder)

    def _wait_for(self, lock: str, folder: int) -> None:
        waited, step = 0.0, 0.01
        while True:
            try:
                self._take(lock, folder)
            except FileExistsError:
                self._break_stale(lock, folder)
            else:
                return
            if waited > PATIENCE:
                raise MaildropFailure("Another program is changing this mailbox; try again.")
            self._pause(step)
            waited += step
            step = min(2 * step, 0.5)

    def _take(self, lock: str, folder: int) -> None:
        """Link a file with our number to the lock's name: the lock is there with its contents and owner, or not."""
        own = f"{lock}.{os.getpid()}.{os.urandom(6).hex()}"
        tmp = self._files.open_subfolder("tmp", folder)
        try:
            self._write_holder(own, tmp)
            try:
                self._files.link(own, tmp, lock, folder)
            except OSError as error:
                if not links_are_missing(error):
                    raise
                self._write_holder(lock, folder)
            finally:
                with suppress(OSError):
                    self._files.remove(own, tmp)
        finally:
            with suppress(OSError):
                self._files.close(tmp)

    def _write_holder(self, name: str, folder: int) -> None:
        file = self._files.create(name, folder)
        try:
            try:
                write_all(self._files, file, f"{os.getpid()}:{socket.gethostname()}".encode())
            finally:
                self._files.close(file)
        except OSError:
            with suppress(OSError):
                self._files.remove(name, folder)
            raise

    def _break_stale(self, lock: str, folder: int) -> None:
        """Remove a lock whose holder is no more, or that nobody has touched for long, unless it is another by then."""
        with suppress(FileNotFoundError):
            before = self._files.facts(lock, folder)
            dead = is_alive(read_start(self._files, lock, folder, LONGEST_HOLDER)) is False
            old = self._now() - before.modified_ns / _BILLION > STALE
            if (dead or old) and self._files.facts(lock, folder) == before:
                self._files.remove(lock, folder)

    def _facts(self, folder: int) -> Stamp:
        try:
            facts = self._files.facts(NAME, folder)
        except FileNotFoundError:
            return None
        return (facts.modified_ns, facts.inode)

    def _read(self, folder: int) -> bytes:
        try:
            return read_start(self._files, NAME, folder, LONGEST_FILE)
        except FileNotFoundError:
            return b""


def _parsed(content: bytes) -> Iterator[tuple[str, str]]:
    """Letter and keyword of each line; lines that say nothing sensible are passed over."""
    for line in content.decode("ascii", "surrogateescape").split("\n"):
        number, _, keyword = line.partition(" ")
        if number.isascii() and number.isdecimal() and len(number) < 3 and int(number) < len(KEYWORD_LETTERS):
            yield KEYWORD_LETTERS[int(number)], keyword
