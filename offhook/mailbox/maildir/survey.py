"""A Maildir as an index looks at it (`Survey`): by the file names alone, and only in folders that have changed.

A letter's word is its folder's initial and its file name; where the name has letters that stand for keywords, these
follow after NUL, so that the word changes when their meaning does.
"""

import errno
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass

from offhook.mailbox.files import DiskFiles
from offhook.mailbox.letters import Changes, Entry, LetterKey
from offhook.mailbox.maildir.box import MAX_LISTINGS, Box, Folder, is_settled, open_box
from offhook.mailbox.maildir.keyword_letters import NAME as KEYWORDS
from offhook.mailbox.maildir.keyword_letters import KeywordLetters
from offhook.mailbox.maildir.names import flags_of, is_letter, read_name
from offhook.mailbox.store import as_maildrop_failure, is_remote, opened, read_head

_FOLDERS: tuple[Folder, ...] = ("new", "cur")
_KEYWORD_NAME = re.compile(r":2,[A-Z]*[a-z]")
_USUAL_NAME = re.compile(r"[nc]((\d{9,10})\.M(\d{1,6})P[^,:]*,S=(\d{1,15})(?:,W=\d+)?)(?::2,([DFPRST]*))?")
_HEAD = 2048
_MOST_LOOKED_AT = 2000
_PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE, errno.ETIMEDOUT})
"""Reasons why a letter cannot be read that are not the letter's."""
_GONE = "gone"
"""The stamp of a folder that is not there: true of no index."""


@dataclass(frozen=True, slots=True)
class MaildirSurvey:
    """The Maildir at `path`; `anchor` and `owner` are those of `DiskFiles`, `within` that of `Maildir`."""

    path: str
    anchor: str | None = None
    owner: tuple[int, int] | None = None
    within: str | None = None

    def _files(self) -> DiskFiles:
        return DiskFiles(self.anchor, self.owner)

    def _opened(self, files: DiskFiles) -> AbstractContextManager[Box]:
        """A folder that has been removed is not made again by a look at it."""
        return open_box(files, self.path, make=self.within is None)

    def stamp(self) -> str | None:
        """When names in `new` and `cur` and the keywords last changed; None on file servers, whose times are late."""
        with as_maildrop_failure():
            try:
                times = [os.stat(f"{self.path}/{folder}").st_mtime_ns for folder in _FOLDERS]
            except FileNotFoundError:
                return None if self.within is None else _GONE
            return None if is_remote(self.path) else _stamp(times, self._keyword_time())

    def _keyword_time(self) -> int:
        try:
            return os.stat(f"{self.path}/{KEYWORDS}").st_mtime_ns
        except FileNotFoundError:
            return 0

    def compare(self, known: Set[str], stamp: str) -> Changes:
        """List the folders that have changed; a word that is missing counts as gone once that is confirmed."""
        files = self._files()
        with as_maildrop_failure(), self._opened(files) as box:
            keywords = KeywordLetters(files)
            keywords.refresh(box.root)
            folders = self._changed(box, stamp)
            initials = tuple(folder[0] for folder in folders)
            if len(folders) < len(_FOLDERS):
                known = {word for word in known if word.startswith(initials)}
            there, settled = self._confirmed(box, folders, keywords, known)
            come = there - known
            if known and len(come) <= _MOST_LOOKED_AT:
                come = {word for word in come if self._is_regular(box, word)}
            return Changes(sorted(come), sorted(known - there), settled)

    def _changed(self, box: Box, stamp: str) -> Sequence[Folder]:
        """The folders to be listed: those whose time is not that of the stamp, and all on file servers."""
        times = stamp.split()
        if is_remote(self.path) or len(times) != 3 or times[2] != str(self._keyword_time()):
            return _FOLDERS
        now = box.stamp()
        return [folder for folder, old, time_ns in zip(_FOLDERS, times, now, strict=False) if old != str(time_ns)]

    def _confirmed(
        self, box: Box, folders: Sequence[Folder], keywords: KeywordLetters, known: Set[str]
    ) -> tuple[Set[str], str]:
        """The words that are there, and the stamp if they were listed while nothing changed (see `maildir_box`)."""
        gathered: set[str] = set()
        after = box.stamp()
        for turn in range(MAX_LISTINGS):
            before = after
            latest = self._list(box, folders, keywords, first=not known)
            after = box.stamp_anew()
            if before == after and is_settled(before, time.time()):
                return latest, _stamp(before, keywords.stamp[0] if keywords.stamp else 0)
            gathered |= latest
            keys = {_key(word) for word in gathered}
            if turn and all(_key(word) in keys for word in known - gathered):
                break
        return set(self._one_each(box, gathered, latest)), ""

    def _list(self, box: Box, folders: Sequence[Folder], keywords: KeywordLetters, *, first: bool) -> set[str]:
        """One listing, `new` before `cur`: a letter that moves meanwhile is seen twice rather than not at all."""
        words: set[str] = set()
        for folder in folders:
            names = box.files.list_folder(box[folder]) if first else box.files.list_all(box[folder])
            words.update([folder[0] + name for name in names if is_letter(name)])
        if keywords.stamp is None:
            return words
        return {_with_keywords(word, keywords) if _KEYWORD_NAME.search(word) else word for word in words}

    def _one_each(self, box: Box, gathered: set[str], latest: set[str]) -> Iterator[str]:
        """Of several words for one letter, which was being renamed: one whose file is there, else the latest."""
        by_key: dict[str, list[str]] = {}
        for word in gathered:
            by_key.setdefault(_key(word), []).append(word)
        for words in by_key.values():
            if len(words) > 1:  # the same one each time, for there may be two files for good
                words.sort(key=lambda word: (word not in latest, word))
            yield words[0] if len(words) == 1 else next((one for one in words if self._is_regular(box, one)), words[0])

    def _is_regular(self, box: Box, word: str) -> bool:
        folder, name = _place(word)
        try:
            return box.files.facts(name, box[folder]).regular
        except FileNotFoundError:
            return False

    def entries(self, words: Sequence[str]) -> Iterator[Entry | None]:
        """From the file name if it tells size and time, else from the file."""
        files = self._files()
        with as_maildrop_failure(), self._opened(files) as box:
            for word in words:
                yield _entry(files, word, box)

    def heads(self, words: Sequence[str]) -> Iterator[bytes | None]:
        """Mostly one short read each."""
        files = self._files()
        with as_maildrop_failure(), self._opened(files) as box:
            for word in words:
                folder, name = _place(word)
                yield _head(files, name, box[folder])

    def letter(self, word: str, limit: int) -> bytes | None:
        """Read from the file that has this name now; nothing of one that cannot be read."""
        files = self._files()
        folder, name = _place(word)
        with as_maildrop_failure(), self._opened(files) as box:
            try:
                with opened(files, name, box[folder]) as file:
                    return b"".join(_chunks(files, file, limit))
            except FileNotFoundError:
                return None
            except OSError as error:
                if error.errno in _PASSING:
                    raise
                return b""


