"""File operations that fail where a test says: the n-th alone, or all from the n-th on, as if the power went."""

import os
from collections.abc import Callable
from typing import Any

from offhook.mailbox.files import DiskFiles


class PowerCut(Exception):
    """The process ended here: nothing after it happens, no cleaning up either."""


class FaultyFiles:
    """The real calls, counted; the one numbered `fail_at` (from 1) raises.

    With `error` it raises that errno and the calls after it work again; without, it and all later ones raise
    `PowerCut`. `real` are the calls themselves, those of a Maildir if not given. A failing `close` has closed the file,
    as on Linux. `short` makes every `write` take at most so many bytes. `before` is called with the operation's name
    and number before each call.
    """

    def __init__(
        self,
        fail_at: int = 0,
        error: int | None = None,
        *,
        only: str | None = None,
        short: int | None = None,
        before: Callable[[str, int], None] | None = None,
        real: DiskFiles | None = None,
    ) -> None:
        self.real = real or DiskFiles()
        self.done: list[str] = []
        self._fail_at = fail_at
        self._error = error
        self._only = only
        self._short = short
        self._before = before

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        real = getattr(self.real, operation)

        def call(*arguments: Any, **named: Any) -> Any:
            self._count(operation, arguments)
            if operation in ("write", "write_at") and self._short:
                arguments = (arguments[0], arguments[1][: self._short], *arguments[2:])
            return real(*arguments, **named)

        return call

    def _count(self, operation: str, arguments: tuple[Any, ...]) -> None:
        if self._only and operation != self._only:
            return
        self.done.append(operation)
        number = len(self.done)
        if self._before:
            self._before(operation, number)
        if not self._fail_at or number < self._fail_at:
            return
        if self._error is None:
            if operation == "close" or number == self._fail_at:
                self._close_for_the_kernel(operation, arguments)
            raise PowerCut(operation)
        if number == self._fail_at:
            self._close_for_the_kernel(operation, arguments)
            raise OSError(self._error, os.strerror(self._error))

    def _close_for_the_kernel(self, operation: str, arguments: tuple[Any, ...]) -> None:
        if operation == "close":
            self.real.close(*arguments)
