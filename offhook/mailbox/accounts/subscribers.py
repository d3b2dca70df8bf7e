"""The account file: one line for each subscriber, in the passwd-file form that Dovecot reads too.

`name:{ARGON2ID}hash:::full name:::` — the fields are user, password, uid, gid, gecos, home, shell and
extra fields. A locked account has `!` before the hash, which no password can match. Lines that begin
with # and empty ones are kept as they are.
"""

import fcntl
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
SCHEME = "{ARGON2ID}"
LONGEST_FILE = 16_000_000


class AccountError(Exception):
    """What was asked cannot be done; the text is one sentence and says where and what would be right."""


@dataclass(frozen=True, slots=True)
class Account:
    """One subscriber. `hash` is an argon2id string, or empty if no password can match."""

    name: str
    hash: str
    full_name: str = ""
    locked: bool = False


def folded(name: str) -> str:
    """A login name as it is looked up: capitals are small, since some keyboards have only those."""
    return name.strip().lower()


class AccountFile:
    """Accounts at `path`; the file is read again whenever it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_as: tuple[int, int, int] | None = None
        self._accounts: dict[str, Account] = {}

    def all(self) -> list[Account]:
        """Every account, by name. Raises `AccountError` if the file is wrong."""
        self._refresh()
        return sorted(self._accounts.values(), key=lambda account: account.name)

    def find(self, name: str) -> Account | None:
        """The account of that name, whatever its case."""
        self._refresh()
        return self._accounts.get(folded(name))

    def add(self, account: Account) -> None:
        """Add an account; its name must be free and of small letters, digits, `.`, `_` and `-`."""
        if not NAME.fullmatch(account.name):
            raise AccountError(
                f"{account.name!r} is no account name: use small letters, digits, '.', '_' and '-', 32 at most."
            )
        if _FORBIDDEN.search(account.full_name) or len(account.full_name) > 100:
            raise AccountError("A full name has at most 100 characters, and no colon or control character.")

        def added(lines: list[str]) -> list[str]:
            if self.find(account.name) is not None:
                raise AccountError(f"There is an account {account.name} already.")
            return [*lines, _line(account)]

        self._change(added)

    def update(self, name: str, change: Callable[[Account], Account]) -> None:
        """Replace an account by what `change` makes of it."""
        self._replace(name, lambda account: [_line(change(account))])

    def remove(self, name: str) -> None:
        """Take an account away; its letters stay."""
        self._replace(name, lambda _account: [])

    def _replace(self, name: str, made: Callable[[Account], list[str]]) -> None:
        def replaced(lines: list[str]) -> list[str]:
            account = self.find(name)
            if account is None:
                raise AccountError(f"There is no account {folded(name)}.")
            result: list[str] = []
            for line in lines:
                result += made(account) if line.split(":", 1)[0] == account.name else [line]
            return result

        self._change(replaced)

    def _refresh(self) -> None:
        try:
            facts = self._path.stat()
        except FileNotFoundError:
            self._read_as, self._accounts = None, {}
            return
        read_as = (facts.st_mtime_ns, facts.st_ino, facts.st_size)
        if read_as != self._read_as:
            self._accounts = dict(self._parsed(self._lines()))
            self._read_as = read_as

    def _lines(self) -> list[str]:
        try:
            with self._path.open(encoding="utf-8") as file:
                text = file.read(LONGEST_FILE)
        except FileNotFoundError:
            return []
        except UnicodeDecodeError:
            raise AccountError(f"{self._path} is not UTF-8 text.") from None
        return text.splitlines()

    def _parsed(self, lines: list[str]) -> Iterator[tuple[str, Account]]:
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = line.split(":")
            if len(fields) < 2 or not NAME.fullmatch(fields[0]):
                raise AccountError(
                    f"{self._path}:{number}: write name:{{ARGON2ID}}hash:::full name::: with a name of small letters."
                )
            password = fields[1]
            locked = password.startswith("!")
            scheme = password.removeprefix("!")
            hash_ = scheme.removeprefix(SCHEME) if scheme.startswith(SCHEME) else ""
            yield fields[0], Account(fields[0], hash_, fields[4] if len(fields) > 4 else "", locked)

    def _change(self, change: Callable[[list[str]], list[str]]) -> None:
        """Rewrite the file under its lock: a new one beside it, synced, then renamed."""
        with self._locked():
            self._read_as = None
            lines = change(self._lines())
            temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
            try:
                _write(temporary, "".join(f"{line}\n" for line in lines).encode())
                temporary.replace(self._path)
            finally:
                temporary.unlink(missing_ok=True)
            _sync_folder(self._path.parent)
            self._read_as = None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


_FORBIDDEN = re.compile(r"[:\0-\x1f\x7f-\x9f\u2028\u2029]")


def _line(account: Account) -> str:
    lock = "!" if account.locked else ""
    return f"{account.name}:{lock}{SCHEME}{account.hash}:::{account.full_name}:::"


def _write(path: Path, data: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(file, stat.S_IRUSR | stat.S_IWUSR)
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
