"""The account file: one line for each subscriber, in the passwd-file form that Dovecot reads too.

`name:{ARGON2ID}hash:::full name:::` — the fields are user, password, uid, gid, gecos, home, shell and
extra fields. A locked account has `!` before the hash, which no password can match. New hashes are argon2id; those that
`doveadm pw` or the system made, of the schemes in `CHECKED`, are checked too (one without a scheme is taken as CRYPT).
What is not ours is kept as it is: lines that begin with #, empty lines, other fields, hashes that only others check.
"""

import fcntl
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from offhook.mailbox.accounts.hashes import CHECKED, is_checked, kind_of

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
SCHEME = "{ARGON2ID}"
"""That of new hashes."""
_SCHEMED = re.compile(r"\{([A-Za-z0-9-]+)\}(.*)", re.DOTALL)
_MAIL = "userdb_mail="
LONGEST_FILE = 16_000_000
"""Characters."""


class AccountError(Exception):
    """What was asked cannot be done; the text is one sentence and says where and what would be right."""


@dataclass(frozen=True, slots=True)
class Account:
    """One subscriber. `hash` says by itself of what kind it is; empty if no password can match.

    `home` and `owner` (user and group) are what the file says of them, and `mail` is where it says that the letters
    are, as Dovecot writes it: `userdb_mail=maildir:~/Maildir` among the extra fields.
    """

    name: str
    hash: str
    full_name: str = ""
    locked: bool = False
    home: str = ""
    mail: str = ""
    owner: tuple[int, int] | None = None


def folded(name: str) -> str:
    """A login name as it is looked up: capitals are small, since some keyboards have only those."""
    return name.strip().lower()