def _entry(files: DiskFiles, word: str, box: Box) -> Entry | None:
    usual = _USUAL_NAME.fullmatch(word)
    if usual is not None:
        base, seconds, micro, length, letters = usual.groups()
        arrived_at = int(seconds) + int(micro) / 1_000_000
        return Entry(LetterKey(base), flags_of(letters or ""), word[0] == "n", int(length), arrived_at)
    folder, file_name = _place(word)
    name = read_name(file_name)
    size, arrived = name.size, name.arrived
    if size is None or arrived is None:
        try:
            facts = files.facts(file_name, box[folder])
        except FileNotFoundError:
            return None
        size = facts.size if size is None else size
        arrived = facts.modified_ns / 1e9 if arrived is None else arrived
    keywords = frozenset(word.partition("\0")[2].split(",")) if "\0" in word else frozenset()
    return Entry(name.key, name.flags, folder == "new", size, arrived, keywords)


def _head(files: DiskFiles, name: str, folder: int) -> bytes | None:
    try:
        file = files.open_letter(name, folder)
        try:
            data = os.read(file, _HEAD)
        finally:
            os.close(file)
        end = data.find(b"\n\n")
        if end > 0 and b"\r" not in data[:end]:
            return data[: end + 1]
        return read_head(files, name, folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in _PASSING:
            raise
        return b""  # it cannot be read, now or later: it is listed without a heading


def _chunks(files: DiskFiles, file: int, limit: int) -> Iterable[bytes]:
    while limit > 0 and (data := files.read(file, min(limit, 1 << 20))):
        limit -= len(data)
        yield data


def _stamp(times: Iterable[int], keywords: int) -> str:
    return " ".join(map(str, (*times, keywords)))


def _place(word: str) -> tuple[Folder, str]:
    """The folder and the file name of a word."""
    name = word.partition("\0")[0]
    return ("new" if name[0] == "n" else "cur"), name[1:]


def _key(word: str) -> LetterKey:
    return LetterKey(word[1:].partition("\0")[0].partition(":2,")[0])


def _with_keywords(word: str, keywords: KeywordLetters) -> str:
    found = keywords.keywords(read_name(word).keyword_letters)
    return f"{word}\0{','.join(sorted(found))}" if found else word
