"""Waiting for what others do, in an event loop: looked at anew whenever something has happened."""

import asyncio
from collections.abc import Callable


class Waiting:
    """Those who wait, all woken by `stir`."""

    def __init__(self) -> None:
        self._futures: set[asyncio.Future[None]] = set()

    def stir(self) -> None:
        """Something has happened."""
        for future in self._futures:
            if not future.done():
                future.set_result(None)
        self._futures.clear()

    async def until(self, happened: Callable[[], bool], patience: float | None = None) -> bool:
        """Wait for something to have happened, `patience` seconds at most; whether it has."""
        try:
            async with asyncio.timeout(patience):
                while not happened():
                    future = asyncio.get_running_loop().create_future()
                    self._futures.add(future)
                    await future
        except TimeoutError:
            return False
        return True
