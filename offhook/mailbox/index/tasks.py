"""What an index clerk is asked to do, and what it answers."""

import json
import logging
import os
import pickle
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from offhook.mailbox.clerks import Limits, in_children
from offhook.mailbox.index.building import build, headings_left, read_headings
from offhook.mailbox.index.database import PLACES, Database, is_damage, open_for_writing, remove, touch
from offhook.mailbox.index.shelf import crowded_out, superfluous
from offhook.mailbox.index.syncing import Known, bring_up_to_date, purge, write_rows
from offhook.mailbox.letters import MaildropFailure, Remembering, Survey, searched_text, words_in

log = logging.getLogger(__name__)

MOST_KEPT = 8
"""Indexes a clerk keeps open."""
MOST_TEXT = 1024 * 1024
"""Octets of a letter that are looked at for words."""
MOST_WORDS = 5000
"""Different words of one letter that are kept."""

Doing = Literal["look", "head", "build"]
"""Look for changes; read some headings; or do a slice of what is left to be read."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do for the index in `file`; `refs` are the letters whose headings somebody waits for."""

    doing: Doing
    file: str
    survey: Survey
    refs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tidying:
    """The indexes in `files`, and those in `directory` that are `superfluous`, are to go."""

    directory: str
    there: tuple[str, ...] | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it; `failure` is a sentence if the letters cannot be read.

    `more`: something is left to build; `headed`: no more headings are.
    """

    done: bool
    more: bool = False
    failure: str = ""
    headed: bool = False


def packed_task(task: Task | Tidying) -> bytes:
    """A task as it is handed over; only a host writes them, so they are pickled."""
    return pickle.dumps(task)


def unpacked_answer(data: bytes | None) -> Answer:
    """An answer; a clerk that has none has not done it."""
    try:
        done, more, failure, headed = json.loads(data or b'[false, false, "", false]')
    except (ValueError, TypeError):
        return Answer(done=False)
    return Answer(done is True, more is True, str(failure), headed is True)


@dataclass(slots=True)
class IndexWork:
    """Does tasks; keeps the indexes it has worked on last open, with what it knows of them."""

    in_child: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: OrderedDict[str, tuple[Database, Known, Survey]] = field(default_factory=OrderedDict)

    def carry_out(self, packed: bytes) -> bytes:
        """Do a task, whatever comes of it."""
        task = pickle.loads(packed)
        answer = self.tidy(task) if isinstance(task, Tidying) else self.do(task)
        return json.dumps([answer.done, answer.more, answer.failure, answer.headed]).encode()

    def do(self, task: Task) -> Answer:
        """Do a task; an index that turns out to be damaged is removed, and made anew when it is looked after."""
        with self._lock:
            answer = self._do(task)
            return self._do(task) if answer is _DAMAGED and task.doing == "look" else answer

    def tidy(self, task: Tidying) -> Answer:
        """Remove indexes, and give back those that are open: the words in a file without a name are on the disk too."""
        with self._lock:
            self._remove_all((*task.files, *superfluous(task.directory, task.there)))
            with suppress(OSError):  # something is left in it
                os.rmdir(task.directory)
        return Answer(done=True)

    def _remove_all(self, files: Iterable[str]) -> None:
        for file in files:
            with suppress(OSError):  # a directory where a file should be holds no words of ours
                self._drop(file, damaged=True)

    def _do(self, task: Task) -> Answer:
        try:
            database, known, survey = self._opened(task)
            if task.doing == "look":
                bring_up_to_date(database, survey, known)
                return Answer(done=True, more=True)
            if task.doing == "head":
                write_rows(database, survey, known, task.refs)
                read_headings(database, survey, task.refs)
                return Answer(done=True, more=True)
            if write_rows(database, survey, known):
                return Answer(done=True, more=True)
            more = build(database, survey, self._read_words) or purge(database)
            return Answer(done=True, more=more, headed=not more or headings_left(database) == 0)
        except MaildropFailure as why:
            return Answer(done=False, failure=str(why))
        except Exception as why:  # noqa: BLE001 - what a damaged file may cause is not foreseen
            damaged = is_damage(why)
            what = type(why).__name__  # and no more: in what it says there may be words of a letter
            log.log(logging.WARNING if damaged else logging.INFO, "the index %s cannot be kept up: %s", task.file, what)
            with suppress(OSError):
                self._drop(task.file, damaged=damaged)
            return _DAMAGED if damaged else Answer(done=False)

    def _opened(self, task: Task) -> tuple[Database, Known, Survey]:
        """The index of a task; the survey is the first that came for it, which has seen something already."""
        if task.file not in self._open:
            self._open[task.file] = open_for_writing(task.file, owner_of(task.survey)), Known(), task.survey
            if isinstance(task.survey, Remembering):
                task.survey.remember_in(task.file + PLACES)
            self._remove_all(crowded_out(task.file))
        elif not self._open[task.file][0].in_place or self._open[task.file][2] != task.survey:
            self._drop(task.file, damaged=False)
            return self._opened(task)
        self._open.move_to_end(task.file)
        touch(task.file)
        while len(self._open) > MOST_KEPT:
            self._open.popitem(last=False)[1][0].close()
        return self._open[task.file]

    def _drop(self, file: str, *, damaged: bool) -> None:
        found = self._open.pop(file, None)
        if found is not None:
            found[0].close()
        if damaged:
            remove(file)

    def _read_words(self, survey: Survey, words: Sequence[str]) -> list[frozenset[str] | None]:
        """The words of letters, read in children with limits (or here, for tests and where there is no clerk)."""

        def read(number: int) -> bytes:
            return words_of(survey, words[number])

        if self.in_child:  # a box is looked at here, once, and not by each child, whose time is short
            list(survey.heads(words[:1]))
        answers = in_children(len(words), read, Limits()) if self.in_child else [read(n) for n in range(len(words))]
        return [None if each == _GONE else frozenset((each or b"").decode().split()) for each in answers]

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            for database, _, _ in self._open.values():
                database.close()
            self._open.clear()


_GONE = b"\0"
_DAMAGED = Answer(done=False)


def words_of(survey: Survey, word: str) -> bytes:
    """The words that a letter is searched by, parted by blanks."""
    letter = survey.letter(word, MOST_TEXT)
    if letter is None:
        return _GONE
    found = sorted(words_in(searched_text(letter)))[:MOST_WORDS]
    return " ".join(found).encode("utf-8", "replace")


def owner_of(survey: Survey) -> str:
    """What an index says of whose it is."""
    return repr(survey)
