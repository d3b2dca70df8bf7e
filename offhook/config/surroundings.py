"""What a configuration names outside itself: files, programs and groups that must be there, and be as they should."""

import grp
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from offhook.config.lines import Line
from offhook.config.whole import Config
from offhook.mail_tables import password_in
from offhook.mailbox.delivery import AliasFile, AliasFileError
from offhook.toml_table import ConfigError, Problem, problem_at
from offhook.virtual_lines.programs import why_not_as
from offhook.virtual_lines.switchboard import LONGEST_GREETING


def check_surroundings(config: Config, file: Path) -> None:
    """Raise `ConfigError` if something that `config`, read from `file`, names cannot be used."""
    folder = file.resolve().parent
    problems = [*_smarthost(config, file, folder), *_sendmail(config, file), *_aliases(config, file, folder)]
    problems += [*_group(config, file), *_programs(config, file), *_line_files(config, file, folder)]
    problems += [*_imap(config, file, folder)]
    if problems:
        raise ConfigError(problems)


def _smarthost(config: Config, file: Path, folder: Path) -> Iterator[Problem]:
    if config.smarthost is not None and config.smarthost.password_file:
        yield from _password(("smarthost", "password_file"), file, folder / config.smarthost.password_file)


def _imap(config: Config, file: Path, folder: Path) -> Iterator[Problem]:
    chosen = config.imap
    if chosen is not None and chosen.password_file:
        yield from _password(("imap", "password_file"), file, folder / chosen.password_file)
    if chosen is not None and chosen.ca_file and not (folder / chosen.ca_file).is_file():
        yield problem_at(file, ("imap", "ca_file"), f"{folder / chosen.ca_file} is no file")
    if config.accounts.backend == "pam" and find_spec("pam") is None:
        yield problem_at(file, ("accounts", "backend"), "python-pam is not installed: pip install 'offhook[pam]'")


def _password(key: tuple[str, str], file: Path, path: Path) -> Iterator[Problem]:
    try:
        password_in(path)
    except OSError as error:
        yield problem_at(file, key, f"{path} cannot be read: {error.strerror}")
    except ValueError as why:
        yield problem_at(file, key, str(why))


def _sendmail(config: Config, file: Path) -> Iterator[Problem]:
    if config.sendmail is None:
        return
    program = config.sendmail.command[0]
    if not os.path.isfile(program) or not os.access(program, os.X_OK):
        yield problem_at(file, ("sendmail", "command"), f"{program} is no program that can be run")


def _aliases(config: Config, file: Path, folder: Path) -> Iterator[Problem]:
    if not config.mail.aliases_file:
        return
    path = folder / config.mail.aliases_file
    try:
        AliasFile(path).read()
    except OSError as error:
        yield problem_at(file, ("mail", "aliases_file"), f"{path} cannot be read: {error.strerror}")
    except AliasFileError as error:
        yield from (Problem(path, each.line, each.name, each.remedy) for each in error.problems)


def _programs(config: Config, file: Path) -> Iterator[Problem]:
    for index, program in enumerate(config.program):
        why_not = why_not_as(program.user, as_root=program.as_root)
        if why_not is not None:
            yield problem_at(file, ("program", index, "user"), why_not)
        if not os.path.isfile(program.command[0]) or not os.access(program.command[0], os.X_OK):
            yield problem_at(file, ("program", index, "command"), f"{program.command[0]} is no program that can be run")


def _line_files(config: Config, file: Path, folder: Path) -> Iterator[Problem]:
    for path, line in config.lines():
        if not isinstance(line, Line):
            continue
        for key in ("answered_file", "connected_file", "caller_file", "called_file", "idle_file"):
            name = getattr(line, key)
            if name:
                try:
                    greeting_in(folder / name)
                except OSError as error:
                    yield problem_at(file, (*path, key), f"{folder / name} cannot be read: {error.strerror}")
                except ValueError as why:
                    yield problem_at(file, (*path, key), str(why))


def greeting_in(path: Path) -> bytes:
    """What a file has to say at the start of a call. Raises `OSError`, or `ValueError` if it is too much."""
    with path.open("rb") as file:
        data = file.read(LONGEST_GREETING + 1)
    if len(data) > LONGEST_GREETING:
        raise ValueError(f"{path} is longer than {LONGEST_GREETING} bytes")
    return data


def _group(config: Config, file: Path) -> Iterator[Problem]:
    if config.lmtp is None or not config.lmtp.group:
        return
    try:
        grp.getgrnam(config.lmtp.group)
    except KeyError:
        yield problem_at(file, ("lmtp", "group"), f'there is no group "{config.lmtp.group}" on this machine')
