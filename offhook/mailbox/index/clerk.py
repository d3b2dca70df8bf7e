"""Who keeps the indexes of a host: looks for changes when asked, and reads the letters in the background."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from offhook.mailbox.clerks import Clerk
from offhook.mailbox.index.tasks import Answer, IndexWork, Task, packed_task, unpacked_answer
from offhook.mailbox.letters import Survey

_PROGRAM = "offhook.mailbox.index.program"


class Ask(Protocol):
    """Has a task done, elsewhere."""

    async def __call__(self, task: Task) -> Answer:
        """Do it, after those asked for earlier."""


class IndexClerk:
    """One for a host. `close` it."""

    def __init__(self, ask: Ask | None = None) -> None:
        """`ask` has tasks done; without, a process is started for them when there is the first."""
        self._clerk = Clerk(_PROGRAM)
        self._ask = ask or self._ask_clerk
        self._building: dict[str, asyncio.Task[None]] = {}

    async def _ask_clerk(self, task: Task) -> Answer:
        return unpacked_answer(await self._clerk.ask(packed_task(task)))

    async def look(self, file: str, survey: Survey) -> Answer:
        """Bring an index up to date with its maildrop."""
        return await self._ask(Task("look", file, survey))

    async def build_some(self, file: str, survey: Survey) -> Answer:
        """Have a slice of an index read."""
        return await self._ask(Task("build", file, survey))

    async def head(self, file: str, survey: Survey, refs: Sequence[int]) -> Answer:
        """Have some headings read before all others."""
        return await self._ask(Task("head", file, survey, tuple(refs)))

    def build(self, file: str, survey: Survey) -> "asyncio.Task[None]":
        """Have the rest of an index read, slice by slice, letting other tasks go between."""
        running = self._building.get(file)
        if running is None or running.done():
            running = asyncio.get_running_loop().create_task(self._build(file, survey), name=f"index {file}")
            self._building[file] = running
            running.add_done_callback(lambda _: self._building.pop(file, None))
        return running

    async def _build(self, file: str, survey: Survey) -> None:
        more = True
        while more:
            answer = await self.build_some(file, survey)
            more = answer.done and answer.more

    async def stop_building(self) -> None:
        """Leave the indexes as far as they are."""
        running = list(self._building.values())
        for task in running:
            task.cancel()
        for task in running:
            with suppress(asyncio.CancelledError):
                await task

    async def close(self) -> None:
        """Stop building, and end the process."""
        await self.stop_building()
        await self._clerk.close()


def asking_here(work: IndexWork | None = None) -> Ask:
    """Tasks done in a thread of this process."""
    doing: Callable[[Task], Answer] = (work or IndexWork(in_child=False)).do
    turn = asyncio.Lock()

    async def ask(task: Task) -> Answer:
        async with turn:
            return await asyncio.to_thread(doing, task)

    return ask
