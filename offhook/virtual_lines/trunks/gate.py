"""The gate before a line rings: a caller must press a key, or know a password.

A scanner does neither. Nothing rings, and no line is taken, before the gate is passed.
"""

import hmac
import re
from dataclasses import dataclass

KEY_TIME = 20.0
"""Seconds in which the key must be pressed."""
PASSWORD_TIME = 60.0
"""Seconds in which the password must have been given."""
TRIES = 3
LONGEST_PASSWORD = 128
"""Bytes of a password; what is typed beyond counts as wrong."""
_KEY_PROMPT = b"\r\nPress RETURN to be connected. "
_PASSWORD_PROMPT = b"\r\nPassword: "


@dataclass(frozen=True, slots=True)
class Say:
    """Send this to the caller."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Admit:
    """The caller may pass; `rest` is what it sent beyond."""

    rest: bytes


@dataclass(frozen=True, slots=True)
class Refuse:
    """The caller is to be sent away."""


class Gate:
    """The machine of one caller. Neither key nor password: it passes at once.

    A line ends with CR, LF or both; the LF or NUL after a CR belongs to it, also if it comes later.
    """

    def __init__(self, *, key: bool = False, password: str = "") -> None:
        """Raises `ValueError` for a password that could never be given."""
        self._key = key
        self._password = password.encode()
        if len(self._password) > LONGEST_PASSWORD or not _CAN_BE_TYPED.fullmatch(self._password):
            raise ValueError(f"a password is one line of at most {LONGEST_PASSWORD} bytes")
        self._typed = bytearray()
        self._tries = TRIES
        self._after_cr = False
        self._shut = False
        self.deadline: float | None = None
        """When the caller has taken too long, while the gate is shut."""

    def begin(self, now: float) -> list[Say | Admit | Refuse]:
        """The caller is there."""
        if self._key:
            self.deadline = now + KEY_TIME
            return [Say(_KEY_PROMPT)]
        return self._ask_password(now, b"")

    def typed(self, data: bytes, now: float) -> list[Say | Admit | Refuse]:
        """Bytes of the caller."""
        if self._shut:
            return []
        if self._key:
            _, pressed, rest = self._cut(data)
            if not pressed:
                return []
            self._key = False
            return self._ask_password(now, rest)
        return self._password_bytes(data)

    def tick(self, now: float) -> list[Say | Admit | Refuse]:
        """Time has passed."""
        if self.deadline is not None and now >= self.deadline:
            return self._refuse(b"\r\nToo late.\r\n")
        return []

    def _refuse(self, why: bytes) -> list[Say | Admit | Refuse]:
        self._shut = True
        self.deadline = None
        return [Say(why), Refuse()]

    def _ask_password(self, now: float, rest: bytes) -> list[Say | Admit | Refuse]:
        if not self._password:
            self.deadline = None
            return [Admit(rest)]
        self.deadline = now + PASSWORD_TIME
        return [Say(_PASSWORD_PROMPT), *self._password_bytes(rest)]

    def _password_bytes(self, data: bytes) -> list[Say | Admit | Refuse]:
        actions: list[Say | Admit | Refuse] = []
        while data:
            line, ended, data = self._cut(data)
            self._typed += line[: LONGEST_PASSWORD + 1 - len(self._typed)]
            if not ended:
                break
            given, self._typed = bytes(self._typed), bytearray()
            if hmac.compare_digest(given, self._password):
                self.deadline = None
                return [*actions, Say(b"\r\n"), Admit(data)]
            self._tries -= 1
            if not self._tries:
                return [*actions, *self._refuse(b"\r\nNot recognised.\r\n")]
            actions.append(Say(b"\r\nNot recognised." + _PASSWORD_PROMPT))
        return actions

    def _cut(self, data: bytes) -> tuple[bytes, bool, bytes]:
        """What stands before the first end of a line, whether there is one, and what follows it."""
        if self._after_cr and data[:1] in (b"\n", b"\0"):
            data = data[1:]
        self._after_cr = False
        found = _LINE_END.search(data)
        if found is None:
            return data, False, b""
        self._after_cr = found[0] == b"\r"
        return data[: found.start()], True, data[found.end() :]


_LINE_END = re.compile(rb"\r[\n\0]?|\n")
_CAN_BE_TYPED = re.compile(rb"[^\r\n]*")
