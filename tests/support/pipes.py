"""Pipes for tests of the host's event loop, and a loop to run on."""

import asyncio
import contextlib
import os

from offhook.event_loop import run


class Pipes:
    """Pipes, closed at the end; those of one that is full of something to read say so for ever."""

    def __init__(self) -> None:
        self.made: list[tuple[int, int]] = []

    def pipe(self, *, filled: bool = True) -> tuple[int, int]:
        """The end to read and the end to write."""
        made = os.pipe()
        self.made.append(made)
        if filled:
            os.write(made[1], b"x")
        return made

    def close(self) -> None:
        for ends in self.made:
            for end in ends:
                with contextlib.suppress(OSError):
                    os.close(end)


def on_it(main: "asyncio._CoroutineLike[None]") -> None:
    """Run on a loop of a host; nothing there may take longer than a minute."""
    run(asyncio.wait_for(main, 60))  # type: ignore[arg-type]
