"""An mbox as calls that wait for the disk: the core of `Mbox`, which keeps them off the event loop.

Every call opens the box, takes the locks, first finishes what a crash has left in a journal, does its work, has it on
the disk, and gives everything back. No call waits for a lock: `BoxBusy` says that it was refused, and nothing was done.
"""

import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, TypeVar

from offhook.mailbox.files import (
    BoxFacts,
    BoxFiles,
    BoxLocks,
    Dotlock,
    Run,
    is_left_behind,
    mend,
    places_for,
    read_all_at,
    recover,
    run_helper,
)
from offhook.mailbox.letters import Entry, Flag, LetterGone, LetterKey, MaildropFailure, Octets
from offhook.mailbox.mbox import changes as mbox_changes
from offhook.mailbox.mbox.guard import GUARD
from offhook.mailbox.mbox.letter import decode, decode_head, encode
from offhook.mailbox.mbox.listing import BoxStamp, Letter, Listing
from offhook.mailbox.mbox.memory import LEAST_OCTETS, Memory
from offhook.mailbox.mbox.parse import Span, Window
from offhook.mailbox.mbox.reading import read_first, read_on
from offhook.mailbox.mbox.second_look import LOOKED_BEHIND
from offhook.mailbox.mbox.sight import Sight
from offhook.mailbox.mbox.state import State, base_line
from offhook.mailbox.store import MAX_LETTER_BYTES, Watch, as_maildrop_failure, make_path

T = TypeVar("T")

_SEARCHED = 1024 * 1024
"""Octets looked through at a time."""


