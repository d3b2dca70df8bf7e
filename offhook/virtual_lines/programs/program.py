"""A program that takes calls, and who it runs as."""

import os
import pwd
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from offhook.virtual_lines.switchboard import CallFacts

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/games"
ROOTS_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_TERMINAL_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")


@dataclass(frozen=True, slots=True)
class ProgramUser:
    """A user of this machine, with all its groups."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str
    shell: str


def user_named(name: str) -> ProgramUser:
    """The user of that name, our own if it is empty. Raises `LookupError` if there is none."""
    entry = pwd.getpwnam(name) if name else pwd.getpwuid(os.geteuid())
    groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
    return ProgramUser(entry.pw_name, entry.pw_uid, entry.pw_gid, groups, entry.pw_dir, entry.pw_shell)


def why_not_as(name: str, *, as_root: bool) -> str | None:
    """Why a program may not be run as that user by who runs this, with the remedy; None if it may.

    Root's own programs are only run where `as_root` says so as well.
    """
    try:
        wanted = user_named(name)
    except LookupError:
        return f'there is no user "{name}" on this machine'
    if as_root != (name == "root"):
        return 'write user = "root" together with as_root = true, or neither'
    own = os.geteuid()
    if own == 0 and (not name or (wanted.uid == 0 and not as_root)):
        return "the host is run by root, and a program is not: name the user it runs as"
    if own not in (0, wanted.uid):
        return f"only root may run a program as {wanted.name}: run the host as root, or leave it out"
    return None


@dataclass(frozen=True, slots=True)
class RunnableProgram:
    """What is run for each call: `command` begins with a whole path.

    `directory` is where it starts, the user's home if empty; `limit` how many run at a time; `idle` seconds without a
    byte end its call, 0 never; `terminal` is TERM for callers whose terminal is not known.
    """

    name: str
    command: tuple[str, ...]
    user: ProgramUser
    directory: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    limit: int = 10
    idle: float = 900.0
    terminal: str = "vt100"

    def environment_for(self, facts: CallFacts) -> dict[str, str]:
        """What the program has in its environment; nothing of ours is handed down.

        What comes from a caller is reduced to what cannot surprise: a name of a terminal, and characters that print.
        """
        told = (facts.terminal.terminal_type or "").lower()
        user = self.user
        return {
            "TERM": told if _TERMINAL_TYPE.fullmatch(told) and told != "unknown" else self.terminal,
            "PATH": ROOTS_PATH if user.uid == 0 else PATH,
            "HOME": user.home,
            "USER": user.name,
            "LOGNAME": user.name,
            "SHELL": user.shell,
            "OFFHOOK_LINE": _plain(facts.line),
            "OFFHOOK_NUMBER": _plain(facts.number),
            "OFFHOOK_CALLER": _plain(facts.caller.number or ""),
            **self.environment,
        }


def _plain(text: str) -> str:
    return "".join(each for each in text if each.isascii() and (each.isalnum() or each in " .:*#_+-"))[:80]
