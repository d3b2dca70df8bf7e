"""Passwords checked by Dovecot: its auth service on a Unix socket, in the protocol of its own login processes.

Both sides tell their version first; then `AUTH id PLAIN ... resp=` is answered by `OK`, `FAIL`, or `FAIL` with `temp`
(Dovecot's documentation: authentication protocol v1.2).
"""

import asyncio
import base64
import os
from pathlib import Path

from offhook.mailbox.accounts.subscribers import Account, AccountError

AT_ONCE = 8
"""Connections at the same time."""
PATIENCE = 30.0
"""Seconds; Dovecot delays its refusals by two, and by up to 15 for an address that fails again and again."""
LONGEST_LINE = 8192
MOST_LINES = 200
"""Lines of either part of a talk: the greeting tells of each mechanism."""


class DovecotPasswords:
    """A `Backend`: asks the auth socket at `path` (a `unix_listener` of `service auth`, mode 0600, this host's user).

    `login` makes of a name what Dovecot knows: `{user}@example.org`.
    """

    def __init__(self, path: Path, login: str = "{user}") -> None:
        self._path = path
        self._login = login
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def accepts(self, name: str, password: str) -> Account | None:
        """The account, if Dovecot says OK."""
        if "\0" in password:
            return None
        try:
            async with self._turns, asyncio.timeout(PATIENCE):
                return Account(name, "") if await self._ask(self._login.replace("{user}", name), password) else None
        except (
            OSError,
            ValueError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
        ) as error:  # TimeoutError is an OSError
            raise AccountError(f"Dovecot cannot be asked at {self._path}: {_why(error)}.") from error

    def close(self) -> None:
        """Nothing is kept open."""

    async def _ask(self, login: str, password: str) -> bool:
        reader, writer = await asyncio.open_unix_connection(self._path, limit=LONGEST_LINE)
        try:
            writer.write(f"VERSION\t1\t2\nCPID\t{os.getpid()}\n".encode())
            await _line_of(reader, ("DONE",), "")
            response = base64.b64encode(b"\0" + login.encode() + b"\0" + password.encode("utf-8", "replace"))
            writer.write(b"AUTH\t1\tPLAIN\tservice=offhook\tsecured\tresp=" + response + b"\n")
            fields = await _line_of(reader, ("OK", "FAIL", "CONT"), "1")
        finally:
            writer.close()
        if fields[0] == "FAIL" and "temp" in fields:
            raise ValueError("it cannot tell at present")
        return fields[0] == "OK" and "nologin" not in fields


async def _line_of(reader: asyncio.StreamReader, commands: tuple[str, ...], number: str) -> list[str]:
    """The next line that begins with one of `commands`, and is about the question of that number, as fields."""
    for _ in range(MOST_LINES):
        line = await reader.readuntil(b"\n")
        fields = line[:-1].decode("utf-8", "replace").split("\t")
        if fields[0] == "VERSION" and fields[1:2] != ["1"]:
            raise ValueError("it speaks another version of the protocol")
        if fields[0] in commands and (not number or fields[1:2] == [number]):
            return fields
    raise ValueError("it does not come to the point")


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, asyncio.IncompleteReadError | asyncio.LimitOverrunError):
        return "it does not speak its protocol"
    return error.strerror or "it cannot be reached" if isinstance(error, OSError) else str(error)
