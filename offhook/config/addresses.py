"""Aliases and forwards of a configuration that lead to nobody: what `offhook check-config` says of them.

A host serves in spite of them, since an account may be removed at any time; letters to such an address are refused.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from offhook.config.whole import Config
from offhook.mailbox.accounts import AccountError, folded
from offhook.mailbox.delivery import AliasFile, AliasFileError, LocalDelivery
from offhook.mailbox.letters import PermanentFailure, TemporaryFailure
from offhook.sorting import Sorting
from offhook.toml_table import ConfigError, Problem, problem_at

Place = Callable[[str], Problem]
"""Makes a problem of a remedy."""


def check_addresses(config: Config, file: Path) -> None:
    """Raise `ConfigError` if an alias or a forward of `config`, read from `file`, leads to nobody."""
    folder = file.resolve().parent
    sorting = Sorting(config, folder, needs_accounts=False)
    try:
        accounts = {account.name for account in sorting.accounts.all()}
        listed = AliasFile(folder / config.mail.aliases_file).lines() if config.mail.aliases_file else {}
    except AccountError as error:
        raise ConfigError([Problem(folder / config.accounts.file, 0, "", str(error))]) from None
    except OSError as error:
        why = f"{folder / config.accounts.file} cannot be read: {error.strerror}"
        raise ConfigError([problem_at(file, ("accounts", "file"), why)]) from None
    except AliasFileError:
        return  # `check_surroundings` says what is wrong with it
    known = accounts | {folded(name) for name in config.mail.aliases} | set(listed)
    found = [
        *_forwards(config, file, sorting, known),
        *_aliases(config, file, sorting.delivery, known),
        *_listed(folder / config.mail.aliases_file, listed, sorting.delivery, known),
    ]
    if found:
        raise ConfigError(found)


def _forwards(config: Config, file: Path, sorting: Sorting, known: set[str]) -> Iterator[Problem]:
    for index, forward in enumerate(config.forward):
        if sorting.residents.find(forward.account) is None:
            near = _near(forward.account, known)
            remedy = f"there is no account {forward.account}{near}: add it, or remove the table"
            yield problem_at(file, ("forward", index, "account"), remedy)
        for target in forward.to:
            if why := _amiss(sorting.delivery, target, known):
                yield problem_at(file, ("forward", index, "to"), why)


def _aliases(config: Config, file: Path, delivery: LocalDelivery, known: set[str]) -> Iterator[Problem]:
    for name, targets in config.mail.aliases.items():
        for why in _all_amiss(delivery, name, targets, known):
            yield problem_at(file, ("mail", "aliases", name), why)


def _listed(
    path: Path, listed: Mapping[str, tuple[int, tuple[str, ...]]], delivery: LocalDelivery, known: set[str]
) -> Iterator[Problem]:
    for name, (line, targets) in listed.items():
        for why in _all_amiss(delivery, name, targets, known):
            yield Problem(path, line, name, why)


def _all_amiss(delivery: LocalDelivery, name: str, targets: tuple[str, ...], known: set[str]) -> Iterator[str]:
    missing = [why for target in targets if folded(target) != folded(name) and (why := _amiss(delivery, target, known))]
    yield from missing
    if not missing and (why := _amiss(delivery, name, known)):
        yield why


def _amiss(delivery: LocalDelivery, target: str, known: set[str]) -> str:
    """Why letters to a target would be refused; empty if they would not, or if that cannot be told here."""
    if not delivery.is_local(target):
        return ""
    try:
        delivery.copies("", target)
    except PermanentFailure as why:
        if why.status == "5.1.1":
            return f"{target} is nobody here{_near(target, known)}: add the account, or write an address elsewhere"
        return str(why)
    except TemporaryFailure:
        return ""
    return ""


def _near(name: str, known: set[str]) -> str:
    local = folded(name).removeprefix("\\").partition("@")[0]
    near = difflib.get_close_matches(local, known - {local}, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
