"""A Maildir as calls that wait for the disk: the core of `Maildir`, which keeps them off the event loop.

A letter's file never changes. Flags are changed by renaming alone, and only a letter that is marked leaves `new`.
Another program may rename or remove any file at any moment: what is not found is looked for again.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from offhook.mailbox.files import Files
from offhook.mailbox.letters import Entry, Flag, LetterGone, LetterKey, MaildropFailure
from offhook.mailbox.maildir.append import MaildirAppend
from offhook.mailbox.maildir.box import Box, Folder, Place, Places, open_box
from offhook.mailbox.maildir.keyword_letters import KeywordLetters, Stamp
from offhook.mailbox.maildir.names import LetterName, UniqueNames, letters_of
from offhook.mailbox.maildir.quota import MaildirQuota, Usage
from offhook.mailbox.store import Watch, as_maildrop_failure, is_remote, read_head, read_letter

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become different in a letter's flags and keywords."""

    add: Collection[Flag] = frozenset()
    remove: Collection[Flag] = frozenset()
    add_keywords: Collection[str] = frozenset()
    remove_keywords: Collection[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether anything is."""
        return bool(self.add or self.remove or self.add_keywords or self.remove_keywords)


RELIST_SECONDS = 3.0
"""Age at which a listing on a file server is taken anew though the folders look unchanged: over NFS their times lag by
up to 30 s, and a new letter is to be seen within 5."""
SWEEP_SECONDS = 3600.0
"""Pause between searches for litter in `tmp`."""

_TRUST_SECONDS = 2.0
_ATTEMPTS = 20


class MaildirFolder:
    """The letters of one Maildir. `now` tells the time in seconds since 1970, `unique_base` makes names.

    With `make`, what is missing of the Maildir is made. `quota` is that of the mailbox it belongs to.
    """

    def __init__(
        self,
        path: str,
        files: Files,
        now: Callable[[], float],
        unique_base: UniqueNames,
        quota: MaildirQuota,
        *,
        make: bool = True,
    ) -> None:
        self._path = path
        self._make = make
        self.quota = quota
        self._files = files
        self._now = now
        self.unique_base = unique_base
        self.keywords = KeywordLetters(files, now)
        self._lock = threading.RLock()
        self._places: dict[LetterKey, tuple[Place, ...]] = {}
        self._facts: dict[LetterKey, tuple[int, float]] = {}
        self._told: Places | None = None
        self._told_keywords: Stamp = None
        self._entries: tuple[Entry, ...] = ()
        self._stamp: tuple[int, int] | None = None
        self._listed_at = 0.0
        self._swept_at = 0.0

    def _opened(self) -> AbstractContextManager[Box]:
        return open_box(self._files, self._path, make=self._make)

    @contextmanager
    def box(self) -> Iterator[Box]:
        """The Maildir, open and this session's alone for as long as the context lasts."""
        with self._lock, as_maildrop_failure(), self._opened() as box:
            yield box

    def scan(self) -> tuple[Entry, ...]:
        """Every letter, in order of arrival; two calls of `stat` when nothing has changed."""
        with self.box() as box:
            now = self._now()
            if abs(now - self._swept_at) > SWEEP_SECONDS:
                box.sweep(now)
                self._swept_at = now
            if not self._is_current(box):
                self._list(box)
            return self._entries

    def _is_current(self, box: Box) -> bool:
        """Whether the last listing can be shown to be true still, without another."""
        if self.keywords.refresh(box.root):
            self._stamp = None
        if self._stamp is None or box.stamp() != self._stamp:
            return False
        return not self.is_remote or 0 <= self._now() - self._listed_at < RELIST_SECONDS

    @cached_property
    def is_remote(self) -> bool:
        """Whether the Maildir is on a file server, where the times of folders come late."""
        return is_remote(self._path)

    def _list(self, box: Box) -> None:
        """Take a confirmed listing, and remember whether the folders' times will tell of the next change."""
        before = box.stamp()
        self._take_places(box.confirmed_places(self._places, self._now))
        self._told, self._told_keywords = self._places.copy(), self.keywords.stamp
        self._entries = tuple(sorted(map(self._entry_maker(box), self._places), key=lambda one: (one.arrived, one.key)))
        self._listed_at = self._now()
        trusted = before == box.stamp_anew() and self._listed_at - max(before) / 1e9 > _TRUST_SECONDS
        self._stamp = before if trusted else None

    def _take_places(self, places: Places) -> None:
        self._places = dict(places)
        self._facts = {key: facts for key, facts in self._facts.items() if key in self._places}

    def _entry_maker(self, box: Box) -> Callable[[LetterKey], Entry]:
        def entry(key: LetterKey) -> Entry:
            places = self._places[key]
            if len(places) > 1:
                places = tuple(place for place in places if self._is_there(box, place)) or places
            size, arrived = self._facts.get(key) or self._look_up(box, key, places[0])
            name = places[0].name
            keywords = self.keywords.keywords(name.keyword_letters)
            return Entry(key, name.flags, places[0].folder == "new", size, arrived, keywords)

        return entry

    def _is_there(self, box: Box, place: Place) -> bool:
        try:
            return self._files.facts(place.file_name, box[place.folder]).regular
        except FileNotFoundError:
            return False

    def _look_up(self, box: Box, key: LetterKey, place: Place) -> tuple[int, float]:
        """Size and time of arrival, from the name if it tells both, else from the file; they never change."""
        name = place.name
        size, arrived = name.size, name.arrived
        if size is None or arrived is None:
            try:
                facts = self._files.facts(place.file_name, box[place.folder])
            except FileNotFoundError:  # renamed just now; the next listing asks again
                return size or 0, arrived or 0.0
            size = facts.size if size is None else size
            arrived = facts.modified_ns / 1e9 if arrived is None else arrived
        self._facts[key] = size, arrived
        return size, arrived

    def wherever_it_is(self, box: Box, key: LetterKey, act: Callable[[Place], T]) -> T:
        """Do something to a letter's file; when another program has renamed it, find it and try again."""
        for _ in range(_ATTEMPTS):
            for place in self._places.get(key, ()):
                try:
                    return act(place)
                except FileNotFoundError:
                    continue
            self._stamp = None
            self._take_places(box.confirmed_places(self._places, self._now))
            if key not in self._places:
                raise LetterGone("The letter is no longer there; another program has removed it.")
        raise MaildropFailure("Another program keeps changing the letter; try again.")

    def head(self, key: LetterKey) -> bytes:
        """The header section up to the empty line, at most 256 KiB of it."""
        with self.box() as box:
            return self.wherever_it_is(
                box, key, lambda place: read_head(self._files, place.file_name, box[place.folder])
            )

    def fetch(self, key: LetterKey) -> bytes:
        """The whole letter."""
        with self.box() as box:
            letter = self.wherever_it_is(
                box, key, lambda place: read_letter(self._files, place.file_name, box[place.folder])
            )
            self._correct(key, len(letter))
            return letter

    def _correct(self, key: LetterKey, size: int) -> None:
        """Believe the file and not its name, if they differ about the size."""
        known = self._facts.get(key)
        if known is not None and known[0] != size:
            self._facts[key] = size, known[1]
            self._stamp = None

    def mark(self, key: LetterKey, change: Change) -> None:
        """Change flags by renaming; a letter in `new` moves to `cur`. Flags another program sets meanwhile stay."""

        def rename(place: Place) -> None:
            file_name = place.name.with_letters(add, remove)
            if place == Place("cur", file_name):
                self._files.facts(file_name, box["cur"])
                return
            self._files.rename(place.file_name, box[place.folder], file_name, box["cur"])
            others = tuple(other for other in self._places[key] if other != place)
            self._places[key] = (Place("cur", file_name), *others)
            self._stamp = None

        with self.box() as box:
            add = letters_of(change.add) + self.keywords.letters(change.add_keywords, box.root)
            remove = letters_of(change.remove) + self.keywords.known(change.remove_keywords)
            self.wherever_it_is(box, key, rename)

    def expunge(self, keys: Iterable[LetterKey]) -> None:
        """Remove letters, and have that on the disk; those already gone are no error."""
        with self.box() as box:
            left = set(keys)
            touched: set[Folder] = set()
            removed: list[Usage] = []
            for _ in range(_ATTEMPTS):
                left = {key for key in left if not self._remove(box, key, touched, removed)}
                if not left:
                    break
                self._take_places(box.confirmed_places(self._places, self._now))
                left &= self._places.keys()
            for folder in sorted(touched):
                self._files.sync(box[folder])
            self.quota.add(Usage(-sum(one.size for one in removed), -len(removed)))
            if left:
                raise MaildropFailure("Another program keeps changing a letter that is to be removed; try again.")

    def _remove(self, box: Box, key: LetterKey, touched: set[Folder], removed: list[Usage]) -> bool:
        """Remove every name seen of a letter; false when it had none, or the names were out of date."""
        gone = False
        for place in self._places.get(key, ()):
            with suppress(FileNotFoundError):
                size = place.name.size
                size = self._files.facts(place.file_name, box[place.folder]).size if size is None else size
                self._files.remove(place.file_name, box[place.folder])
                touched.add(place.folder)
                removed += [] if gone else [Usage(size, 1)]
                gone = True
        if gone:
            self._stamp = None
            del self._places[key]
        return gone

    def has(self, ident: str) -> bool:
        """Whether a letter is there that was put in by that ident."""
        with self.box() as box:
            return box.has(ident, self._now)

    def begin(
        self, flags: Collection[Flag], keywords: Collection[str], arrived: float | None, ident: str = ""
    ) -> MaildirAppend:
        """A letter to be put in; with SEEN it goes to `cur`, else to `new`. Nothing is on the disk yet."""
        folder: Folder = "cur" if Flag.SEEN in flags else "new"

        def info(box: Box) -> str:
            with self._lock:
                letters = letters_of(flags) + self.keywords.letters(keywords, box.root)
            return LetterName("", "", "").with_letters(letters, "") if letters else ""

        return self.append(folder, self.unique_base(self._now() if arrived is None else arrived, ident), info, arrived)

    def append(self, folder: Folder, base: str, info: Callable[[Box], str], time: float | None) -> MaildirAppend:
        """A letter to be put in under a name that is made already."""

        def room(size: int) -> bool:
            return self.quota.check(Usage(size, 1))

        def known(place: Place, size: int) -> None:
            self.know(place)
            self.quota.add(Usage(size, 1))

        return MaildirAppend(self._files, self._opened, room, folder, base, info, time, known)

    def watch(self, watch: Watch) -> None:
        """Have a watch hear of letters that come, go or change here."""
        with self.box() as box:
            watch.add(box["new"])
            watch.add(box["cur"])

    def has_changed(self) -> bool:
        """Whether anything differs from what the last `scan` told."""
        with self.box() as box:
            if self._is_current(box):
                return False
            self._take_places(box.confirmed_places(self._places, self._now))
            return self._told != self._places or self.keywords.stamp != self._told_keywords

    def know(self, place: Place) -> None:
        """Know a letter that has just been put in, so that it can be fetched without a listing."""
        with self._lock:
            self._places[place.name.key] = (place,)
            self._stamp = None