class AccountFile:
    """Accounts at `path`; the file is read again whenever it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_as: tuple[int, int, int] | None = None
        self._accounts: dict[str, Account] = {}
        self._kinds: dict[str, str] = {}

    @property
    def path(self) -> Path:
        """Where they are."""
        return self._path

    def all(self) -> list[Account]:
        """Every account, by name. Raises `AccountError` if the file is wrong."""
        self._refresh()
        return sorted(self._accounts.values(), key=lambda account: account.name)

    def find(self, name: str) -> Account | None:
        """The account of that name, whatever its case."""
        self._refresh()
        return self._accounts.get(folded(name))

    def kinds(self) -> dict[str, str]:
        """A hash of each kind in the file: what a refusal has to cost, so that it tells nothing."""
        self._refresh()
        return self._kinds

    def add(self, account: Account) -> None:
        """Add an account; its name must be free and of small letters, digits, `.`, `_` and `-`."""
        _check(account)

        def added(lines: list[str]) -> list[str]:
            if self.find(account.name) is not None:
                raise AccountError(f"There is an account {account.name} already.")
            return [*lines, _changed(account.name, None, account)]

        self._change(added)

    def update(self, name: str, change: Callable[[Account], Account]) -> None:
        """Replace an account by what `change` makes of it, under the same name."""

        def updated(line: str, account: Account) -> list[str]:
            new = replace(change(account), name=account.name)
            if new.full_name != account.full_name or new.hash != account.hash:
                _check(new)  # what was there by hand may be locked and unlocked all the same
            return [_changed(line, account, new)]

        self._replace(name, updated)

    def remove(self, name: str) -> None:
        """Take an account away; its letters stay."""
        self._replace(name, lambda _line, _account: [])

    def _replace(self, name: str, made: Callable[[str, Account], list[str]]) -> None:
        def replaced(lines: list[str]) -> list[str]:
            account = self.find(name)
            if account is None:
                raise AccountError(f"There is no account {folded(name)}.")
            result: list[str] = []
            for line in lines:
                result += made(line, account) if line.split(":", 1)[0] == account.name else [line]
            return result

        self._change(replaced)

    def _refresh(self) -> None:
        try:
            facts = self._path.stat()
        except FileNotFoundError:
            self._read_as, self._accounts, self._kinds = None, {}, {}
            return
        read_as = (facts.st_mtime_ns, facts.st_ino, facts.st_size)
        if read_as != self._read_as:
            self._accounts = dict(self._parsed(self._lines()))
            hashes = [account.hash for account in self._accounts.values()]
            self._kinds = {kind_of(hash_): hash_ for hash_ in hashes if is_checked(hash_)}
            self._read_as = read_as

    def _lines(self) -> list[str]:
        try:
            with self._path.open(encoding="utf-8") as file:
                text = file.read(LONGEST_FILE + 1)
        except FileNotFoundError:
            return []
        except UnicodeDecodeError:
            raise AccountError(f"{self._path} is not UTF-8 text.") from None
        if len(text) > LONGEST_FILE:
            raise AccountError(f"{self._path} is larger than {LONGEST_FILE} characters.")
        return text.removesuffix("\n").split("\n") if text else []

    def _parsed(self, lines: list[str]) -> Iterator[tuple[str, Account]]:
        seen: set[str] = set()
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = line.split(":")
            if len(fields) < 2 or not NAME.fullmatch(fields[0]):
                raise AccountError(
                    f"{self._path}:{number}: write name:{{ARGON2ID}}hash:::full name::: with a name of small letters."
                )
            if fields[0] in seen:
                raise AccountError(f"{self._path}:{number}: {fields[0]} is there twice: remove one.")
            seen.add(fields[0])
            password = fields[1]
            hash_ = _hash_in(password.removeprefix("!"))
            fields += [""] * (8 - len(fields))
            locked = password.startswith("!")
            mail = next((word[len(_MAIL) :] for word in ":".join(fields[7:]).split(" ") if word.startswith(_MAIL)), "")
            yield fields[0], Account(fields[0], hash_, fields[4], locked, fields[5], mail, _owner_in(fields))

    def _change(self, change: Callable[[list[str]], list[str]]) -> None:
        """Rewrite the file under its lock: a new one beside it, synced, then renamed."""
        with self._locked():
            self._read_as = None
            lines = change(self._lines())
            temporary = self._path.with_name(f".{self._path.name}.new")
            try:
                _write(temporary, "".join(f"{line}\n" for line in lines).encode(), self._owner())
                temporary.replace(self._path)
            finally:
                temporary.unlink(missing_ok=True)
            _sync_folder(self._path.parent)
            self._read_as = None

    def _owner(self) -> tuple[int, int] | None:
        """Whose the file is: root may change it for a host that runs as another user."""
        try:
            facts = self._path.stat()
        except FileNotFoundError:
            facts = self._path.parent.stat()
        return (facts.st_uid, facts.st_gid) if os.geteuid() == 0 else None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        _make_folder(self._path.parent)
        lock = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if (owner := self._owner()) is not None:
                os.fchown(lock, *owner)
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _owner_in(fields: list[str]) -> tuple[int, int] | None:
    """User and group by number, if both are given so."""
    uid, gid = fields[2:4]
    ids = [int(each) for each in (uid, gid) if each.isascii() and each.isdecimal() and len(each) < 11]
    return (ids[0], ids[1]) if len(ids) == 2 else None


def _hash_in(password: str) -> str:
    """The hash in a password field, if it is of a scheme that is checked here."""
    found = _SCHEMED.fullmatch(password)
    if found is None:
        return password if is_checked(password) else ""
    if found[1].upper() not in CHECKED:
        return ""
    return found[2]


_FORBIDDEN = re.compile(r"[:\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _check(account: Account) -> None:
    if not NAME.fullmatch(account.name):
        raise AccountError(
            f"{account.name!r} is no account name: use small letters, digits, '.', '_' and '-', 32 at most."
        )
    if _FORBIDDEN.search(account.full_name) or len(account.full_name) > 100:
        raise AccountError("A full name has at most 100 characters, and no colon or control character.")
    if _FORBIDDEN.search(account.hash):
        raise AccountError("A hash has no colon or control character.")


def _changed(line: str, old: Account | None, new: Account) -> str:
    """The line of `old` made that of `new`; of a hash that did not change not even the scheme is touched."""
    fields = line.split(":")
    fields += [""] * (8 - len(fields))
    if old is None or old.hash != new.hash:
        fields[1] = SCHEME + new.hash
    fields[1] = "!" * new.locked + fields[1].removeprefix("!")
    fields[4] = new.full_name
    return ":".join(fields)


def _write(path: Path, data: bytes, owner: tuple[int, int] | None) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(file, stat.S_IRUSR | stat.S_IWUSR)
        if owner is not None:
            os.fchown(file, *owner)
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
        os.fsync(file)
    finally:
        os.close(file)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _make_folder(path: Path) -> None:
    """A folder of mode 0700 whatever the umask; one that is there stays as it is."""
    try:
        path.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        return
    path.chmod(0o700)
