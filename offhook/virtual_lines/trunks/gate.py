"""The gate before a line rings: a caller must press a key, or know a password.

A scanner does neither. Nothing rings, and no line is taken, before the gate is passed.
"""

import hmac
from dataclasses import dataclass

KEY_TIME = 20.0
"""Seconds in which the key must be pressed."""
PASSWORD_TIME = 60.0
"""Seconds in which the password must have been given."""
TRIES = 3
LONGEST_PASSWORD = 128
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
    """The machine of one caller. Neither key nor password: it passes at once."""

    def __init__(self, *, key: bool = False, password: str = "") -> None:
        self._key = key
        self._password = password.encode()
        self._typed = bytearray()
        self._tries = TRIES
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
        if self._key:
            _, pressed, rest = _cut(data)
            if not pressed:
                return []
            self._key = False
            return self._ask_password(now, rest)
        return self._password_bytes(data, now)

    def tick(self, now: float) -> list[Say | Admit | Refuse]:
        """Time has passed."""
        if self.deadline is not None and now >= self.deadline:
            self.deadline = None
            return [Say(b"\r\nToo late.\r\n"), Refuse()]
        return []

    def _ask_password(self, now: float, rest: bytes) -> list[Say | Admit | Refuse]:
        if not self._password:
            self.deadline = None
            return [Admit(rest)]
        self.deadline = now + PASSWORD_TIME
        return [Say(_PASSWORD_PROMPT), *self._password_bytes(rest, now)]

    def _password_bytes(self, data: bytes, _now: float) -> list[Say | Admit | Refuse]:
        actions: list[Say | Admit | Refuse] = []
        while data:
            line, ended, data = _cut(data)
            self._typed += line[: LONGEST_PASSWORD - len(self._typed)]
            if not ended:
                break
            given, self._typed = bytes(self._typed), bytearray()
            if hmac.compare_digest(given, self._password):
                self.deadline = None
                return [*actions, Say(b"\r\n"), Admit(data)]
            self._tries -= 1
            if not self._tries:
                self.deadline = None
                return [*actions, Say(b"\r\nNot recognised.\r\n"), Refuse()]
            actions.append(Say(b"\r\nNot recognised." + _PASSWORD_PROMPT))
        return actions


def _cut(data: bytes) -> tuple[bytes, bool, bytes]:
    """What stands before the first Return, whether there is one, and what follows it."""
    before, end, rest = data.replace(b"\n", b"").partition(b"\r")
    return before, bool(end), rest
