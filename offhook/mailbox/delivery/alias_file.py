r"""The aliases file in its usual form (aliases(5)): `name: target, target`, and a line that begins blank goes on.

A target is a name here, an address, or `\name` for the account itself. Commands, files and `:include:` are refused:
no letter starts a program, and no letter is written where a line of text says.
"""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from offhook.mailbox.accounts import folded
from offhook.mailbox.delivery.expansion import DIRECT, MOST_COPIES
from offhook.mailbox.letters import is_valid_address

log = logging.getLogger(__name__)

LARGEST_FILE = 4_000_000
"""Bytes."""
_ENTRY = re.compile(r'(?:"((?:[^"\\]|\\.)+)"|([^\s:"#]+))[ \t]*:(.*)', re.DOTALL)
_TARGET = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_UNQUOTED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class AliasProblem:
    """What is wrong with an entry, and what would be right; `line` is counted from 1, 0 is the file as a whole."""

    line: int
    name: str
    remedy: str


class AliasFileError(Exception):
    """An aliases file that cannot be used."""

    def __init__(self, path: Path, problems: tuple[AliasProblem, ...]) -> None:
        super().__init__("; ".join(f"{path}:{each.line}: {each.name}: {each.remedy}" for each in problems[:3]))
        self.problems = problems


def parse_aliases(text: str) -> tuple[dict[str, tuple[int, tuple[str, ...]]], tuple[AliasProblem, ...]]:
    """Names (folded) with their line and targets, and what is wrong, in the order of the file."""
    aliases: dict[str, tuple[int, tuple[str, ...]]] = {}
    problems: list[AliasProblem] = []
    for line, entry in _entries(text):
        found = _ENTRY.fullmatch(entry)
        if found is None:
            problems.append(AliasProblem(line, "", "write name: target, target"))
            continue
        name = folded(_UNQUOTED.sub(r"\1", found[1]) if found[1] else found[2])
        targets = tuple(dict.fromkeys(each for each in map(str.strip, _TARGET.findall(found[3])) if each))
        wrong = "is given twice: write all its targets in one entry" if name in aliases else _fault(targets)
        if wrong:
            problems.append(AliasProblem(line, name, wrong))
        else:
            aliases[name] = line, targets
    return aliases, tuple(problems)


def target_fault(target: str) -> str:
    """Why `target` can be none, and what would be right; empty if it can."""
    if target.startswith(("|", '"|', "/", '"/', ":include:", '":include:')):
        kind = "a command, a file or a list in a file: only names and addresses are taken"
        return f"{target.lstrip(chr(34))[:40]!r} is {kind}"
    if not is_valid_address(target.removeprefix(DIRECT), need_domain=False):
        return f"{target[:40]!r} is neither a name here nor an address"
    return ""


def _fault(targets: tuple[str, ...]) -> str:
    if not targets:
        return "leads nowhere: write at least one name or address"
    if len(targets) > MOST_COPIES:
        return f"has more than {MOST_COPIES} targets"
    return next(filter(None, map(target_fault, targets)), "")


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Each entry with its continuation lines, and the line it begins on."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] in " \t" and parts:
            parts.append(line)
            continue
        if parts:
            yield begun, "".join(parts).strip()
        begun, parts = number, [line]
    if parts:
        yield begun, "".join(parts).strip()


class AliasFile:
    """The aliases at `path`, read again when the file has changed; a file gone wrong leaves the last good ones."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_as: tuple[int, int, int] | None = None
        self._aliases: Mapping[str, tuple[str, ...]] | None = None
        self._complaint = ""
        self._lock = threading.Lock()

    def current(self) -> Mapping[str, tuple[str, ...]]:
        """The aliases. Raises `AliasFileError` or `OSError` if there never were good ones."""
        with self._lock:
            return self._current()

    def _current(self) -> Mapping[str, tuple[str, ...]]:
        try:
            facts = self._path.stat()
            read_as = (facts.st_mtime_ns, facts.st_ino, facts.st_size)
            if read_as != self._read_as:
                self._read_as = read_as
                self._aliases = self.read()
        except (AliasFileError, OSError) as error:
            if self._aliases is None:
                self._read_as = None
                raise
            if str(error) != self._complaint:
                self._complaint = str(error)
                log.error("the aliases are left as they were: %s", error)
        if self._aliases is None:
            raise AliasFileError(self._path, (AliasProblem(0, "", "cannot be used"),))
        return self._aliases

    def read(self) -> Mapping[str, tuple[str, ...]]:
        """What the file holds now. Raises `AliasFileError` or `OSError`."""
        return {name: targets for name, (_, targets) in self.lines().items()}

    def lines(self) -> Mapping[str, tuple[int, tuple[str, ...]]]:
        """The same, each name with its line. Raises `AliasFileError` or `OSError`."""
        with self._path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise AliasFileError(self._path, (AliasProblem(0, "", f"is larger than {LARGEST_FILE} bytes"),))
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise AliasFileError(self._path, (AliasProblem(0, "", "is not UTF-8 text: save it as UTF-8"),)) from None
        aliases, problems = parse_aliases(text)
        if problems:
            raise AliasFileError(self._path, problems)
        return aliases
