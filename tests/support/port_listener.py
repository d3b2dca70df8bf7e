"""A listener that keeps what a port tells it, and can be awaited."""

import asyncio
from collections.abc import Callable

from offhook.modem.rs232 import Signals


class KeepingListener:
    """Keeps every call in `told`, in order; bytes that follow each other are put together."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.answer: Callable[[bytes], None] | None = None
        self._changed = asyncio.Event()

    def dte_sent(self, data: bytes) -> None:
        assert data
        if self.told and isinstance(self.told[-1], bytes):
            self.told[-1] += data
        else:
            self.told.append(data)
        self._changed.set()
        if self.answer:
            self.answer(data)

    def dte_signals(self, on: Signals) -> None:
        self._keep(on)

    def dte_rate(self, rate: int) -> None:
        self._keep(rate)

    def dte_break(self) -> None:
        self._keep("break")

    def pause_sending(self) -> None:
        self._keep("pause")

    def resume_sending(self) -> None:
        self._keep("resume")

    def _keep(self, what: object) -> None:
        self.told.append(what)
        self._changed.set()

    @property
    def sent(self) -> bytes:
        return b"".join(told for told in self.told if isinstance(told, bytes))

    async def until(self, seen: Callable[[], bool]) -> None:
        """Wait until `seen()` holds; fails after a minute."""
        async with asyncio.timeout(60):
            while not seen():
                self._changed.clear()
                await self._changed.wait()

    async def loop_until(self, seen: Callable[[], bool]) -> None:
        """Wait until `seen()` holds, for what tells nobody; fails after a minute."""
        async with asyncio.timeout(60):
            while not seen():  # noqa: ASYNC110  # there is nothing to wait for but time
                await asyncio.sleep(0)

    async def until_told(self, *told: object) -> None:
        """Wait until exactly this has been told since the last call, and forget it."""
        try:
            await self.until(lambda: len(self.told) >= len(told) and self.told[-1] == told[-1])
        except TimeoutError:
            raise AssertionError(f"told {self.told}, not {list(told)}") from None
        assert self.told == list(told)
        self.told.clear()


class LateListener(KeepingListener):
    """Looks at its clock a second after it was told of signals, as on a busy machine; `time` is that clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._late = 0.0
        self._heard_off: float | None = None
        self.off_for = 0.0
        """Seconds from when it heard of DTR off to when it was told of DTR on."""

    def time(self) -> float:
        return self._clock() + self._late

    def dte_signals(self, on: Signals) -> None:
        came = self.time()
        self._late += 1
        if Signals.DTR not in on:
            self._heard_off = self.time()
        elif self._heard_off is not None:
            self.off_for = came - self._heard_off
        super().dte_signals(on)
