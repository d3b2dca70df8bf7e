"""TOML that people write, checked against a model: what is wrong is told with its file, line, key and remedy."""

import difflib
import os
import re
import tomllib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Tag, ValidationError

Table = TypeVar("Table", bound="Section")


class Misfit(ValueError):
    """Something at `path`, below the table that is checked, that does not fit the rest of the file.

    Where a table is of one of several kinds its tag may stand in `path` behind the index, as pydantic has it there.
    """

    def __init__(self, path: tuple[str | int, ...], remedy: str) -> None:
        super().__init__(remedy)
        self.path = path


class Section(BaseModel):
    """A table of the file: frozen, no unknown keys, no silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file; `line` is 0 where the file as a whole is meant."""

    file: Path
    line: int
    key: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.key}: {self.remedy}" if self.key else f"{place}: {self.remedy}"


class ConfigError(Exception):
    """A configuration that cannot be used."""

    def __init__(self, problems: list[Problem]) -> None:
        """`problems`: at least one, in the order of the file."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def problem_at(file: Path, path: tuple[str | int, ...], remedy: str) -> Problem:
    """What is wrong with the value at `path` of a file that holds what it should, but does not fit the machine."""
    try:
        line = _line_of(file.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError):
        line = 0
    return Problem(file, line, _key_of(path), remedy)


def read_table(model: type[Table], file: Path, *, beside: Collection[str] = ()) -> Table:
    """What `file` holds; raises `ConfigError`. Tables named in `beside` may stand in it too, and are not looked at."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError([Problem(file, 0, "", "there is no such file")]) from None
    except OSError as error:
        raise ConfigError([Problem(file, 0, "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ConfigError([Problem(file, 0, "", "is not UTF-8 text: save it as UTF-8")]) from None
    return parse_table(model, text, file, beside=beside)


def parse_table(model: type[Table], text: str, file: Path, *, beside: Collection[str] = ()) -> Table:
    """What `text`, which came from `file`, holds, as `read_table` reads it; raises `ConfigError`."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise ConfigError([Problem(file, line, "", f"is not TOML: {error}")]) from None
    except RecursionError:
        raise ConfigError([Problem(file, 0, "", "is nested too deeply")]) from None
    try:
        return model.model_validate({key: value for key, value in values.items() if key not in beside})
    except ValidationError as error:
        problems = [_problem(model, file, text, dict(fact)) for fact in error.errors()]
        raise ConfigError(sorted(problems, key=lambda problem: problem.line)) from None


def _problem(root: type[BaseModel], file: Path, text: str, fact: dict[str, Any]) -> Problem:
    misfit = (fact.get("ctx") or {}).get("error")
    path, table = _place(root, tuple(fact["loc"]) + (misfit.path if isinstance(misfit, Misfit) else ()))
    return Problem(file, _line_of(text, path), _key_of(path), _remedy(table, path, fact))


def _key_of(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _remedy(table: type[BaseModel], path: tuple[str | int, ...], fact: dict[str, Any]) -> str:
    field = _field(table, path)
    if fact["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(path[-1]), table.model_fields, n=1)
        return (
            f'there is no such key; did you mean "{near[0]}"?'
            if near
            else f"there is no such key: known are {', '.join(table.model_fields)}"
        )
    if fact["type"] == "missing":
        return f"is missing: add {path[-1]} = ... ({field})"
    said = str(fact["msg"]).removeprefix("Value error, ")
    if fact["type"] in _IN_WORDS:
        said = _IN_WORDS[fact["type"]].format(**fact.get("ctx") or {})
    said = said[:1].lower() + said[1:]
    return f"{said} ({field})" if field else said


_IN_WORDS = {
    "too_short": "at least one is needed",
    "too_long": "there are too many",
    "string_type": "write text in quotes",
    "int_type": "write a whole number",
    "string_too_short": "may not be empty",
    "string_too_long": "at most {max_length} characters",
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
    "literal_error": "write one of {expected}",
}
"""What pydantic says of its own accord, in words for who edits the file."""


def _place(root: type[BaseModel], path: tuple[str | int, ...]) -> tuple[tuple[str | int, ...], type[BaseModel]]:
    """`path` without the tags of kinds, and the table that the last key in it stands in, or would."""
    keys: list[str | int] = []
    table = inside = root
    kinds: dict[str, type[BaseModel]] = {}
    for part in path:
        if isinstance(part, str) and part in kinds:
            table, kinds = kinds[part], {}
            continue
        keys.append(part)
        if isinstance(part, str):
            inside = table
            field = table.model_fields.get(part)
            found = list(tables_in(field.annotation)) if field else []
            kinds = {tag: kind for tag, kind in found if tag}
            table = found[0][1] if found else table
    return tuple(keys), inside


def tables_in(annotation: object, tag: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """The tables that a value of this type may be, the usual one first, each with its tag where there are several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield tag, annotation
    elif get_origin(annotation) is Annotated:
        inner, *others = get_args(annotation)
        tags = [each.tag for each in others if isinstance(each, Tag)]
        yield from tables_in(inner, tags[0] if tags else tag)
    else:
        for part in get_args(annotation):
            yield from tables_in(part, tag)


def _field(table: type[BaseModel], path: tuple[str | int, ...]) -> str:
    names = [part for part in path if isinstance(part, str)]
    field = table.model_fields.get(names[-1]) if names else None
    return field.description or "" if field else ""


def _line_of(text: str, path: tuple[str | int, ...]) -> int:
    """The line, from 1, on which the deepest part of `path` that is in the file stands; 0 if none is."""
    names = [part for part in path if isinstance(part, str)]
    wanted = next((part for part in path if isinstance(part, int)), 0)
    table: list[str] = []
    best, counts = 0, dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            table = [part.strip().strip("\"'") for part in header[2].split(".")]
            counts[header[2]] = counts.get(header[2], -1) + 1
            meant = header[1] == "[" or counts[header[2]] == wanted
            if not meant:
                table = [""]
            elif names[: len(table)] == table:
                best = number
            continue
        key = _KEY.match(line)
        if key and names[: len(table)] == table and names[len(table) : len(table) + 1] == [key[1] or key[2] or key[3]]:
            return number
    return best


_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]\[#]+?)\s*\]")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*=""")


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that there is always the old one or the new one, whole. Raises `OSError`.

    If `path` is a link, it stays one, and what it leads to is written.
    """
    path = path.resolve()
    new = path.with_name(f".{path.name}.new")
    with open(new, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    with suppress(OSError):
        new.chmod(path.stat().st_mode & 0o777)
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