class MboxBox:
    """The letters of the mbox at `path`. `now` tells the time in seconds since 1970, `run` runs `dotlockfile`."""

    def __init__(self, path: str, files: BoxFiles, now: Callable[[], float], run: Run = run_helper) -> None:
        self._path, self._name = os.path.split(path)
        self._files = files
        self._now = now
        self._run = run
        self._lock = threading.RLock()
        self._locks = BoxLocks(files, self._name, self._dotlock)
        self._sight = Sight(files, now)
        self._shown: tuple[Entry, ...] = ()

    def remember_in(self, file: str, least: int = LEAST_OCTETS) -> None:
        """Keep what is found in a box of `least` octets and more in a file, and begin with what is found there."""
        self._sight.memory = Memory(file, os.path.join(self._path, self._name), self._now, least)

    def _dotlock(self, folder: int) -> Dotlock:
        return Dotlock(self._files, folder, self._path, self._name, self._now, self._run)

    @contextmanager
    def _folder(self) -> Iterator[int]:
        with self._lock, as_maildrop_failure():
            folder = self._files.open_folder(self._path)
            try:
                yield folder
            finally:
                self._files.close(folder)

    @contextmanager
    def _all_locks(self, folder: int) -> Iterator[tuple[int, Dotlock]]:
        """The box open for writing, and somebody who mends it if we are killed meanwhile."""
        with GUARD.watching(os.path.join(self._path, self._name)), self._locks.writing(folder) as held:
            yield held

    # Reading

    def _read(self, act: Callable[[int], T], missing: Callable[[], T], *, listed: bool = True) -> T:
        """Do something under read locks, if `listed` with the listing up to date; `missing` when there is no box."""
        try:
            with self._folder() as folder:
                with self._locks.reading(folder) as file:
                    facts = self._files.box_facts(file)
                    if not self._is_left_behind(folder, facts):
                        if listed:
                            self._sight.look(file, facts)
                        return act(file)
                with self._all_locks(folder) as (file, dotlock):
                    self._recover(file, dotlock)
                    if listed:
                        self._sight.look(file, self._files.box_facts(file))
                    return act(file)
        except MaildropFailure as failure:
            if isinstance(failure.__cause__, FileNotFoundError):
                self._sight.forget()
                return missing()
            raise

    def _is_left_behind(self, folder: int, facts: BoxFacts) -> bool:
        return is_left_behind(self._files, self._path, self._dotlock(folder), facts)

    def mend(self) -> bool:
        """Finish what a crash has left beside the box, without reading that; whether anything was there."""
        with self._folder() as folder:
            return mend(self._files, self._path, folder, self._dotlock(folder), self._all_locks, self._now)

    def scan(self) -> tuple[Entry, ...]:
        """Every letter, in the order of the box."""
        self._shown = self._read(lambda file: self._sight.listing.entries(), tuple)
        return self._shown

    def has_changed(self) -> bool:
        """Whether a scan would show something else than the last one did."""
        return self._read(lambda file: self._sight.listing.entries(), tuple) != self._shown

    def stamp(self) -> BoxStamp | None:
        """By what the box will be known to be unchanged; None when there is none."""
        return self._read(lambda file: self._sight.stamp, lambda: None)

    def head(self, key: LetterKey) -> bytes:
        """The letter's header section up to the empty line, at most 256 KiB of it."""
        return self._of_letter(key, lambda file, span: decode_head(self._octets(file, span.head, span.body)))

    def heads(self, keys: Collection[LetterKey]) -> list[bytes | None]:
        """The header sections of letters; None for one that is gone. All under one lock."""

        def act(file: int) -> list[bytes | None]:
            spans = [letter.span if (letter := self._sight.listing.find(key)) else None for key in keys]
            return [decode_head(self._octets(file, span.head, span.body)) if span else None for span in spans]

        return self._read(act, lambda: [None] * len(keys))

    def fetch(self, key: LetterKey) -> bytes:
        """The whole letter, as it was put in."""
        return self._of_letter(
            key,
            lambda file, span: decode(
                self._octets(file, span.head, span.body), self._octets(file, span.body, span.end)
            ),
        )

    def _of_letter(self, key: LetterKey, read: Callable[[int, Span], bytes]) -> bytes:
        """What is read of a letter; if it lies where it was seen last, without a look at the rest of the box."""
        with suppress(MaildropFailure), self._folder() as folder, self._locks.reading(folder) as file:
            facts = self._files.box_facts(file)
            seen = None if self._is_left_behind(folder, facts) else self._sight.at_its_place(file, facts, key)
            if seen is not None:
                return read(file, seen.span)
        return self._read(lambda file: read(file, self._sure_of(file, key).span), _gone)

    def _sure_of(self, file: int, key: LetterKey) -> Letter:
        """A letter that is listed, and surely lies where it is."""
        if self._sight.listing.find(key):
            self._sight.make_sure(file, self._files.box_facts(file), (key,))
        return self._listing_of(key)

    def _octets(self, file: int, start: int, end: int) -> bytes:
        if end - start > MAX_LETTER_BYTES:
            raise MaildropFailure(f"The letter is larger than {MAX_LETTER_BYTES >> 20} MB and cannot be read here.")
        return read_all_at(self._files, file, start, end - start)

    def _listing_of(self, key: LetterKey) -> Letter:
        return self._sight.listing.find(key) or _gone()

    # Writing

    @contextmanager
    def _writing(self, *keys: LetterKey, look: bool = True) -> Iterator[tuple[int, mbox_changes.Work]]:
        """The box under all locks, its journal worked off and its listing up to date; its new stamp is taken after.

        The letters of these keys are surely where they are listed. Without a `look` nothing is read to bring the
        listing up to date: the work then has no more of it than where the first letter is.
        """
        with self._folder() as folder, self._all_locks(folder) as (file, dotlock):
            self._recover(file, dotlock)
            facts = self._files.box_facts(file)
            known = look or self._sight.is_current(facts)
            if look:
                self._sight.look(file, facts)
            if known:
                self._sight.make_sure(file, facts, keys)
            listing = self._sight.listing if known else read_first(self._sight.window(file, facts))
            if listing.mmdf:
                raise MaildropFailure("The mailbox is in MMDF form, which is only read.")
            stamp, self._sight.stamp = self._sight.stamp, None
            places = places_for(self._path, self._name, facts)
            work = mbox_changes.Work(self._files, file, places, facts, listing, dotlock.refresh)
            yield file, work
            self._sight.take_stamp(file, self._files.box_facts(file), ours=facts)
            if known and work.listing is not None:
                self._sight.listing = work.listing
                self._sight.keep(at_once=work.moved)
            else:  # the next look finds what has been changed, or reads it all
                self._sight.stamp, self._sight.settled = stamp, False

    def _recover(self, file: int, dotlock: Dotlock) -> None:
        facts = self._files.box_facts(file)
        places = places_for(self._path, self._name, facts)
        if recover(self._files, file, places, facts, self._now(), dotlock.refresh):
            self._sight.stamp = None

    def mark(self, key: LetterKey, change: Callable[[State], State]) -> None:
        """Change a letter's state: in place where there is room for it, else by rewriting what lies behind it."""
        try:
            declared = False
            while not declared:
                with self._writing(key) as (_, work):
                    letter = self._listing_of(key)
                    declared = not mbox_changes.declare(work, change(letter.state).words(), self._now())
                    if declared:
                        mbox_changes.set_state(work, letter, change)
        except MaildropFailure as failure:
            _gone_if_missing(failure)

    def expunge(self, keys: Collection[LetterKey]) -> None:
        """Take letters out, and have that on the disk; those already gone are no error."""
        try:
            with self._writing(*keys) as (_, work):
                mbox_changes.take_out(work, [key for key in dict.fromkeys(keys) if self._sight.listing.find(key)])
        except MaildropFailure as failure:
            with suppress(LetterGone):
                _gone_if_missing(failure)

    def append(self, letter: Octets, state: State, arrived: float) -> LetterKey:
        """Put a letter in, and have it on the disk; on `MaildropFailure` the box is as before."""
        made = self.make()
        number, words = os.urandom(8), state.words()
        added: Letter | None = None
        try:
            while added is None:
                with self._writing(look=False) as (_, work):
                    if mbox_changes.declare(work, words, self._now()):
                        continue
                    assert work.listing is not None
                    # An empty box that was there may be one whose letters Dovecot has numbered: it goes on with those
                    # numbers when it finds none, and nobody else may give it others without need.
                    needed = not work.listing.first and (made or words)
                    base = base_line(int(self._now()), words) if needed else b""
                    text = encode(letter, number, arrived, state, base)
                    start = mbox_changes.append(work, text)
                    listing = work.listing
                    # What is there now may prove a length right, and ends a letter that had no end.
                    if start != work.facts.size or listing.reach > work.facts.size - LOOKED_BEHIND:
                        work.listing, listing = None, Listing(first=listing.first)
                    (added,) = read_on(listing, _window_on(text, start), start, self._now())
        except MaildropFailure:
            if added is None:
                raise
            self._sight.forget()  # it is on the disk: what fails now is no reason to have it sent again
        return added.key

    def has(self, octets: bytes) -> bool:
        """Whether these octets are anywhere in the box, on the disk: an append that a crash cut is finished first."""
        return self._read(lambda file: _holds(self._files, file, octets), lambda: False, listed=False)

    def make(self) -> bool:
        """Make the box if it is not there, for its owner only, in a spool for mail its user's; whether it was made."""
        with as_maildrop_failure():
            try:
                self._files.close(self._files.open_folder(self._path))
            except FileNotFoundError:
                make_path(self._files, self._path)
        with self._folder() as folder:
            try:
                self._files.named_facts(self._name, folder)
            except FileNotFoundError:
                with suppress(FileExistsError):
                    mbox_changes.make_box(self._files, self._name, folder)
                    return True
        return False

    def destroy(self) -> None:
        """Remove the box with all its letters, when nobody else is at it."""
        with self._folder() as folder, self._all_locks(folder):
            self._files.remove(self._name, folder)
            self._files.sync(folder)

    def watch(self, watch: Watch) -> None:
        """Have a watch hear of changes to the box, and of a box that comes."""
        with suppress(MaildropFailure), self._folder() as folder:
            watch.add(folder)
            with suppress(FileNotFoundError):
                file = self._files.open_box(self._name, folder, writable=False)
                watch.add(file, contents=True)
                self._files.close(file)


def _holds(files: BoxFiles, file: int, octets: bytes) -> bool:
    for at in range(0, files.box_facts(file).size, _SEARCHED):
        if octets in read_all_at(files, file, at, _SEARCHED + len(octets) - 1):
            return True
    return False


def _window_on(text: bytes, start: int) -> Window:
    """The end of a box, of which this was written from `start` on."""
    return Window(lambda offset, length: text[offset - start : offset - start + length], start + len(text))


def _gone() -> NoReturn:
    raise LetterGone("The letter is no longer there; another program has removed it.")


def _gone_if_missing(failure: MaildropFailure) -> None:
    if isinstance(failure.__cause__, FileNotFoundError):
        _gone()
    raise failure


def new_state(flags: Iterable[Flag], keywords: Iterable[str]) -> State:
    """The state of a letter that is put in: new unless it is seen."""
    chosen = frozenset(flags)
    return State(chosen, frozenset(keywords), Flag.SEEN not in chosen)
