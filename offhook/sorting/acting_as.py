"""Root's work on files of others, done as their owner: what is made is theirs, and what they may not do is not done."""

import errno
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owner:
    """A user and the group in whose name files are made, and further groups whose rights are needed."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()


def owner_of(path: Path, name: str = "", known: tuple[int, int] | None = None) -> Owner:
    """Whose `path` is: its own owner's; if it is not there, the system user `name`'s, or else the folder's above it.

    A folder of root's says nothing: /var/mail is root's, and the boxes in it are not. Where everybody may make files,
    one that is neither `name`'s nor of the user `known` nor ours may be a stranger's, who was there first. What lies in
    a folder of a user, by a link perhaps, is never root's word: the user might have put it there. Raises `OSError`.
    """
    found = _owner_at(path, name, known)
    return found if found.uid != 0 else _who_leads(path) or found


def _who_leads(path: Path) -> Owner | None:
    """The user, other than root, to whom the innermost folder on the way belongs that is not root's."""
    for folder in path.parents:
        with suppress(FileNotFoundError):
            facts = folder.lstat()
            if facts.st_uid != 0:
                return Owner(facts.st_uid, facts.st_gid)
    return None


def _owner_at(path: Path, name: str, known: tuple[int, int] | None) -> Owner:
    try:
        open_to_all = bool(path.parent.stat().st_mode & stat.S_IWOTH)
        facts = path.lstat() if open_to_all else path.stat()
    except FileNotFoundError:
        return _of_what_will_be(path, name)
    if open_to_all and facts.st_uid not in _expected(name, known):
        raise PermissionError(errno.EPERM, "The mailbox was made by another user, and is not used", str(path))
    return Owner(facts.st_uid, facts.st_gid)


def _expected(name: str, known: tuple[int, int] | None) -> set[int]:
    users = {0, os.geteuid(), *(known or ())[:1]}
    with suppress(KeyError):
        users.add(pwd.getpwnam(name).pw_uid)
    return users


def _of_what_will_be(path: Path, name: str) -> Owner:
    for folder in path.parents:
        try:
            facts = folder.stat()
        except FileNotFoundError:
            continue
        if facts.st_uid == 0 and name:
            try:
                user = pwd.getpwnam(name)
            except KeyError:
                break
            return Owner(user.pw_uid, facts.st_gid or user.pw_gid)
        return Owner(facts.st_uid, facts.st_gid)
    return Owner(os.geteuid(), os.getegid())


def owner_for(path: Path, name: str, known: tuple[int, int] | None) -> Owner:
    """Who works on `path` for the account `name`: the user `known` as the account's, whosever the path is.

    The group of the path counts too if it is that user's: group mail may make locks in /var/mail. Raises `OSError`.
    """
    found = owner_of(path, name, known)
    if known is None:
        return found
    return Owner(*known, groups=(found.gid,) if found.uid == known[0] else ())


@contextmanager
def acting_as(owner: Owner) -> Iterator[None]:
    """Be `owner` inside, all threads of this process together; nothing changes for one who is not root."""
    if os.geteuid() != 0 or owner.uid == 0:
        yield
        return
    group, groups = os.getegid(), os.getgroups()
    try:
        os.setgroups([owner.gid, *owner.groups])
        os.setegid(owner.gid)
        os.seteuid(owner.uid)
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)
