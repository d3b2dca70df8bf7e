"""Passwords in files of their own, which only the host may read."""

import stat
from pathlib import Path

from offhook.toml_table import ConfigError, Problem


def password_in(path: Path) -> str:
    """The password in the first line of a file. Raises `OSError`, or `ValueError` with a remedy."""
    if stat.S_IMODE(path.stat().st_mode) & 0o007:
        raise ValueError(f"{path} can be read by everybody: chmod 600 it")
    try:
        password = path.read_text(encoding="utf-8").split("\n", 1)[0].strip()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None
    if not password:
        raise ValueError(f"{path} has no password in its first line")
    return password


def secret_in(path: Path) -> str:
    """The password in a file. Raises `ConfigError` that names it."""
    try:
        return password_in(path)
    except OSError as error:
        raise ConfigError([Problem(path, 0, "", f"cannot be read: {error.strerror}")]) from None
    except ValueError as why:
        raise ConfigError([Problem(path, 0, "", str(why))]) from None
